"""The tables of a release: marts copied out of the build with their comments, and hashes."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

COMMENT_SEPARATOR = "— Tiếng Việt:"
#: The definitions of the metrics, as dbt writes them beside its other artefacts and as a release carries them.
SEMANTIC_MANIFEST = "semantic_manifest.json"


#: Tables about this installation's history and not about the figures: two homes that built the same figures may differ
#: in them, so their hashes would promise nothing and are left out, as times are left out of the other tables'.
HISTORY_TABLES = frozenset({"metric_vintage", "data_quality_standing", "data_quality_trend"})

#: Columns about this installation's history: when something came, and how long the tables of its history are.
_OF_THIS_INSTALLATION = frozenset(
    {"received_at", "received_from", "loaded_at", "checked_at", "last_received_at", "table_row_count"}
)

#: What nearly every question of a dashboard names.
_ASKED_FIRST = ("boundary", "data_year", "index_code")

def reading_order(columns: Sequence[str], key: Sequence[str]) -> tuple[str, ...]:
    """What the rows of a mart stand sorted by in a release: map, year and index, as far as it has them, then its key.

    DuckDB passes over row groups whose smallest and largest value exclude a filter, so what is asked for together
    should stand together. Most questions of a dashboard name a map and a year and then a unit or an indicator: in this
    order either finds its rows in a few groups. By unit first a league table would be spread over all of them, by
    indicator first the profile of a unit; the series of one unit pays for it (docs/serving/speed.md). Empty where no
    key is known: the order of the build stays.
    """
    if not key or not set(key) <= set(columns):
        return ()
    first = tuple(column for column in _ASKED_FIRST if column in columns)
    return (*first, *(column for column in key if column not in first))


def copy_marts(connection: duckdb.DuckDBPyConnection, build_database: Path, keys: Mapping[str, Sequence[str]]) -> None:
    """Copy schema `marts` with its comments into the new file `connection` is open on, in the order readers profit by.

    `keys` are the columns that name a row, by table.
    """
    connection.execute("attach ? as build (read_only)", [str(build_database)])
    connection.execute("create schema marts")
    tables = connection.execute(
        "select table_name, comment from duckdb_tables() where database_name = 'build' and schema_name = 'marts' "
        "order by table_name"
    ).fetchall()
    for table, comment in tables:
        order = reading_order(list(columns_of(connection, "build", table)), keys.get(table, ()))
        sorted_by = f" order by {', '.join(map(name, order))}" if order else ""
        connection.execute(f"create table marts.{name(table)} as from build.marts.{name(table)}{sorted_by}")
        if comment:
            connection.execute(f"comment on table marts.{name(table)} is {literal(comment)}")
    columns = connection.execute(
        "select table_name, column_name, comment from duckdb_columns() "
        "where database_name = 'build' and schema_name = 'marts' and comment is not null"
    ).fetchall()
    for table, column, comment in columns:
        connection.execute(f"comment on column marts.{name(table)}.{name(column)} is {literal(comment)}")
    connection.execute("detach build")


def own_catalog(connection: duckdb.DuckDBPyConnection) -> str:
    """The name of the database the connection was opened on, whatever is attached beside it."""
    return str(connection.execute("select current_database()").fetchall()[0][0])


def columns_of(connection: duckdb.DuckDBPyConnection, catalog: str, table: str) -> set[str]:
    """The columns of table `table` of schema `marts` in the database attached as `catalog`; empty without it."""
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = ? and schema_name = 'marts' and table_name = ?",
        [catalog, table],
    ).fetchall()
    return {str(row[0]) for row in rows}


def mart_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of schema `marts`, by name."""
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'marts' order by table_name"
    ).fetchall()
    return [str(row[0]) for row in rows]


def table_hash(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """SHA-256 over the rows of a mart in the order of all its columns, times of loading left out.

    The same inputs and code give the same hash on another machine: when something was received or loaded is a fact
    about this installation, not about the figures.
    """
    columns = [
        str(row[0])
        for row in connection.execute(
            "select column_name from information_schema.columns where table_schema = 'marts' and table_name = ? "
            "order by ordinal_position",
            [table],
        ).fetchall()
    ]
    kept = [
        name(column)
        for column in columns
        if column not in _OF_THIS_INSTALLATION
    ]
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.csv"
        # DuckDB writes a float in the fewest digits that read back as the same float, so the text stands for the value.
        connection.execute(
            f"copy (select {', '.join(kept)} from marts.{name(table)} order by all) to {literal(str(rows))} (header)"
        )
        with rows.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


def name(identifier: str) -> str:
    """`identifier` quoted for SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL string."""
    # COMMENT ON and COPY TO take no parameters; the text is our own documentation or path.
    return "'" + text.replace("'", "''") + "'"
