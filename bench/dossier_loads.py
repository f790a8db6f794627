"""The same load of dossiers as others would write it: text, then types, bad cells kept aside, Parquet out.

Each takes the same CSV files and leaves a Parquet file a CSV with the same sixteen columns; personal columns are not
read. `duckdb` follows the yardstick of docs/decisions/0014 (a table of text, then try_cast), `duckdb_stream` is one
statement. Nobody but ours archives, hashes, judges by rules, or removes earlier states of a dossier.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.tool_environment import tool_environment

_MOMENTS = ("Ngày nộp", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày trả kết quả")
_WORDS = {
    "Cấp thực hiện": "level", "Hình thức nộp": "way_of_filing", "Thanh toán trực tuyến": "fee_paid_online",
    "Số hóa": "digitised", "Kết quả": "result", "Đánh giá": "rating",
}  # fmt: skip
_TEXTS = ("Mã hồ sơ", "Mã thủ tục", "Lĩnh vực", "Đơn vị", "Phường/Xã", "Phản ánh, kiến nghị")
_COLUMNS = (*_TEXTS, *_MOMENTS, *_WORDS)
#: The key, in letters dlt keeps as they are.
_PLAIN = {"Mã hồ sơ": "ma_ho_so"}
_FORMATS = (
    "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y", "%d-%m-%Y %H:%M",
)  # fmt: skip


def _meanings() -> dict[str, dict[str, str]]:
    from ingestion.dossiers.expressions import words

    return {
        heading: {text: code for code, texts in words()[column].items() for text in texts}
        for heading, column in _WORDS.items()
    }


def with_ours(files: list[Path], out: Path) -> None:
    """Archive, read, judge, merge: what `reform ingest dossiers` does before the measures."""
    from ingestion.dossiers import steps
    from ingestion.steps import land_files
    from warehouse.home import Home

    home = Home(out)
    home.make()
    land_files(home, "dossiers", files)
    steps.archive_exports(home)
    report = steps.load_exports(home)
    if report["refused"] or len(report["loaded"]) != len(files):
        raise RuntimeError(f"the load went wrong: {report}")


def with_duckdb(files: list[Path], out: Path, *, in_one_statement: bool = False) -> None:
    """DuckDB alone, with the same expressions as ours."""
    import duckdb

    from ingestion.dossiers.layout import match_header
    from ingestion.dossiers.reading import staging_query
    from ingestion.dossiers.units import UnitsOnDays

    units = UnitsOnDays.from_reference()
    for file in files:
        with file.open(encoding="utf-8") as reading:
            header = match_header(file.name, reading.readline().rstrip("\n"))
        columns = ", ".join(f"'c{place}': 'varchar'" for place in range(header.width))
        source = f"read_csv('{file}', header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        source += f"columns = {{{columns}}})"
        database = out / "work.duckdb"
        with duckdb.connect(str(database), config={"memory_limit": "700MB", "threads": 2}) as connection:
            if not in_one_statement:
                kept = ", ".join(f"c{place}" for name, place in header.positions.items()
                                 if name not in header.layout.personal)  # fmt: skip
                connection.execute(f"create table printed as select {kept} from {source}")
                source = "printed"
            # The bad cells stay with their row, in a column of their own.
            query = staging_query(header, source, units)
            connection.execute(f"copy ({query}) to '{out / file.stem}.parquet' (format parquet, compression zstd)")
        database.unlink()


def with_duckdb_stream(files: list[Path], out: Path) -> None:
    """DuckDB alone in one statement a file, without the table of text."""
    with_duckdb(files, out, in_one_statement=True)


def with_polars(files: list[Path], out: Path) -> None:
    """polars, streaming, file by file."""
    import polars as pl

    for file in files:
        frame = pl.scan_csv(file, infer_schema=False).select(_COLUMNS)
        moments = [
            pl.coalesce(
                *(pl.col(name).str.to_datetime(form, strict=False, time_unit="us") for form in _FORMATS),
                pl.datetime(1899, 12, 30) + pl.duration(seconds=pl.col(name).cast(pl.Float64, strict=False) * 86400),
            ).alias(f"{name} (typed)")
            for name in _MOMENTS
        ]
        meanings = [
            pl.col(name).replace_strict(table, default=None).alias(f"{name} (typed)")
            for name, table in _meanings().items()
        ]
        typed = frame.with_columns(*moments, *meanings)
        bad = pl.any_horizontal(
            *(pl.col(name).is_not_null() & pl.col(f"{name} (typed)").is_null() for name in (*_MOMENTS, *_WORDS))
        )
        kept = [*_TEXTS, *(f"{name} (typed)" for name in (*_MOMENTS, *_WORDS))]
        printed = [pl.when(bad).then(pl.col(name)).alias(f"{name} (bad)") for name in (*_MOMENTS, *_WORDS)]
        typed.select(*kept, *printed).sink_parquet(out / f"{file.stem}.parquet", compression="zstd")


def with_pandas(files: list[Path], out: Path) -> None:
    """pandas, half a million rows at a time."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    meanings = _meanings()
    for file in files:
        writer = None
        for chunk in pd.read_csv(file, dtype=str, usecols=list(_COLUMNS), chunksize=500_000, keep_default_na=False,
                                 na_values=[""]):  # fmt: skip
            typed = chunk[list(_TEXTS)].copy()
            for name in _MOMENTS:
                typed[name] = _pandas_moment(pd, chunk[name])
            for name, table in meanings.items():
                typed[name] = chunk[name].map(table).astype("str")
            for name in (*_MOMENTS, *_WORDS):
                typed[f"{name} (bad)"] = chunk[name].where(chunk[name].notna() & typed[name].isna()).astype("str")
            table = pa.Table.from_pandas(typed, preserve_index=False)
            writer = writer or pq.ParquetWriter(out / f"{file.stem}.parquet", table.schema, compression="zstd")
            writer.write_table(table.cast(writer.schema))
        if writer:
            writer.close()


def _pandas_moment(pd: Any, text: Any) -> Any:
    found = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    for form in _FORMATS:
        rest = found.isna() & text.notna()
        found[rest] = pd.to_datetime(text[rest], format=form, errors="coerce").astype("datetime64[us]")
    rest = found.isna() & text.notna()
    serial = pd.to_numeric(text[rest], errors="coerce")
    found[rest] = (pd.Timestamp("1899-12-30") + pd.to_timedelta(serial, unit="D")).astype("datetime64[us]")
    return found


def with_dlt(files: list[Path], out: Path) -> None:
    """dlt at its cheapest: Arrow tables typed by Arrow's own functions, appended as Parquet files to a local folder."""
    import dlt

    resource = dlt.resource(_arrow_tables(files), name="dossier")
    _pipeline(out, dlt.destinations.filesystem(bucket_url=(out / "lake").as_uri())).run(
        resource, loader_file_format="parquet"
    )


def with_dlt_merge(files: list[Path], out: Path) -> None:
    """dlt doing what ours does to earlier states: merged by the dossier's code, file by file, into DuckDB.

    dlt merges into tables, not into Parquet files.
    """
    import dlt

    pipeline = _pipeline(out, dlt.destinations.duckdb(str(out / "merged.duckdb")))
    for file in files:
        resource = dlt.resource(
            _arrow_tables([file]), name="dossier", write_disposition="merge", primary_key="ma_ho_so"
        )
        pipeline.run(resource, loader_file_format="parquet")


def _pipeline(out: Path, destination: Any) -> Any:
    import dlt

    return dlt.pipeline(
        pipeline_name="dossiers",
        pipelines_dir=str(out / "pipelines"),
        destination=destination,
        dataset_name="dossiers",
    )


def _arrow_tables(files: list[Path]) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    meanings = _meanings_without_project()
    strings = dict.fromkeys(_COLUMNS, pa.string())
    convert = csv.ConvertOptions(include_columns=list(_COLUMNS), column_types=strings, strings_can_be_null=True)
    for file in files:
        blocks = csv.open_csv(file, read_options=csv.ReadOptions(block_size=1 << 25), convert_options=convert)
        for batch in blocks:
            columns = {name: batch.column(name) for name in _TEXTS}
            for name in _MOMENTS:
                text = batch.column(name)
                numbers = pc.if_else(pc.match_substring_regex(text, r"^[0-9.]+$"), text, None)
                seconds = pc.cast(pc.multiply(pc.cast(numbers, pa.float64()), 86400), pa.int64(), safe=False)
                serial = pc.cast(pc.subtract(seconds, 25569 * 86400), pa.timestamp("s"))
                parsed = [pc.strptime(text, format=form, unit="s", error_is_null=True) for form in _FORMATS]
                columns[name] = pc.coalesce(*parsed, serial)
            for name, table in meanings.items():
                place = pc.index_in(batch.column(name), value_set=pa.array(list(table)))
                columns[name] = pc.take(pa.array(list(table.values())), place)
            for name in (*_MOMENTS, *_WORDS):
                bad = pc.and_(pc.is_valid(batch.column(name)), pc.is_null(columns[name]))
                columns[f"{name} bad"] = pc.if_else(bad, batch.column(name), None)
            yield pa.table({_PLAIN.get(name, name): column for name, column in columns.items()})


def _meanings_without_project() -> dict[str, dict[str, str]]:
    """The words, read without the project's libraries: dlt runs in an environment of its own."""
    import json
    import os

    found: dict[str, dict[str, str]] = json.loads(os.environ["BENCH_WORDS"])
    return found


def environment_of_dlt(folder: Path) -> Path:
    """Install dlt into an environment of its own and return its Python.

    Raises:
        RuntimeError: it could not be installed; the message says why.
    """
    return tool_environment(folder, "dlt", ("dlt[filesystem,parquet,duckdb]",))


LOADS = {
    "ours": with_ours,
    "duckdb": with_duckdb,
    "duckdb_stream": with_duckdb_stream,
    "dlt": with_dlt,
    "dlt_merge": with_dlt_merge,
    "polars": with_polars,
    "pandas": with_pandas,
}
