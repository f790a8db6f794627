"""Statements that make the tables of a release in PostgreSQL: types, keys, references, indices, comments."""

from __future__ import annotations

from warehouse.errors import EnvironmentBroken
from warehouse.release_tables import COMMENT_SEPARATOR, literal, name
from warehouse.table_shapes import Column, TableShape

_TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(38, 0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}
#: Orders Vietnamese as a Vietnamese list does: Đà Nẵng after Dương, An before Ân. Needs a server built with ICU.
VIETNAMESE = "vi-x-icu"
#: A B-tree entry may take 2,704 bytes; a key whose values may be longer would stop the load.
KEY_BYTES = 2_600


def postgresql_type(column: Column) -> str:
    """The server's type of a column.

    Raises:
        EnvironmentBroken: the marts promise simple types only, and this is none.
    """
    found = _TYPES.get(column.data_type)
    if found is None and column.data_type.startswith("DECIMAL("):
        return column.data_type.replace("DECIMAL", "numeric")
    if found is None:
        raise EnvironmentBroken(f"column {column.name} has the type {column.data_type}, which PostgreSQL does not have")
    return found


def create_table(schema: str, shape: TableShape, collations: frozenset[str]) -> str:
    """`create table`, with codes compared byte by byte and Vietnamese names as Vietnamese where the server can."""
    coded = {*shape.keys.key, *(reference.column for reference in shape.keys.references)}
    lines = []
    for column in shape.columns:
        line = f"{name(column.name)} {postgresql_type(column)}"
        if column.data_type == "VARCHAR" and column.name in coded:
            line += ' collate "C"'
        elif column.data_type == "VARCHAR" and column.name.endswith("name_vi") and VIETNAMESE in collations:
            line += f' collate "{VIETNAMESE}"'
        lines.append(line)
    return f"create table {name(schema)}.{name(shape.name)} ({', '.join(lines)})"


def primary_key(schema: str, shape: TableShape) -> str:
    """The key of the table, which dbt tested as its grain."""
    columns = ", ".join(name(column) for column in shape.keys.key)
    return f"alter table {name(schema)}.{name(shape.name)} add primary key ({columns})"


def foreign_keys(schema: str, shape: TableShape, keyed: set[str]) -> list[str]:
    """References to tables that got their key (`keyed`): tools draw joins from them, the planner guesses better."""
    return [
        f"alter table {name(schema)}.{name(shape.name)} add foreign key ({name(reference.column)}) "
        f"references {name(schema)}.{name(reference.to_table)} ({name(reference.to_column)})"
        for reference in shape.keys.references
        if reference.to_table in keyed
    ]


def indices(schema: str, shape: TableShape) -> list[str]:
    """One for each reference the key does not begin with, by year where the table has years.

    The key serves questions about one unit; these serve questions about one indicator in one year.
    """
    years = {column.name for column in shape.columns} & {"data_year"}
    begun = shape.keys.key[:1]
    return [
        f"create index on {name(schema)}.{name(shape.name)} ("
        + ", ".join(name(column) for column in (reference.column, *sorted(years)))
        + ")"
        for reference in shape.keys.references
        if (reference.column,) != begun
    ]


def analyze(schema: str, shape: TableShape) -> str:
    """Statistics of all but sentences, which cost most and nobody filters on; the server adds theirs by itself."""
    columns = [
        name(column.name)
        for column in shape.columns
        if column.data_type != "VARCHAR" or not column.name.endswith(("_vi", "_en", "_url"))
    ]
    return f"analyze {name(schema)}.{name(shape.name)} ({', '.join(columns)})"


def comments(schema: str, shape: TableShape) -> list[str]:
    """Meanings of the table and its columns, in both languages as in the DuckDB file."""
    place = f"{name(schema)}.{name(shape.name)}"
    found = []
    if shape.description_en or shape.description_vi:
        text = _both(shape.description_en, shape.description_vi)
        found.append(f"comment on table {place} is {literal(text)}")
    return found + [
        f"comment on column {place}.{name(column.name)} is "
        + literal(_both(column.description_en, column.description_vi))
        for column in shape.columns
        if column.description_en or column.description_vi
    ]


def _both(english: str, vietnamese: str) -> str:
    return f"{english} {COMMENT_SEPARATOR} {vietnamese}" if vietnamese else english
