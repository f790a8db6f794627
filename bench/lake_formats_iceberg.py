"""The steps of bench/lake_formats.py on Apache Iceberg; runs in an environment of its own, without the project's."""

from __future__ import annotations

import datetime as dt
import sys
import warnings
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import And, EqualTo, GreaterThanOrEqual, LessThan
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform, MonthTransform

from bench.lake_formats import MONTHS, TINY_BATCHES, UNITS, Costs, _data, _read, batch_file

warnings.filterwarnings("ignore")


def _in_month(unit: str | None, month: dt.date) -> And:
    following = (month.replace(day=28) + dt.timedelta(days=5)).replace(day=1)
    spell = And(
        GreaterThanOrEqual("filed_at", f"{month}T00:00:00"), LessThan("filed_at", f"{following}T00:00:00")
    )
    return And(EqualTo("unit_on_present_map", unit), spell) if unit else spell


def _read_rows(path: Path) -> pa.Table:
    """The rows of a batch; DuckDB writes columns without a NULL as required, which no later batch need be."""
    table = pq.read_table(path)
    return table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))


def _new_table(out: Path, schema: pa.Schema) -> Table:
    out.mkdir()
    catalog = SqlCatalog("lake", uri=f"sqlite:///{out}/catalog.db", warehouse=out.as_uri())
    catalog.create_namespace("lake")
    table = catalog.create_table("lake.dossiers", schema)
    with table.update_spec() as spec:
        spec.add_field("filed_at", MonthTransform(), "filed_month")
        spec.add_field("unit_on_present_map", IdentityTransform(), "unit")
    return catalog.load_table("lake.dossiers")


def main(batches: Path, out: Path) -> None:
    """Every step on an Iceberg table: appends, copy-on-write, scans into Arrow that DuckDB queries."""
    costs = Costs()
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
    first = _read_rows(batch_file(batches, UNITS[0], MONTHS[0]))
    table = _new_table(out, first.schema)
    scanned: list[pa.Table] = []

    def rows(unit: str | None) -> str:
        table.refresh()
        scan = table.scan(row_filter=EqualTo("unit_on_present_map", unit)) if unit else table.scan()
        scanned[:] = [scan.select("rating", "field", "returned_at").to_arrow()]
        connection.register("scanned", scanned[0])
        return "scanned"

    with costs.step("append"):
        for unit in UNITS:
            for month in MONTHS:
                table.append(_read_rows(batch_file(batches, unit, month)))
    with costs.step("replace a tenth of a unit's month"):
        later = _read_rows(batches / "later.parquet")
        where = _in_month(UNITS[0], MONTHS[-1])
        connection.register("old", table.scan(row_filter=where).to_arrow())
        connection.register("later", later)
        merged = connection.sql(
            "select * from (from old anti join later using (dossier_id)) union all by name from later "
            "order by dossier_id"
        ).to_arrow_table()
        table.overwrite(merged.cast(later.schema), overwrite_filter=where)
    _read(costs, connection, rows, "as loaded")
    costs.found["files, bytes"] = _planned(table)
    # pyiceberg has no compaction: a month is read, sorted and overwritten; files stay apart by unit, as partitioned.
    with costs.step("compact every month"):
        for month in MONTHS:
            held = table.scan(row_filter=_in_month(None, month)).to_arrow()
            held = held.sort_by([("unit_on_present_map", "ascending"), ("dossier_id", "ascending")])
            table.overwrite(held, overwrite_filter=_in_month(None, month))
    costs.found["files, bytes compacted"] = _planned(table)
    _read(costs, connection, rows, "compacted")
    with costs.step(f"{TINY_BATCHES} tiny batches"):
        tiny = _read_rows(batches / "tiny.parquet")
        place = tiny.schema.get_field_index("unit_on_present_map")
        for number in range(TINY_BATCHES):
            unit = pa.array([f"u{number}"] * tiny.num_rows, pa.string())
            table.append(tiny.set_column(place, "unit_on_present_map", unit))
    with costs.step("plan"):
        table.refresh()
        planned = list(table.scan().plan_files())
    costs.found["planned files"] = len(planned)
    costs.found["metadata files, bytes"] = _data(out, "**/metadata/*")
    costs.found["bytes of the newest metadata"] = Path(table.metadata_location.removeprefix("file://")).stat().st_size
    costs.found["upsert of 1,000 rows"] = _upsert(table, later.slice(0, 1000))
    try:
        connection.execute(f"install iceberg; select count(*) from iceberg_scan('{table.metadata_location}')")
        costs.found["DuckDB's extension"] = "reads it"
    except duckdb.Error as error:
        costs.found["DuckDB's extension"] = f"not here: {type(error).__name__}"
    costs.print()


def _planned(table: Table) -> list[int]:
    files = [task.file for task in table.scan().plan_files()]
    return [len(files), sum(file.file_size_in_bytes for file in files)]


def _upsert(table: Table, rows: pa.Table) -> dict[str, float]:
    costs = Costs()
    with costs.step("upsert"):
        table.upsert(rows, join_cols=["unit_on_present_map", "dossier_id"])
    return dict(costs.found["upsert"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
