"""Dashboard, alerts and ops page speak of the metrics there are, and of no others."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.warehouse.observability.promtool import promtool
from tests.warehouse.observability.releases import AROUND, busy_home
from warehouse.home import PROJECT_ROOT, Home
from warehouse.observability.metrics import registry_of
from warehouse.observability.release_figures import figures_of

sys.path.insert(0, str(PROJECT_ROOT / "docs"))

import write_dashboard

OPS = PROJECT_ROOT / "docs" / "ops"
PAGE = (PROJECT_ROOT / "docs" / "ops.md").read_text("utf-8")
RULES: list[dict[str, Any]] = yaml.safe_load((OPS / "prometheus" / "reform.rules.yml").read_text("utf-8"))["groups"][0][
    "rules"
]
#: What Prometheus itself has of every target.
OF_PROMETHEUS = {"up": {"job", "instance"}}


@pytest.fixture
def exported(home: Home) -> Iterator[dict[str, set[str]]]:
    """Every sample there is, with its labels."""
    busy_home(home)
    text = generate_latest(registry_of(home, AROUND)).decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    yield found
    figures_of.cache_clear()


def queries_of_dashboard() -> list[str]:
    dashboard = json.loads((OPS / "grafana" / "reform.json").read_text("utf-8"))
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    return [*panels, *(one["expr"] for one in dashboard["annotations"]["list"])]


def selectors_in(query: str) -> list[tuple[str, set[str]]]:
    """The metrics of a query with the labels they are chosen by, as Prometheus' grammar finds them."""
    found: list[tuple[str, set[str]]] = []

    def visit(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append((node.name, {matcher.name for matcher in node.matchers.matchers}))
        for name in ("lhs", "rhs", "expr", "vector_selector", "param"):
            child = getattr(node, name, None)
            if isinstance(child, promql_parser.Expr):
                visit(child)
        for child in getattr(node, "args", []):
            visit(child)

    visit(promql_parser.parse(query))
    return found


@pytest.mark.parametrize("query", [*queries_of_dashboard(), *(rule["expr"] for rule in RULES)])
def test_a_query_asks_for_metrics_and_labels_that_are_exported(query: str, exported: dict[str, set[str]]) -> None:
    known = exported | OF_PROMETHEUS
    asked = selectors_in(query)
    assert asked
    for name, labels in asked:
        assert name in known, name
        assert labels <= known[name], (name, labels)
    grouped = {label for group in re.findall(r"\b(?:by|on) \(([^)]+)\)", query) for label in group.split(", ")}
    assert grouped <= {"le"} | set().union(*(known[name] for name, _ in asked))


def test_a_query_for_something_else_is_found_out(exported: dict[str, set[str]]) -> None:
    (name, _), *_ = selectors_in("sum(rate(reform_loads[5m]))")
    assert name not in exported


def test_the_dashboard_is_what_is_written_of_it() -> None:
    assert (OPS / "grafana" / "reform.json").read_text("utf-8") == write_dashboard.text()


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels = write_dashboard.dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (place["x"] + right, place["y"] + down) for right in range(place["w"]) for down in range(place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_metric_stands_on_the_page_and_no_other(exported: dict[str, set[str]]) -> None:
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `reform_")]
    told = {name for cell in rows for name in re.findall(r"`(reform_\w+)`", cell)}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) if "duration" in name else name for name in exported}
    assert told == families


def test_every_alert_says_in_two_languages_what_it_is_and_the_page_what_to_do() -> None:
    for rule in RULES:
        assert {"summary", "summary_vi", "runbook"} <= set(rule["annotations"]), rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert f"\n### {rule['alert']}\n**{rule['labels']['severity'].title()}.**" in PAGE, rule["alert"]
        assert rule["annotations"]["runbook"] == f"docs/ops.md#{rule['alert'].lower()}"


def test_the_alerts_fire_when_they_should_by_prometheus_own_tool() -> None:
    for arguments in (["check", "rules", "reform.rules.yml"], ["test", "rules", "reform_test.yml"],
                      ["check", "config", "prometheus.yml"]):  # fmt: skip
        done = subprocess.run(
            [promtool(), *arguments], cwd=OPS / "prometheus", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
