"""The files of a release people open without a database: Parquet, CSV for Excel, and the package that describes them.

Each table is read once, in the order of its key, and written to both. The same rows give the same bytes: row groups
have a fixed size, and nothing of a file says when or where it was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.data_package import write_data_package
from warehouse.errors import EnvironmentBroken
from warehouse.release_tables import COMMENT_SEPARATOR, name
from warehouse.spreadsheets import FORMULA_PATTERN
from warehouse.table_shapes import Column, TableShape, keys_in_project, keys_that_hold, read_shapes, write_keys

#: Rows of a row group, DuckDB's own size: what a reader skips or takes as one.
ROW_GROUP = 122_880

_ARROW_TYPES = {
    "BOOLEAN": pa.bool_(),
    "TINYINT": pa.int16(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "HUGEINT": pa.decimal128(38, 0),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
}


def write_files(connection: duckdb.DuckDBPyConnection, release: Path, manifest: Path, facts: dict[str, str]) -> None:
    """Write `keys.json`, `parquet/`, `csv/` and `datapackage.json` of the release `connection` is open on.

    `manifest` is dbt's, from which the keys are known; `facts` are `release_id` and `published_at`.

    Raises:
        EnvironmentBroken: a mart has a column of a type that files and servers do not share.
    """
    keys = keys_that_hold(connection, keys_in_project(manifest))
    write_keys(keys, release)
    shapes = read_shapes(connection, keys)
    for folder in ("parquet", "csv"):
        (release / folder).mkdir()
    for shape in shapes:
        _write_table(connection, shape, release)
    write_data_package(connection, shapes, release, facts)


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type a column travels in.

    Raises:
        EnvironmentBroken: the marts promise simple types only, and this is none.
    """
    if column.data_type.startswith("DECIMAL("):
        precision, scale = column.data_type.removeprefix("DECIMAL(").rstrip(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    found = _ARROW_TYPES.get(column.data_type)
    if found is None:
        raise EnvironmentBroken(
            f"column {column.name} has the type {column.data_type}, which Parquet, CSV and PostgreSQL do not share: "
            f"cast it in its mart to one of {', '.join(_ARROW_TYPES)} or DECIMAL"
        )
    return found


def arrow_schema(shape: TableShape) -> pa.Schema:
    """The schema of a table with its meanings: `comment` (both languages), `description_en`, `description_vi`."""
    fields = [
        pa.field(column.name, arrow_type(column), metadata=_described(column.description_en, column.description_vi))
        for column in shape.columns
    ]
    about = _described(shape.description_en, shape.description_vi)
    if shape.keys.key:
        about["primary_key"] = ",".join(shape.keys.key)
    return pa.schema(fields, metadata=about)


def _described(english: str, vietnamese: str) -> dict[str, str]:
    return {
        "comment": f"{english} {COMMENT_SEPARATOR} {vietnamese}",
        "description_en": english,
        "description_vi": vietnamese,
    }


def in_pieces(
    connection: duckdb.DuckDBPyConnection, shape: TableShape, schema: pa.Schema, size: int, order: str = ""
) -> Iterator[pa.Table]:
    """The rows of a table as pieces of `size` rows, in the order they are stored or as `order` (SQL) says.

    The last piece is shorter, or empty.
    """
    columns = ", ".join(name(column.name) for column in shape.columns)
    reader = connection.sql(f"select {columns} from marts.{name(shape.name)} {order}").to_arrow_reader(size)
    held = schema.empty_table()
    for batch in reader:
        held = pa.concat_tables([held, pa.Table.from_batches([batch]).cast(schema)])
        while held.num_rows >= size:
            yield held.slice(0, size).combine_chunks()
            held = held.slice(size)
    yield held.combine_chunks()


def _write_table(connection: duckdb.DuckDBPyConnection, shape: TableShape, release: Path) -> None:
    schema = arrow_schema(shape)
    positions = {column.name: place for place, column in enumerate(shape.columns)}
    order = ", ".join(f"{name(column)} nulls last" for column in shape.order)
    sorting = [pq.SortingColumn(positions[column]) for column in shape.order]
    parquet = pq.ParquetWriter(
        release / "parquet" / f"{shape.name}.parquet",
        schema,
        compression="zstd",
        sorting_columns=sorting,
        write_page_index=True,
    )
    with parquet, (release / "csv" / f"{shape.name}.csv").open("wb") as csv:
        csv.write("\ufeff".encode() + ",".join(positions).encode() + b"\r\n")
        for group in in_pieces(connection, shape, schema, ROW_GROUP, f"order by {order}"):
            if group.num_rows:
                parquet.write_table(group, row_group_size=ROW_GROUP)
                _write_rows(group, csv)


def _write_rows(group: pa.Table, csv: IO[bytes]) -> None:
    """Append rows as RFC 4180 has them: CRLF, quotes doubled, an empty text quoted and a missing value not."""
    frame = pl.DataFrame(group)
    texts = [column for column, kind in frame.schema.items() if kind == pl.String]
    harmless = [
        pl.when(pl.col(column).str.contains(FORMULA_PATTERN))
        .then(pl.concat_str(pl.lit("'"), pl.col(column)))
        .otherwise(pl.col(column))
        .alias(column)
        for column in texts
    ]
    frame.with_columns(harmless).write_csv(
        csv,
        include_header=False,
        line_terminator="\r\n",
        datetime_format="%Y-%m-%d %H:%M:%S",
        float_scientific=False,
    )
