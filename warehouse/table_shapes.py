"""What a release knows of its tables beside their rows: columns, meanings in two languages, keys and references.

Keys and references are what the dbt project tests: the `grain` of a model and its `relationships`. They travel with the
release as `keys.json`, so that whatever serves it (Parquet, the data package, PostgreSQL) needs neither dbt nor the
project.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from warehouse.release_tables import mart_tables, name

KEYS_FILE = "keys.json"

#: The keys of the tables the release step writes itself; dbt knows nothing of them.
_OWN_KEYS = {
    "metric_vintage": ("unit_code", "indicator_code", "data_year", "boundary", "from_release_id"),
    "data_quality_standing": ("suite", "rule_id", "source_key", "subject"),
    "data_quality_trend": ("release_id", "measure"),
    "dictionary": ("table_name", "column_name"),
}
_REF = re.compile(r"ref\(\s*'([^']+)'\s*\)")


@dataclass(frozen=True)
class Reference:
    """Every value of `column` that is not empty stands in `to_column` of `to_table`, whose key it is."""

    column: str
    to_table: str
    to_column: str


@dataclass(frozen=True)
class Keys:
    """The columns that name a row of a table (empty where none is promised), and what its columns refer to."""

    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column: name, DuckDB type, meaning in English and Vietnamese."""

    name: str
    data_type: str
    description_en: str
    description_vi: str


@dataclass(frozen=True)
class TableShape:
    """A table of schema `marts` as readers are told of it; the order of `columns` is that of the table."""

    name: str
    description_en: str
    description_vi: str
    columns: tuple[Column, ...]
    keys: Keys

    @property
    def order(self) -> tuple[str, ...]:
        """What its rows are sorted by in a file: its key, or all columns where it has none."""
        return self.keys.key or tuple(column.name for column in self.columns)


def keys_in_project(manifest: Path) -> dict[str, Keys]:
    """The keys the dbt project tests, by table; those of our own tables alone where dbt left no `manifest`."""
    found = {table: Keys(columns) for table, columns in _OWN_KEYS.items()}
    if not manifest.exists():
        return found
    nodes: dict[str, Any] = json.loads(manifest.read_text("utf-8"))["nodes"]
    for node in nodes.values():
        test, model = node.get("test_metadata"), nodes.get(node.get("attached_node") or "")
        if node["resource_type"] != "test" or test is None or model is None or node["config"].get("where"):
            continue
        known = found.get(model["name"], Keys())
        arguments = test["kwargs"]
        if test["name"] == "grain":
            found[model["name"]] = replace(known, key=tuple(arguments["columns"]))
        elif test["name"] == "relationships" and (target := _REF.search(arguments["to"])):
            reference = Reference(arguments["column_name"], target[1], arguments["field"])
            references = sorted({*known.references, reference}, key=lambda item: item.column)
            found[model["name"]] = replace(known, references=tuple(references))
    return found


def keys_that_hold(connection: duckdb.DuckDBPyConnection, keys: dict[str, Keys]) -> dict[str, Keys]:
    """`keys` of the tables there are, without any that the rows contradict or that refer to no key.

    A table whose key does not hold stays readable; a server would refuse it whole.
    """
    tables = set(mart_tables(connection))
    held = {table: keys[table].key for table in sorted(tables & set(keys)) if _holds(connection, table, keys[table])}
    return {
        table: Keys(
            held.get(table, ()),
            tuple(item for item in keys[table].references if held.get(item.to_table) == (item.to_column,)),
        )
        for table in sorted(tables & set(keys))
    }


def _holds(connection: duckdb.DuckDBPyConnection, table: str, keys: Keys) -> bool:
    there = {str(row[0]) for row in connection.execute(f"describe marts.{name(table)}").fetchall()}
    if not keys.key or not set(keys.key) <= there:
        return False
    columns = ", ".join(name(column) for column in keys.key)
    empty = " or ".join(f"{name(column)} is null" for column in keys.key)
    bad = connection.execute(
        f"select 1 from marts.{name(table)} group by {columns} having count(*) > 1 or {empty} limit 1"
    ).fetchall()
    return not bad


def write_keys(keys: dict[str, Keys], release: Path) -> None:
    """Write `keys.json` of the release."""
    text = json.dumps({table: asdict(item) for table, item in keys.items()}, ensure_ascii=False, indent=1)
    (release / KEYS_FILE).write_text(text + "\n", "utf-8")


def read_keys(release: Path) -> dict[str, Keys]:
    """The keys of a release; empty for one from before they were kept."""
    path = release / KEYS_FILE
    if not path.exists():
        return {}
    return {
        table: Keys(tuple(item["key"]), tuple(Reference(**reference) for reference in item["references"]))
        for table, item in json.loads(path.read_text("utf-8")).items()
    }


def read_shapes(connection: duckdb.DuckDBPyConnection, keys: dict[str, Keys]) -> list[TableShape]:
    """The tables of schema `marts`, by name, with the meanings `marts.dictionary` gives."""
    rows = connection.execute(
        """
        select table_name, column_name, data_type,
            coalesce(description_en, '') as description_en, coalesce(description_vi, '') as description_vi,
            coalesce(table_description_en, '') as table_description_en,
            coalesce(table_description_vi, '') as table_description_vi
        from marts.dictionary order by table_name, column_position
        """
    ).fetchall()
    shapes = []
    for table in mart_tables(connection):
        own = [row for row in rows if row[0] == table]
        columns = tuple(Column(*row[1:5]) for row in own)
        shapes.append(TableShape(table, own[0][5], own[0][6], columns, keys.get(table, Keys())))
    return shapes
