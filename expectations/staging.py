"""The private DuckDB file in which one audit works: what is pending, what is already loaded, the reference tables.

The build database is only read, and only for as long as it takes to copy what the rules compare with.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from expectations.rules import Suite
from warehouse.connection import reader
from warehouse.figures import FIGURE_SCHEMA, ParsedBatch
from warehouse.home import Home
from warehouse.reference import load_reference

_BATCH_COLUMNS = ("batch_id", "source_key", "dataset", "media_type", "received_at", "sha256")

_LOADED_FIGURES = """
    select f.*, b.source_key, b.dataset, d.media_type, cast(d.received_at as varchar) as received_at, d.sha256
    from raw.figure as f
    join raw.batch as b on b.batch_id = f.batch_id
    join raw.source_document as d on d.source_document_id = b.source_document_id
    where b.superseded_by_batch_id is null"""

# Of the documents of one source key the one received last is the valid one, as in the load; a figure that is about to
# be superseded says nothing about another document.
_KNOWN_FIGURES = """
    create table known_figure as
    with document as (
        select source_key, batch_id, cast(received_at as timestamp) as received_at, sha256 from pending_batch
        union all
        select distinct source_key, batch_id, cast(received_at as timestamp), sha256 from prior_figure
        where batch_id not in (select batch_id from pending_batch)
    ),
    latest as (
        select source_key, arg_max(batch_id, (received_at, sha256)) as batch_id from document group by source_key
    )
    select *, false as is_loaded from pending where batch_id in (select batch_id from latest)
    union all by name
    select *, true as is_loaded from prior_figure
    where batch_id in (select batch_id from latest) and batch_id not in (select batch_id from pending_batch)"""


def stage(
    database: Path, batches: Sequence[ParsedBatch], suites: Sequence[Suite], home: Home, reference_dir: Path
) -> None:
    """Fill the new file `database` with everything the rules look at.

    Tables: `figure_<dataset>` (what a suite judges), `pending`, `pending_batch`, `prior_figure` (loaded and not
    superseded), `known_figure` (the valid figures of both), schema `reference`, and the empty `failing`.

    Raises:
        EnvironmentBroken: the build database is locked, or a reference table does not fit its description.
    """
    database.unlink(missing_ok=True)
    database.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(database))
    try:
        load_reference(connection, reference_dir)
        _create(connection, "pending", _pending(batches))
        _create(connection, "pending_batch", _batch_rows(batches))
        _create(connection, "prior_figure", _prior(home))
        connection.execute(_KNOWN_FIGURES)
        for suite in suites:
            # Table names are those of our own suites.
            connection.execute(f"create table {suite.table} as from pending where dataset = ?", [suite.name])
        connection.execute(
            "create table failing (suite varchar, rule_id varchar, batch_id varchar, row_id bigint, found varchar, "
            "expected varchar)"
        )
    finally:
        connection.close()


def _create(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("incoming", rows)
    connection.execute(f"create table {table} as from incoming")
    connection.unregister("incoming")


def _pending(batches: Sequence[ParsedBatch]) -> pa.Table:
    tables = []
    for batch in batches:
        table = batch.figures.select(FIGURE_SCHEMA.names).cast(FIGURE_SCHEMA)
        for name, value in zip(_BATCH_COLUMNS, _batch_row(batch), strict=True):
            table = table.append_column(name, pa.array([value] * table.num_rows, pa.string()))
        tables.append(table)
    return pa.concat_tables(tables)


def _batch_rows(batches: Sequence[ParsedBatch]) -> pa.Table:
    columns = zip(*(_batch_row(batch) for batch in batches), strict=True)
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(_BATCH_COLUMNS, columns, strict=True)})


def _batch_row(batch: ParsedBatch) -> tuple[str, ...]:
    document = batch.document
    return (batch.batch_id, batch.source_key, batch.dataset, document.media_type, document.received_at, document.sha256)


def _prior(home: Home) -> pa.Table:
    if home.build_database.exists():
        with reader(home.build_database) as connection:
            if connection.execute(
                "select 1 from information_schema.tables where table_schema = 'raw' and table_name = 'figure'"
            ).fetchall():
                return connection.sql(_LOADED_FIGURES).to_arrow_table()
    names = [pa.field(name, pa.string()) for name in _BATCH_COLUMNS]
    return pa.schema([*FIGURE_SCHEMA, *names]).empty_table()
