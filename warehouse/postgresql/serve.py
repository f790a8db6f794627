"""Put a release into PostgreSQL: load beside what readers see, then rename, all in one transaction.

Whatever stops it, the server undoes it: readers keep the schema they had, and nothing is left behind. Only schemas that
were replaced earlier are removed afterwards, outside that transaction.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.connection import reader
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.postgresql.address import Address
from warehouse.postgresql.session import CHARACTER_NOT_IN_REPERTOIRE, ServerError, Session, session
from warehouse.postgresql.surroundings import grant_reading, rebind, views_over
from warehouse.postgresql.tables import KEY_BYTES, analyze, comments, create_table, foreign_keys, indices, primary_key
from warehouse.release_files import arrow_schema, in_pieces
from warehouse.release_tables import COMMENT_SEPARATOR, literal, name
from warehouse.table_shapes import TableShape, read_keys, read_shapes

SCHEMA = "marts"
REPLACED = f"{SCHEMA}_old_"
#: Raised when the tables would be made otherwise from the same release, so that an unchanged release is loaded again.
LAYOUT = 1
_MARK = re.compile(r"^reform-indicators release (\S+) \(layout (\d+)\)")
#: Advisory lock of a publish, by database: "reform" in ASCII.
_LOCK = 0x7265666F726D
#: A publisher that was killed holds its lock until the server notices, about a second.
_LOCK_SECONDS = 15.0
#: Rows read and sent at a time: enough to be quick, few enough that wide tables stay small in memory.
_PIECE = 32_768


@dataclass(frozen=True)
class ServeReport:
    """What was done; `outcome` is `served` or `unchanged`, `notes` what a person should know or do."""

    outcome: str
    release_id: str
    place: str
    tables: int
    rows: int
    seconds: float
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, for an XCom and `--json`."""
        return asdict(self)


def serve_release(release: Path, address: Address, *, keep: int = 1) -> ServeReport:
    """Make schema `marts` of the server the release in folder `release`, and keep `keep` of those it replaces.

    Raises:
        Misused: the server has a schema `marts` of somebody else's.
        EnvironmentBroken: the server is away, refuses, or another publish is under way in this database.
    """
    started = time.monotonic()
    with reader(release / "warehouse.duckdb") as source, session(address) as server:
        _be_alone(server)
        shapes = read_shapes(source, read_keys(release))
        if _served(server, SCHEMA) == (release.name, LAYOUT):
            server.rollback()
            return ServeReport("unchanged", release.name, address.place, len(shapes), 0, _since(started), ())
        if _served(server, SCHEMA) is None and _exists(server, SCHEMA):
            raise Misused(
                f"the database at {address.place} has a schema {SCHEMA} that no publish made; it was left alone: "
                "rename it, or give another database"
            )
        loading = _new_name(release.name)
        rows, notes = _load(server, source, shapes, loading)
        notes += _switch(server, loading, _text(release))
        server.commit()
        notes += _drop_replaced(server, keep)
    return ServeReport("served", release.name, address.place, len(shapes), rows, _since(started), tuple(notes))


def served_release(address: Address) -> str | None:
    """The release the server has, or None."""
    with session(address) as server:
        found = _served(server, SCHEMA)
    return found[0] if found else None


def _be_alone(server: Session) -> None:
    if int(server.value("select current_setting('server_version_num')::int")) >= 140000:
        # Otherwise the server learns only at the end of a long statement that its client is gone.
        server.run("set client_connection_check_interval = '1s'")
    server.run("set local lock_timeout = '10s'", "set local maintenance_work_mem = '256MB'")
    until = time.monotonic() + _LOCK_SECONDS
    while not server.value(f"select pg_try_advisory_xact_lock({_LOCK})"):
        if time.monotonic() > until:
            raise EnvironmentBroken(
                f"another publish into {server.address.place} is under way; this one did nothing. Run it again when "
                "that one has ended"
            )
        time.sleep(0.2)


def _load(
    server: Session, source: duckdb.DuckDBPyConnection, shapes: list[TableShape], schema: str
) -> tuple[int, list[str]]:
    collations = frozenset(str(row[0]) for row in server.rows("select collname::text from pg_catalog.pg_collation"))
    server.run(f"create schema {schema}")
    rows, notes, keyed = 0, list[str](), set[str]()
    for shape in shapes:
        server.run(create_table(schema, shape, collations))
        _copy(server, source, schema, shape)
        rows += _counted(server, source, schema, shape)
        if shape.keys.key and _key_fits(source, shape):
            server.run(primary_key(schema, shape))
            keyed.add(shape.name)
        elif shape.keys.key:
            notes.append(f"{shape.name} has no primary key there: its texts are too long for an index")
    for shape in shapes:
        statements = [*foreign_keys(schema, shape, keyed), *indices(schema, shape), *comments(schema, shape)]
        server.run(*statements)
        server.run(analyze(schema, shape))
    return rows, notes


def _copy(server: Session, source: duckdb.DuckDBPyConnection, schema: str, shape: TableShape) -> None:
    arrow = arrow_schema(shape).remove_metadata()
    server.run("savepoint rows")
    try:
        server.load(schema, shape.name, _ahead(in_pieces(source, shape, arrow, _PIECE)), arrow)
    except ServerError as error:
        if error.state != CHARACTER_NOT_IN_REPERTOIRE:
            raise
        # PostgreSQL takes no NUL in a text; one in a damaged source must not stop everything else.
        server.run("rollback to savepoint rows")
        server.load(schema, shape.name, map(_without_nul, in_pieces(source, shape, arrow, _PIECE)), arrow)
    server.run("release savepoint rows")


def _ahead(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same pieces, each read while the one before it is sent."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, pieces, None)
        while (piece := following.result()) is not None:
            following = pool.submit(next, pieces, None)
            yield piece


def _without_nul(piece: pa.Table) -> pa.Table:
    for place, field in enumerate(piece.schema):
        if pa.types.is_string(field.type):
            piece = piece.set_column(place, field, pc.replace_substring(piece.column(place), "\0", ""))
    return piece


def _counted(server: Session, source: duckdb.DuckDBPyConnection, schema: str, shape: TableShape) -> int:
    arrived = int(server.value(f"select count(*) from {schema}.{name(shape.name)}"))
    sent = int(source.execute(f"select count(*) from marts.{name(shape.name)}").fetchall()[0][0])
    if arrived != sent:
        raise EnvironmentBroken(f"{shape.name}: {arrived} of {sent} rows arrived in the server; nothing was switched")
    return arrived


def _key_fits(source: duckdb.DuckDBPyConnection, shape: TableShape) -> bool:
    bytes_of = " + ".join(f"strlen({name(column)}::varchar) + 8" for column in shape.keys.key)
    longest = source.execute(f"select max({bytes_of}) from marts.{name(shape.name)}").fetchall()[0][0]
    return longest is None or int(longest) <= KEY_BYTES


def _switch(server: Session, loading: str, text: str) -> list[str]:
    """Give the loaded schema its name, and with it what stood around the one it replaces."""
    replacing = _exists(server, SCHEMA)
    notes = grant_reading(server, loading, SCHEMA if replacing else None)
    views = views_over(server, SCHEMA) if replacing else []
    if replacing:
        moment = server.value("select to_char(clock_timestamp() at time zone 'utc', 'YYYYMMDD\"t\"HH24MISSUS')")
        server.run(f"alter schema {SCHEMA} rename to {REPLACED}{moment}")
    server.run(f"alter schema {loading} rename to {SCHEMA}", f"comment on schema {SCHEMA} is {literal(text)}")
    return notes + rebind(server, views)


def _drop_replaced(server: Session, keep: int) -> list[str]:
    """Remove all replaced schemas but the last `keep`; one that is being read, or that something is built on, stays."""
    schemas = [
        str(row[0])
        for row in server.rows(
            "select nspname::text from pg_catalog.pg_namespace "
            f"where starts_with(nspname, {literal(REPLACED)}) order by nspname desc"
        )
    ]
    notes = []
    for schema in schemas[keep:]:
        if _served(server, schema) is None:
            continue
        tables = server.rows(
            f"select quote_ident(tablename) from pg_catalog.pg_tables where schemaname = {literal(schema)}"
        )
        names = ", ".join(f"{name(schema)}.{row[0]}" for row in tables)
        try:
            server.run(
                "set local lock_timeout = '3s'",
                *([f"drop table {names}"] if names else []),
                f"drop schema {name(schema)}",
            )
            server.commit()
        except ServerError as error:
            server.rollback()
            notes.append(f"the replaced schema {schema} stays until the next publish: {error}")
    return notes


def _served(server: Session, schema: str) -> tuple[str, int] | None:
    found = server.rows(
        f"select obj_description(oid, 'pg_namespace') from pg_catalog.pg_namespace where nspname = {literal(schema)}"
    )
    mark = _MARK.match(found[0][0] or "") if found else None
    return (mark[1], int(mark[2])) if mark else None


def _exists(server: Session, schema: str) -> bool:
    return bool(server.rows(f"select 1 from pg_catalog.pg_namespace where nspname = {literal(schema)}"))


def _new_name(release_id: str) -> str:
    return f"{SCHEMA}_{re.sub('[^a-z0-9]+', '_', release_id.lower())}"


def _text(release: Path) -> str:
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    return (
        f"reform-indicators release {release.name} (layout {LAYOUT}), published {manifest['published_at']}. Every "
        "publish replaces this schema whole: build views in a schema of your own (they are carried along), grant "
        f"reform_reader. {COMMENT_SEPARATOR} Bản phát hành {release.name}. Mỗi lần công bố thay toàn bộ lược đồ này: "
        "hãy tạo khung nhìn ở lược đồ riêng (sẽ được chuyển theo), cấp quyền qua reform_reader."
    )


def _since(started: float) -> float:
    return round(time.monotonic() - started, 2)
