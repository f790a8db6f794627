"""The tables of a release: marts copied out of the build with their comments, dictionary, and hashes."""

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

#: What nearly every question of a dashboard names.
_ASKED_FIRST = ("boundary", "data_year", "index_code")

_DICTIONARY_COLUMNS = {
    "table_name": f"Name of the table. {COMMENT_SEPARATOR} Tên bảng.",
    "column_position": f"Position of the column in its table, from 1. {COMMENT_SEPARATOR} Vị trí của cột trong bảng.",
    "column_name": f"Name of the column. {COMMENT_SEPARATOR} Tên cột.",
    "data_type": f"DuckDB type of the column. {COMMENT_SEPARATOR} Kiểu dữ liệu của cột.",
    "description_en": f"What the column means, in English. {COMMENT_SEPARATOR} Ý nghĩa của cột, tiếng Anh.",
    "description_vi": f"What the column means, in Vietnamese. {COMMENT_SEPARATOR} Ý nghĩa của cột, tiếng Việt.",
    "table_description_en": f"What a row of the table is and how to use it, in English. {COMMENT_SEPARATOR} "
    "Mỗi dòng của bảng là gì và cách dùng, tiếng Anh.",
    "table_description_vi": f"The same in Vietnamese. {COMMENT_SEPARATOR} Như trên, tiếng Việt.",
}


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


def write_dictionary(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `marts.dictionary`: one row a column of every mart there is, in both languages, from the comments."""
    columns = ", ".join(
        f"{column} {'bigint' if column == 'column_position' else 'varchar'}" for column in _DICTIONARY_COLUMNS
    )
    connection.execute(f"create table marts.dictionary ({columns})")
    for column, text in _DICTIONARY_COLUMNS.items():
        connection.execute(f"comment on column marts.dictionary.{column} is {literal(text)}")
    connection.execute(
        f"comment on table marts.dictionary is 'Grain: one column of one table of this release. What every column "
        f"means, in both languages. {COMMENT_SEPARATOR} Mỗi dòng là một cột của một bảng: ý nghĩa của cột.'"
    )
    connection.execute(
        """
        insert into marts.dictionary
        select
            c.table_name, c.column_index as column_position, c.column_name, c.data_type,
            trim(split_part(c.comment, ?, 1), e' \n') as description_en,
            trim(split_part(c.comment, ?, 2), e' \n') as description_vi,
            trim(split_part(t.comment, ?, 1), e' \n') as table_description_en,
            trim(split_part(t.comment, ?, 2), e' \n') as table_description_vi
        from duckdb_columns() as c
        join duckdb_tables() as t using (database_name, schema_name, table_name)
        where c.schema_name = 'marts' and c.database_name = current_database()
        order by c.table_name, c.column_index
        """,
        [COMMENT_SEPARATOR] * 4,
    )


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
        if column not in {"received_at", "received_from", "loaded_at", "checked_at", "last_received_at"}
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
