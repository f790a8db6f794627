"""The load: one short transaction that makes audited batches part of the build database, or nothing of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

import duckdb
import pyarrow as pa

from warehouse.connection import reader, writer
from warehouse.figures import FIGURE_SCHEMA, AppliedCorrection, ParsedBatch
from warehouse.home import Home
from warehouse.observability.journal import note
from warehouse.raw_schema import ensure_raw_schema

LoadOutcome = Literal["loaded", "reread", "unchanged"]


@dataclass(frozen=True)
class LoadableBatch:
    """A batch that passed its audit. `quarantined` and `checks` have the columns of their raw tables, less the
    batch's own id and the times, which the load gives.
    """

    batch: ParsedBatch
    accepted: pa.Table
    quarantined: pa.Table
    checks: pa.Table


@dataclass(frozen=True)
class LoadedBatch:
    """What became of one batch; `superseded` names the source_key's earlier batches it replaced."""

    batch_id: str
    source_key: str
    file_name: str
    outcome: LoadOutcome
    figures: int
    quarantined: int
    superseded: tuple[str, ...]


def load_batches(
    home: Home, batches: Sequence[LoadableBatch], *, reading_version: Callable[[str], str]
) -> list[LoadedBatch]:
    """Load `batches` in one transaction.

    A batch that is there already with the same content changes nothing. The same document read differently (a new
    layout, a new alias) replaces its own rows. Of the batches of one `source_key` the document fetched or received
    last is the valid one; earlier ones stay, marked as superseded. `reading_version` gives the version by source.

    Raises:
        EnvironmentBroken: the build database is locked or broken; nothing was changed.
    """
    if not batches:
        return []
    now = datetime.now(UTC).replace(tzinfo=None)
    hashes = {item.batch.batch_id: _content_hash(item) for item in batches}
    with writer(home) as connection:
        connection.execute("begin")
        try:
            ensure_raw_schema(connection)
            before = _superseded(connection)
            outcomes = _outcomes(connection, batches, hashes)
            changed = [item for item in batches if outcomes[item.batch.batch_id] != "unchanged"]
            _forget_older_readings(connection, changed)
            _insert_descriptions(connection, changed, hashes, now)
            _insert_all(connection, changed, now)
            _note_reading_version(connection, batches, reading_version)
            _mark_superseded(connection)
            after = _superseded(connection)
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("checkpoint")
    loaded = [
        LoadedBatch(
            batch_id=item.batch.batch_id,
            source_key=item.batch.source_key,
            file_name=item.batch.document.file_name,
            outcome=outcomes[item.batch.batch_id],
            figures=item.accepted.num_rows,
            quarantined=item.quarantined.num_rows,
            superseded=tuple(
                sorted(old for old, new in after.items() if new == item.batch.batch_id and before.get(old) != new)
            ),
        )
        for item in batches
    ]
    for item, one in zip(batches, loaded, strict=True):
        _note_load(home, item.batch, one)
    return loaded


def _note_load(home: Home, batch: ParsedBatch, one: LoadedBatch) -> None:
    is_new = one.outcome != "unchanged"
    note(
        home,
        "batch_loaded",
        batch_id=one.batch_id,
        source=batch.document.source,
        dataset=batch.dataset,
        source_document_id=batch.document.source_document_id,
        outcome=one.outcome,
        rows_accepted=one.figures if is_new else 0,
        rows_waiting=one.quarantined if is_new else 0,
        rows_unchanged=0 if is_new else one.figures + one.quarantined,
    )


def _note_reading_version(
    connection: duckdb.DuckDBPyConnection, batches: Sequence[LoadableBatch], reading_version: Callable[[str], str]
) -> None:
    for source in sorted({item.batch.document.source for item in batches}):
        mine = [item.batch.batch_id for item in batches if item.batch.document.source == source]
        connection.execute(
            "update raw.batch set reading_version = ? where batch_id in (select unnest(?::varchar[]))",
            [reading_version(source), mine],
        )


def loaded_years(home: Home) -> dict[str, tuple[int, ...]]:
    """SHA-256 of every loaded document, with the years it holds figures of; empty without a database."""
    rows = _of_loaded_documents(home, "data_years")
    return {sha256: tuple(int(year) for year in years.split(",") if year) for sha256, years in rows.items()}


def loaded_documents(home: Home) -> dict[str, str]:
    """SHA-256 of every loaded document, with the reading version it was loaded under; empty without a database."""
    return _of_loaded_documents(home, "reading_version")


def _of_loaded_documents(home: Home, column: str) -> dict[str, str]:
    if not home.build_database.exists():
        return {}
    with reader(home.build_database) as connection:
        if not connection.execute(
            "select 1 from information_schema.tables where table_schema = 'raw' and table_name = 'batch'"
        ).fetchone():
            return {}
        rows = connection.execute(
            f"select sha256, {column} from raw.batch join raw.source_document using (source_document_id)"
        ).fetchall()
    return {str(sha256): str(value) for sha256, value in rows}


def _outcomes(
    connection: duckdb.DuckDBPyConnection, batches: Sequence[LoadableBatch], hashes: dict[str, str]
) -> dict[str, LoadOutcome]:
    stored = dict(connection.execute("select batch_id, content_hash from raw.batch").fetchall())
    documents = {row[0] for row in connection.execute("select source_document_id from raw.batch").fetchall()}
    outcomes: dict[str, LoadOutcome] = {}
    for item in batches:
        batch_id = item.batch.batch_id
        if stored.get(batch_id) == hashes[batch_id]:
            outcomes[batch_id] = "unchanged"
        else:
            outcomes[batch_id] = "reread" if item.batch.document.source_document_id in documents else "loaded"
    return outcomes


def _forget_older_readings(connection: duckdb.DuckDBPyConnection, items: Sequence[LoadableBatch]) -> None:
    """Remove what these documents were read as before; another layout is another batch, the archive keeps the bytes."""
    documents = [item.batch.document.source_document_id for item in items]
    for table in ("figure", "quarantine", "check_result", "correction_applied", "batch"):
        connection.execute(
            f"delete from raw.{table} where batch_id in (select batch_id from raw.batch "
            "where source_document_id in (select unnest(?::varchar[])))",
            [documents],
        )


def _insert_descriptions(
    connection: duckdb.DuckDBPyConnection, items: Sequence[LoadableBatch], hashes: dict[str, str], now: datetime
) -> None:
    if not items:
        return
    connection.register("incoming", pa.Table.from_pylist([asdict(item.batch.document) for item in items]))
    connection.execute(
        "insert or replace into raw.source_document by name "
        "select distinct * replace (cast(received_at as timestamptz) as received_at) from incoming"
    )
    connection.unregister("incoming")
    described = [_description(item, hashes[item.batch.batch_id], now) for item in items]
    connection.register("incoming", pa.Table.from_pylist(described, schema=_BATCH_SCHEMA))
    connection.execute("insert into raw.batch by name select * from incoming")
    connection.unregister("incoming")


_BATCH_SCHEMA = pa.schema(
    [
        *(
            pa.field(name, pa.string())
            for name in (
                "batch_id", "source_document_id", "dataset", "source_key", "layout_id", "reader", "publisher", "title",
                "data_years", "sheets_read", "sheets_skipped", "content_hash", "reading_version",
            )
        ),
        pa.field("published_at", pa.date32()),
        pa.field("loaded_at", pa.timestamp("us")),
        pa.field("fetched_at", pa.timestamp("us")),
        pa.field("figure_count", pa.int64()),
        pa.field("quarantined_count", pa.int64()),
    ]
)  # fmt: skip


def _description(item: LoadableBatch, content_hash: str, now: datetime) -> dict[str, Any]:
    batch = item.batch
    return {
        "batch_id": batch.batch_id,
        "source_document_id": batch.document.source_document_id,
        "dataset": batch.dataset,
        "source_key": batch.source_key,
        "layout_id": batch.layout_id,
        "reader": batch.reader,
        "publisher": batch.publisher,
        "title": batch.title,
        "data_years": ",".join(map(str, batch.data_years)),
        "sheets_read": "; ".join(batch.sheets_read),
        "sheets_skipped": "; ".join(batch.sheets_skipped),
        "content_hash": content_hash,
        "reading_version": "",
        "published_at": batch.published_at,
        "loaded_at": now,
        "fetched_at": batch.fetched_at.astimezone(UTC).replace(tzinfo=None) if batch.fetched_at else None,
        "figure_count": item.accepted.num_rows,
        "quarantined_count": item.quarantined.num_rows,
    }


def _insert_all(connection: duckdb.DuckDBPyConnection, items: Sequence[LoadableBatch], now: datetime) -> None:
    _insert_rows(connection, "figure", [(item.batch.batch_id, item.accepted) for item in items])
    _insert_rows(
        connection, "quarantine", [(item.batch.batch_id, item.quarantined) for item in items], quarantined_at=now
    )
    _insert_rows(connection, "check_result", [(item.batch.batch_id, item.checks) for item in items], checked_at=now)
    applied = [(item.batch.batch_id, [asdict(one) for one in item.batch.corrections]) for item in items]
    _insert_rows(
        connection,
        "correction_applied",
        [(batch_id, pa.Table.from_pylist(rows, schema=_APPLIED_SCHEMA)) for batch_id, rows in applied],
    )


def _insert_rows(
    connection: duckdb.DuckDBPyConnection, table: str, parts: Sequence[tuple[str, pa.Table]], **times: datetime
) -> None:
    """Insert the rows of all batches at once: a statement a batch would cost more than the rows do."""
    filled = [
        part.append_column("batch_id", pa.array([batch_id] * part.num_rows, pa.string()))
        for batch_id, part in parts
        if part.num_rows
    ]
    if not filled:
        return
    constants = "".join(f", ? as {name}" for name in times)
    connection.register("incoming", pa.concat_tables(filled))
    connection.execute(f"insert into raw.{table} by name select *{constants} from incoming", list(times.values()))
    connection.unregister("incoming")


#: The columns of `raw.correction_applied`, less the batch's id, from the one description there is.
_APPLIED_SCHEMA = pa.schema(
    [
        pa.field(field.name, {"row_id": pa.int64(), "data_year": pa.int32()}.get(field.name, pa.string()))
        for field in fields(AppliedCorrection)
    ]
)


def _mark_superseded(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        update raw.batch set superseded_by_batch_id = nullif(latest.batch_id, batch.batch_id)
        from (
            select source_key, arg_max(batch_id, (coalesce(fetched_at, received_at), sha256)) as batch_id
            from raw.batch join raw.source_document using (source_document_id)
            group by source_key
        ) as latest
        where latest.source_key = batch.source_key
          and superseded_by_batch_id is distinct from nullif(latest.batch_id, batch.batch_id)
        """
    )


def _superseded(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = connection.execute(
        "select batch_id, superseded_by_batch_id from raw.batch where superseded_by_batch_id is not null"
    ).fetchall()
    return {str(old): str(new) for old, new in rows}


def _content_hash(item: LoadableBatch) -> str:
    """Of everything a reader could see of the batch, in reading order, but not of times."""
    digest = hashlib.sha256()
    for table in (item.accepted.select(FIGURE_SCHEMA.names), item.quarantined, item.checks):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        digest.update(sink.getvalue())
    batch = item.batch
    for text in (
        batch.source_key,
        batch.dataset,
        batch.layout_id,
        batch.title,
        batch.publisher,
        batch.published_at,
        batch.data_years,
        batch.sheets_read,
        batch.sheets_skipped,
        batch.corrections,
    ):
        digest.update(repr(text).encode())
    return digest.hexdigest()
