"""The load: one short transaction that makes audited batches part of the build database, or nothing of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import duckdb
import pyarrow as pa

from warehouse.connection import reader, writer
from warehouse.figures import FIGURE_SCHEMA, ParsedBatch
from warehouse.home import Home
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


def load_batches(home: Home, batches: Sequence[LoadableBatch], *, reading_version: str) -> list[LoadedBatch]:
    """Load `batches` in one transaction.

    A batch that is there already with the same content changes nothing. The same document read differently (a new
    layout, a new alias) replaces its own rows. Of the batches of one `source_key` the document received last is
    the valid one; earlier ones stay, marked as superseded.

    Raises:
        EnvironmentBroken: the build database is locked or broken; nothing was changed.
    """
    if not batches:
        return []
    now = datetime.now(UTC).replace(tzinfo=None)
    with writer(home) as connection:
        connection.execute("begin")
        try:
            ensure_raw_schema(connection)
            before = _superseded(connection)
            outcomes = [_register_batch(connection, batch, now, reading_version) for batch in batches]
            changed = [item for item, outcome in zip(batches, outcomes, strict=True) if outcome != "unchanged"]
            _insert_all(connection, changed, now)
            _mark_superseded(connection)
            after = _superseded(connection)
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("checkpoint")
    return [
        LoadedBatch(
            batch_id=item.batch.batch_id,
            source_key=item.batch.source_key,
            file_name=item.batch.document.file_name,
            outcome=outcome,
            figures=item.accepted.num_rows,
            quarantined=item.quarantined.num_rows,
            superseded=tuple(
                sorted(old for old, new in after.items() if new == item.batch.batch_id and before.get(old) != new)
            ),
        )
        for item, outcome in zip(batches, outcomes, strict=True)
    ]


def loaded_documents(home: Home) -> dict[str, str]:
    """SHA-256 of every loaded document, with the reading version it was loaded under; empty without a database."""
    if not home.build_database.exists():
        return {}
    with reader(home.build_database) as connection:
        if not connection.execute(
            "select 1 from information_schema.tables where table_schema = 'raw' and table_name = 'batch'"
        ).fetchone():
            return {}
        rows = connection.execute(
            "select sha256, reading_version from raw.batch join raw.source_document using (source_document_id)"
        ).fetchall()
    return {str(sha256): str(version) for sha256, version in rows}


def _register_batch(
    connection: duckdb.DuckDBPyConnection, item: LoadableBatch, now: datetime, reading_version: str
) -> LoadOutcome:
    batch = item.batch
    content_hash = _content_hash(item)
    known = connection.execute("select content_hash from raw.batch where batch_id = ?", [batch.batch_id]).fetchone()
    if known and known[0] == content_hash:
        connection.execute(
            "update raw.batch set reading_version = ? where batch_id = ?", [reading_version, batch.batch_id]
        )
        return "unchanged"
    # The same document under another layout has another batch_id: its older reading goes, the archive keeps the bytes.
    older = connection.execute(
        "select batch_id from raw.batch where source_document_id = ?", [batch.document.source_document_id]
    ).fetchall()
    for (batch_id,) in older:
        for table in ("figure", "quarantine", "check_result", "batch"):
            connection.execute(f"delete from raw.{table} where batch_id = ?", [batch_id])
    _insert_description(connection, item, now, content_hash, reading_version)
    return "reread" if older else "loaded"


def _insert_description(
    connection: duckdb.DuckDBPyConnection,
    item: LoadableBatch,
    now: datetime,
    content_hash: str,
    reading_version: str,
) -> None:
    batch = item.batch
    document = batch.document
    connection.execute(
        "insert or replace into raw.source_document values (?, ?, ?, ?, ?, ?, ?::timestamptz, ?)",
        [
            document.source_document_id,
            document.sha256,
            document.source,
            document.file_name,
            document.size_bytes,
            document.media_type,
            document.received_at,
            document.received_from,
        ],
    )
    connection.execute(
        "insert into raw.batch values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, ?, ?)",
        [
            batch.batch_id,
            document.source_document_id,
            batch.dataset,
            batch.source_key,
            batch.layout_id,
            batch.reader,
            batch.published_at,
            batch.publisher,
            batch.title,
            ",".join(map(str, batch.data_years)),
            "; ".join(batch.sheets_read),
            "; ".join(batch.sheets_skipped),
            now,
            item.accepted.num_rows,
            item.quarantined.num_rows,
            content_hash,
            reading_version,
        ],
    )


def _insert_all(connection: duckdb.DuckDBPyConnection, items: Sequence[LoadableBatch], now: datetime) -> None:
    _insert_rows(connection, "figure", [(item.batch.batch_id, item.accepted) for item in items])
    _insert_rows(
        connection, "quarantine", [(item.batch.batch_id, item.quarantined) for item in items], quarantined_at=now
    )
    _insert_rows(connection, "check_result", [(item.batch.batch_id, item.checks) for item in items], checked_at=now)


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


def _mark_superseded(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        update raw.batch set superseded_by_batch_id = nullif(latest.batch_id, batch.batch_id)
        from (
            select source_key, arg_max(batch_id, (received_at, sha256)) as batch_id
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
    ):
        digest.update(repr(text).encode())
    return digest.hexdigest()
