"""The models as dbt compiles them, run on small made-up installations in a database in memory.

`compile_models` asks dbt once for the SQL; `Engine.build` puts an `Installation` into the raw and reference tables and
runs the models a test asks for, with everything they stand on, in their order. A build takes a fraction of a second, so
a property can be tried on many installations.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.build import run_dbt
from warehouse.figures import FIGURE_SCHEMA
from warehouse.home import Home
from warehouse.raw_schema import ensure_raw_schema
from warehouse.reference import load_reference

Row = dict[str, Any]

_RECEIVED = "2026-01-01 00:00:00"
_SCHEMAS = ("staging", "intermediate", "marts")


@dataclass(frozen=True)
class Model:
    """One model: where it is built, the SQL dbt compiled, and the models it stands on, by name."""

    name: str
    schema: str
    sql: str
    parents: frozenset[str]


@dataclass(frozen=True)
class Installation:
    """What an installation holds before dbt runs: rows of reference tables, and figures in documents.

    A figure is a row of the raw table; `document` says which of the documents (0, 1, …) prints it, and what is not
    said is filled in. A reference table that is not named is empty, and a column its table does not have is left out,
    so that an installation outlives a new or renamed column.
    """

    reference: dict[str, list[Row]]
    figures: list[Row] = field(default_factory=list)


def compile_models(home: Home) -> tuple[Model, ...]:
    """Every model with its compiled SQL, parents before children.

    Raises:
        EnvironmentBroken: dbt could not compile the project.
    """
    results = run_dbt(home, "compile", "--select", "resource_type:model")
    # Tests that hang on the selected models come along.
    compiled = {
        result["unique_id"]: str(result["compiled_code"])
        for result in results
        if result["unique_id"].startswith("model.")
    }
    nodes = json.loads((home.dbt_target / "manifest.json").read_text("utf-8"))["nodes"]
    models = [
        Model(
            name=nodes[unique_id]["name"],
            schema=nodes[unique_id]["schema"],
            sql=sql,
            parents=frozenset(
                parent.split(".")[-1]
                for parent in nodes[unique_id]["depends_on"]["nodes"]
                if parent.startswith("model.")
            ),
        )
        for unique_id, sql in compiled.items()
    ]
    return tuple(_in_order(models))


def _in_order(models: Iterable[Model]) -> list[Model]:
    waiting = {model.name: model for model in models}
    ordered: list[Model] = []
    while waiting:
        ready = sorted(name for name, model in waiting.items() if not model.parents & waiting.keys())
        ordered += [waiting.pop(name) for name in ready]
    return ordered


class Engine:
    """A database in memory in which the compiled models run; one serves a whole test session."""

    def __init__(self, models: Sequence[Model], database: str) -> None:
        """`database` is the name the compiled SQL knows the database by."""
        self._models = models
        self._connection = duckdb.connect()
        self._connection.execute(f"attach ':memory:' as {database}")
        self._connection.execute(f"use {database}")
        self._connection.execute("set TimeZone = 'UTC'")
        self._connection.execute("set threads = 1")
        for schema in _SCHEMAS:
            self._connection.execute(f"create schema {schema}")
        ensure_raw_schema(self._connection)
        load_reference(self._connection)
        self._columns = self._reference_columns()

    @property
    def marts(self) -> list[str]:
        """The names of all marts."""
        return sorted(model.name for model in self._models if model.schema == "marts")

    def build(self, installation: Installation, *wanted: str) -> None:
        """Fill the inputs and run the wanted models with everything they stand on; no name means all of them."""
        self._fill_reference(installation.reference)
        self._fill_raw(installation.figures)
        for model in self._chain(wanted or tuple(model.name for model in self._models)):
            kind = "view" if model.schema == "staging" else "table"
            self._connection.execute(f'create or replace {kind} {model.schema}."{model.name}" as {model.sql}')

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """What a query answers, a dictionary a row, in the order the rows are stored in unless it says otherwise."""
        cursor = self._connection.execute(query, list(parameters))
        names = [str(column[0]) for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()

    def _chain(self, wanted: Sequence[str]) -> list[Model]:
        by_name = {model.name: model for model in self._models}
        needed: set[str] = set()
        open_names = list(wanted)
        while open_names:
            name = open_names.pop()
            if name not in needed:
                needed.add(name)
                open_names += by_name[name].parents
        return [model for model in self._models if model.name in needed]

    def _reference_columns(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for table, column in self._connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'reference' "
            "order by table_name, ordinal_position"
        ).fetchall():
            found.setdefault(table, []).append(column)
        return found

    def _fill_reference(self, reference: dict[str, list[Row]]) -> None:
        for table, columns in self._columns.items():
            self._connection.execute(f"delete from reference.{table}")
            rows = [[row.get(column) for column in columns] for row in reference.get(table, [])]
            if rows:
                places = ", ".join("?" for _ in columns)
                self._connection.executemany(f"insert into reference.{table} values ({places})", rows)

    def _fill_raw(self, figures: list[Row]) -> None:
        for table in ("source_document", "batch", "figure", "check_result"):
            self._connection.execute(f"delete from raw.{table}")
        for number in sorted({figure.get("document", 0) for figure in figures}):
            self._connection.execute(
                "insert into raw.source_document values (?, ?, 'made', ?, 1, 'text/csv', ?, 'test')",
                [f"doc_{number}", f"{number:064d}", f"{number}.csv", _RECEIVED],
            )
            self._connection.execute(
                "insert into raw.batch by name select ? as batch_id, ? as source_document_id, 'made' as dataset, "
                "? as source_key, 'v1' as layout_id, 'test' as reader, '' as data_years, '' as sheets_read, "
                "'' as sheets_skipped, cast(? as timestamp) as loaded_at, 1 as figure_count, "
                "0 as quarantined_count, '' as content_hash, '' as reading_version",
                [f"b_{number}", f"doc_{number}", f"made:{number}", _RECEIVED],
            )
        if figures:
            table = pa.Table.from_pylist(
                [{**_complete(figure), "batch_id": f"b_{figure.get('document', 0)}"} for figure in figures],
                schema=FIGURE_SCHEMA.append(pa.field("batch_id", pa.string())),
            )
            self._connection.register("figures", table)
            self._connection.execute("insert into raw.figure by name select * from figures")
            self._connection.unregister("figures")


def _complete(figure: Row) -> Row:
    defaults = {
        **dict.fromkeys(FIGURE_SCHEMA.names),
        "unit_text": figure["unit_code"],
        "unit_locator": "S!A1",
        "unit_type": "province",
        "indicator_text": figure["indicator_code"],
        "value_text": None if figure.get("value") is None else str(figure["value"]),
        "value_locator": "S!B1",
        "figure_status": "printed",
    }
    return {**defaults, **{name: value for name, value in figure.items() if name != "document"}}
