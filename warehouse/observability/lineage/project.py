"""What dbt left of the last build: models with their SQL, columns, tests and times, as lineage needs them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from warehouse.build import BUILD_RESULTS
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home


@dataclass(frozen=True)
class Table:
    """A table dbt knows: `name` is `schema.name`; `columns` maps each to its type, in order."""

    unique_id: str
    name: str
    description: str
    columns: dict[str, str]
    column_descriptions: dict[str, str]


@dataclass(frozen=True)
class Model:
    """A model that was built, with the tables its SQL names, by unique id."""

    table: Table
    sql: str
    reads: tuple[str, ...]
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class TestOutcome:
    """A test of a table; `column` is None where it is of the whole table."""

    name: str
    column: str | None
    passed: bool


class Project:
    """dbt's manifest, catalog and the results of the last complete build."""

    def __init__(self, home: Home) -> None:
        """Read them.

        Raises:
            EnvironmentBroken: one of them is missing: nothing was built, or its docs were not written.
        """
        try:
            read = [
                json.loads((home.dbt_target / name).read_text("utf-8"))
                for name in ("manifest.json", "catalog.json", BUILD_RESULTS)
            ]
        except (OSError, ValueError) as error:
            raise EnvironmentBroken(
                f"dbt's own account of the last build is missing or damaged ({error}): `reform build` and `reform "
                "publish` write it"
            ) from error
        self._manifest, self._catalog, self._results = read

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Every model and source by unique id."""
        nodes: dict[str, Any] = {**self._manifest["nodes"], **self._manifest["sources"]}
        catalog: dict[str, Any] = {**self._catalog["nodes"], **self._catalog["sources"]}
        return {
            unique_id: Table(
                unique_id,
                f"{node['schema']}.{node.get('identifier') or node['alias']}",
                node.get("description") or "",
                {name: column["type"] for name, column in catalog.get(unique_id, {}).get("columns", {}).items()},
                {name: column.get("description") or "" for name, column in node["columns"].items()},
            )
            for unique_id, node in nodes.items()
            if node["resource_type"] in {"model", "source"}
        }

    @cached_property
    def models(self) -> list[Model]:
        """Every model of the last build that has SQL, in the order they ended."""
        models = []
        for result in self._results["results"]:
            node = self._manifest["nodes"].get(result["unique_id"])
            if node is None or node["resource_type"] != "model" or not node.get("compiled_code"):
                continue
            moments = [datetime.fromisoformat(part[end]) for part in result["timing"] for end in _ENDS if part[end]]
            reads = tuple(parent for parent in node["depends_on"]["nodes"] if parent in self.tables)
            table = self.tables[node["unique_id"]]
            models.append(Model(table, node["compiled_code"], reads, min(moments), max(moments)))
        return sorted(models, key=lambda model: model.ended_at)

    def columns_read_by(self, model: Model) -> dict[str, dict[str, dict[str, str]]]:
        """The columns of the tables `model` reads: schema, table, column, type."""
        schemas: dict[str, dict[str, dict[str, str]]] = {}
        for unique_id in model.reads:
            schema, name = self.tables[unique_id].name.split(".", 1)
            schemas.setdefault(schema, {})[name] = self.tables[unique_id].columns
        return schemas

    @cached_property
    def tests(self) -> dict[str, list[TestOutcome]]:
        """By unique id of the table, how its tests ended; a test of several tables is of the one it stands at."""
        found: dict[str, list[TestOutcome]] = {}
        for result in self._results["results"]:
            node = self._manifest["nodes"].get(result["unique_id"])
            if node is None or node["resource_type"] != "test":
                continue
            parents = node["depends_on"]["nodes"]
            table = node.get("attached_node") or (parents[-1] if parents else None)
            if table in self.tables:
                passed = result["status"] in {"pass", "success"}
                found.setdefault(table, []).append(TestOutcome(node["name"], node.get("column_name"), passed))
        return found


_ENDS = ("started_at", "completed_at")
