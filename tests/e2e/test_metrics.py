"""Every metric of the real release against SQL on the marts that was written without the metric layer."""

from __future__ import annotations

import json
import math
from typing import Any

import duckdb
import pytest

from tests.e2e.conftest import reform
from warehouse.home import Home
from warehouse.metric_catalogue import TWIN_SUFFIX
from warehouse.metrics import MetricLayer, Question

pytestmark = pytest.mark.e2e

_VALUE = ("fct_indicator_value", ("indicator", "year", "unit_type"))
_CHANGE = ("metric_yoy", ("indicator", "year", "unit_type"))
_PART = ("metric_contribution", ("total", "component", "year", "unit_type"))
_TARGET = ("metric_target_progress", ("target", "indicator", "year", "is_own_target"))
_DOCUMENT = ("dim_source_document", ("source", "is_superseded"))
_CHECK = ("data_quality", ("suite", "outcome"))
_COLUMNS = {
    "indicator": "indicator_code",
    "year": "data_year",
    "total": "total_code",
    "component": "component_code",
    "target": "target_code",
}
_PAIR = "value is not null and previous_value is not null"

#: metric -> (table, dimensions), and the metric in plain SQL over the rows of one group.
_INDEPENDENT: dict[str, tuple[tuple[str, tuple[str, ...]], str]] = {
    "average_value": (_VALUE, "sum(value) / count(value)"),
    "median_value": (_VALUE, "quantile_cont(value, 0.5)"),
    "average_value_pct": (_VALUE, "sum(100 * value / max_value) / count(value / max_value)"),
    "median_value_pct": (_VALUE, "quantile_cont(100 * value / max_value, 0.5)"),
    "figures": (_VALUE, "count(*) filter (where value is not null)"),
    "figures_with_share": (_VALUE, "count(*) filter (where value is not null and max_value is not null)"),
    "figures_with_conflicts": (_VALUE, "count(*) filter (where has_conflict)"),
    "average_change": (_CHANGE, "avg(value - previous_value) filter (where is_comparable)"),
    "median_change": (_CHANGE, "median(value - previous_value) filter (where is_comparable)"),
    "average_rank_change": (_CHANGE, "avg(previous_rank - rank) filter (where rank_change is not null)"),
    "figures_with_rank_change": (_CHANGE, "count(*) filter (where rank_change is not null)"),
    "figures_improved": (_CHANGE, "count(*) filter (where is_comparable and value > previous_value)"),
    "figures_worsened": (_CHANGE, "count(*) filter (where is_comparable and value < previous_value)"),
    "figures_unchanged": (_CHANGE, "count(*) filter (where is_comparable and value = previous_value)"),
    "figures_comparable": (_CHANGE, "count(*) filter (where not_comparable_reason is null)"),
    "figures_not_comparable": (_CHANGE, f"count(*) filter (where not_comparable_reason is not null and {_PAIR})"),
    "figures_in_both_years": (_CHANGE, f"count(*) filter (where {_PAIR})"),
    "share_comparable": (_CHANGE, f"avg(case when {_PAIR} then case when is_comparable then 1.0 else 0.0 end end)"),
    "average_contribution": (_PART, "avg(contribution) filter (where contribution_kind = 'change')"),
    "parts_comparable": (_PART, "count(*) filter (where contribution_kind = 'change')"),
    "figures_judged": (_TARGET, "count(*) filter (where is_met is not null)"),
    "figures_at_target": (_TARGET, "count(*) filter (where is_met)"),
    "share_at_target": (_TARGET, "avg(case when is_met then 1.0 when not is_met then 0.0 end)"),
    "documents": (_DOCUMENT, "count(*)"),
    "figures_read": (_DOCUMENT, "sum(figure_count)"),
    "quarantined_rows": (_DOCUMENT, "sum(quarantined_count)"),
    "checks": (_CHECK, "count(*)"),
    "checks_not_passed": (_CHECK, "count(*) filter (where outcome in ('warned', 'quarantined', 'blocked'))"),
}
_ON_NO_MAP = {"documents", "figures_read", "quarantined_rows", "checks", "checks_not_passed"}
_ALL = sorted(_INDEPENDENT) + sorted(name + TWIN_SUFFIX for name in _INDEPENDENT.keys() - _ON_NO_MAP)


@pytest.fixture(scope="module")
def layer(main_job: tuple[Home, dict[str, Any]]) -> MetricLayer:
    return MetricLayer.of_current_release(main_job[0])


def test_every_metric_of_the_release_is_compared(layer: MetricLayer) -> None:
    assert set(layer.metrics) == set(_ALL)


@pytest.mark.parametrize("name", _ALL)
def test_metric_agrees_with_the_marts(layer: MetricLayer, release: duckdb.DuckDBPyConnection, name: str) -> None:
    (table, by), expression = _INDEPENDENT[name.removesuffix(TWIN_SUFFIX)]
    boundary = "2025" if name.endswith(TWIN_SUFFIX) else "published"
    columns = ", ".join(_COLUMNS.get(dimension, dimension) for dimension in by)
    expected = {
        tuple(row[:-1]): row[-1]
        for row in release.execute(
            f"select {columns}, {expression} from marts.{table} "
            + ("" if name in _ON_NO_MAP else f"where boundary = '{boundary}' ")
            + f"group by {columns}"
        ).fetchall()
    }
    answer = layer.ask(Question(name, by))
    place = answer.columns.index(name)
    found = {row[: len(by)]: row[place] for row in answer.rows}
    assert found.keys() == expected.keys()
    assert found
    differing = {
        key: (found[key], expected[key])
        for key in found
        if (found[key] is None) != (expected[key] is None)
        or (found[key] is not None and not math.isclose(found[key], expected[key], rel_tol=0, abs_tol=1e-9))
    }
    assert differing == {}


def test_waiting_rows_and_documents_are_those_the_freshness_table_shows(
    layer: MetricLayer, release: duckdb.DuckDBPyConnection
) -> None:
    shown = release.execute(
        "select source, document_count, figure_count, quarantined_count from marts.data_freshness "
        "where document_count > 0 order by source"
    ).fetchall()
    asked = [layer.ask(Question(name, ("source",))).rows for name in ("documents", "figures_read", "quarantined_rows")]
    assert [(one[0], one[1], two[1], three[1]) for one, two, three in zip(*asked, strict=True)] == shown


def test_command_answers_what_the_layer_answers(layer: MetricLayer, main_job: tuple[Home, dict[str, Any]]) -> None:
    where = (("indicator", "PAPI"), ("year", "2022"))
    options = [part for name, value in where for part in ("--where", f"{name}={value}")]
    done = reform(main_job[0], "metrics", "query", "median_value", "--by", "region", *options, "--format", "json")
    assert done.returncode == 0, done.stderr
    expected = layer.ask(Question("median_value", ("region",), where)).as_dict()
    assert json.loads(done.stdout) == json.loads(json.dumps(expected))
