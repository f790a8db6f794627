"""What the dbt project knows of a mart: what it is made of, down to the raw tables, and how its tests came out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.home import Home
from warehouse.release_tables import COMMENT_SEPARATOR

#: The tests of the last build by unique id; `dbt docs generate` overwrites dbt's own file of results.
TEST_RESULTS = "test_results.json"

#: What dbt calls an outcome, in the words of `data_quality`.
_OUTCOMES = {"pass": "passed", "warn": "warned", "fail": "failed", "error": "failed", "skipped": "skipped"}  # nosec B105

#: The tables the release step makes itself, and the marts it makes them of.
_MADE_OF = {
    "metric_vintage": ("fct_indicator_value", "metric_yoy"),
    "data_quality_standing": ("data_quality",),
    "data_quality_trend": ("data_quality", "dim_source_document", "fct_observation", "metric_yoy"),
    "dictionary": (),
}
_OWN_GROUPS = {"metric_vintage": "published_figures"}


@dataclass(frozen=True)
class Test:
    """One test of dbt: its kind, the columns it names (none: the whole table), its outcome in the last build."""

    kind: str
    columns: tuple[str, ...]
    outcome: str


@dataclass(frozen=True)
class TableFacts:
    """One mart: group, layers it is made of (nearest first), raw and reference tables at the bottom, tests."""

    group: str
    upstream: tuple[str, ...]
    intermediate: tuple[str, ...]
    staging: tuple[str, ...]
    raw_tables: tuple[str, ...]
    reference_tables: tuple[str, ...]
    tests: tuple[Test, ...]

    def tests_of(self, column: str) -> tuple[Test, ...]:
        """The tests that name `column`."""
        return tuple(test for test in self.tests if column in test.columns)


@dataclass(frozen=True)
class Group:
    """A group of marts: who answers for it, and what is in it."""

    owner: str
    text_en: str
    text_vi: str


def read_groups(home: Home) -> dict[str, Group]:
    """The groups of the project in the order it lists them; empty where dbt left no manifest."""
    manifest_file = home.dbt_target / "manifest.json"
    if not manifest_file.exists():
        return {}
    found = {}
    for node in json.loads(manifest_file.read_text("utf-8")).get("groups", {}).values():
        english, _, vietnamese = (node.get("description") or "").partition(COMMENT_SEPARATOR)
        found[node["name"]] = Group(node["owner"]["name"], " ".join(english.split()), " ".join(vietnamese.split()))
    return found


def worst(tests: tuple[Test, ...]) -> str | None:
    """The outcome of several tests in one word; None without any."""
    outcomes = {test.outcome for test in tests}
    return next((one for one in ("failed", "warned", "skipped", "unknown", "passed") if one in outcomes), None)


def remember_tests(home: Home, results: list[dict[str, Any]]) -> None:
    """Keep how the tests of this build came out, for the dictionary of the release made of it."""
    kept = {result["unique_id"]: result["status"] for result in results if result["unique_id"].startswith("test.")}
    partial = home.build / f"{TEST_RESULTS}.partial"
    partial.write_text(json.dumps(kept), "utf-8")
    partial.replace(home.build / TEST_RESULTS)


def read_table_facts(home: Home) -> dict[str, TableFacts]:
    """Facts of every mart by table name, the release's own tables included; empty where dbt left no manifest."""
    manifest_file = home.dbt_target / "manifest.json"
    if not manifest_file.exists():
        return {}
    manifest = json.loads(manifest_file.read_text("utf-8"))
    tests = _tests(manifest, home.build / TEST_RESULTS)
    found: dict[str, TableFacts] = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node.get("schema") == "marts":
            found[node["name"]] = _facts(manifest, unique_id, node.get("group") or "", tests.get(unique_id, ()))
    for table, marts in _MADE_OF.items():
        below = [found[mart] for mart in marts if mart in found]
        found[table] = TableFacts(
            group=_OWN_GROUPS.get(table, "data_quality"),
            upstream=marts,
            intermediate=_together(below, "intermediate"),
            staging=_together(below, "staging"),
            raw_tables=_together(below, "raw_tables"),
            reference_tables=_together(below, "reference_tables"),
            tests=(),
        )
    return found


def _together(facts: list[TableFacts], layer: str) -> tuple[str, ...]:
    return tuple(sorted({name for one in facts for name in getattr(one, layer)}))


def _facts(manifest: dict[str, Any], unique_id: str, group: str, tests: tuple[Test, ...]) -> TableFacts:
    layers: dict[str, set[str]] = {"intermediate": set(), "staging": set(), "raw": set(), "reference": set()}
    seen, waiting = {unique_id}, list(manifest["parent_map"][unique_id])
    while waiting:
        parent = waiting.pop()
        if parent in seen:
            continue
        seen.add(parent)
        node = manifest["sources"].get(parent) or manifest["nodes"].get(parent)
        if node is None:
            continue
        layers.setdefault(node["schema"], set()).add(node["name"])
        waiting += manifest["parent_map"].get(parent, [])
    nearest = sorted(
        {(manifest["nodes"].get(one) or manifest["sources"][one])["name"] for one in manifest["parent_map"][unique_id]}
    )
    ordered = {layer: tuple(sorted(names)) for layer, names in layers.items()}
    return TableFacts(
        group, tuple(nearest), ordered["intermediate"], ordered["staging"], ordered["raw"], ordered["reference"], tests
    )


def _tests(manifest: dict[str, Any], results_file: Path) -> dict[str, tuple[Test, ...]]:
    results = json.loads(results_file.read_text("utf-8")) if results_file.exists() else {}
    found: dict[str, list[Test]] = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "test":
            continue
        about = node.get("test_metadata") or {}
        columns = about.get("kwargs", {}).get("columns") or [node.get("column_name")]
        test = Test(
            about.get("name") or node["name"],
            tuple(column for column in columns if column),
            _OUTCOMES.get(results.get(unique_id, ""), "unknown"),
        )
        # A test of several tables is the word of each mart it reads.
        read = node.get("depends_on", {}).get("nodes", [])
        tables = [node["attached_node"]] if node.get("attached_node") else read
        for table in tables:
            found.setdefault(table, []).append(test)
    return {table: tuple(sorted(tests, key=lambda test: (test.kind, test.columns))) for table, tests in found.items()}
