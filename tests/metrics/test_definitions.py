"""The definitions themselves: complete, in both languages, on both maps, and about columns that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from metricflow.engine.models import Entity
from sqlglot import expressions

from warehouse.home import DBT_PROJECT_DIR, PROJECT_ROOT
from warehouse.metric_catalogue import TWIN_SUFFIX, read_catalogue
from warehouse.metrics import MetricLayer

_SCALED = {"average", "median", "percentile", "sum", "max", "min"}
_ADDS_UP = {"figure_total", "quarantined_total"}  # rows read and rows waiting: counts of a document, on no scale
_VALUES_OF = re.compile(r"= '(\w+)'$")


@pytest.fixture(scope="session")
def contracts(parsed: Path) -> dict[str, set[str]]:
    """The columns of every mart, as its contract declares them."""
    manifest = json.loads((parsed / "manifest.json").read_text("utf-8"))
    return {
        node["name"]: set(node["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["contract"]["enforced"]
    }


def metrics_of(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {metric["name"]: metric for metric in manifest["metrics"]}


def boundary_of(metric: dict[str, Any]) -> str | None:
    """The map the filter of a metric holds it to; None for one without a filter."""
    if not metric["filter"]:
        return None
    (only,) = metric["filter"]["where_filters"]
    found = _VALUES_OF.search(only["where_sql_template"])
    assert found is not None
    return found[1]


def test_every_expression_is_about_columns_of_the_contract_of_its_mart(
    semantic_manifest: dict[str, Any], contracts: dict[str, set[str]]
) -> None:
    unknown = [
        f"{model['name']}.{item['name']}: {column.name}"
        for model in semantic_manifest["semantic_models"]
        for item in (*model["measures"], *model["dimensions"], *model["entities"])
        for column in sqlglot.parse_one(item["expr"] or item["name"], dialect="duckdb").find_all(expressions.Column)
        if column.name not in contracts[model["node_relation"]["alias"]]
    ]
    assert unknown == []


def test_every_metric_model_and_dimension_is_described_in_both_languages(semantic_manifest: dict[str, Any]) -> None:
    texts = {metric["name"]: metric["description"] for metric in semantic_manifest["metrics"]}
    for model in semantic_manifest["semantic_models"]:
        texts[model["name"]] = model["description"]
        texts |= {
            f"{model['name']}.{item['name']}": item["description"]
            for item in (*model["dimensions"], *model["entities"])
        }
    halves = {name: (text or "").partition("— Tiếng Việt: ") for name, text in texts.items()}
    assert [name for name, (english, _, vietnamese) in halves.items() if min(len(english), len(vietnamese)) < 4] == []


def test_every_metric_and_model_says_what_to_read_before_use(semantic_manifest: dict[str, Any]) -> None:
    wrong = [
        item["name"]
        for item in (*semantic_manifest["metrics"], *semantic_manifest["semantic_models"])
        if item["description"].count("Read this before you use it: ") != 1
        or item["description"].count("Đọc trước khi dùng: ") != 1
    ]
    assert wrong == []


def test_every_metric_on_a_map_has_a_twin_and_no_other_has(semantic_manifest: dict[str, Any]) -> None:
    on_a_map = {name for name, metric in read_catalogue(semantic_manifest).items() if metric.is_on_a_map}
    plain = {name for name in on_a_map if not name.endswith(TWIN_SUFFIX)}
    assert on_a_map == plain | {name + TWIN_SUFFIX for name in plain}
    assert not any(name.endswith(TWIN_SUFFIX) for name in metrics_of(semantic_manifest).keys() - on_a_map)


def test_a_simple_metric_holds_the_map_its_name_says(semantic_manifest: dict[str, Any]) -> None:
    common = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text("utf-8"))["vars"]["common_boundary"]
    on_a_map = read_catalogue(semantic_manifest)
    wrong = [
        name
        for name, metric in metrics_of(semantic_manifest).items()
        if metric["type"] == "simple"
        and on_a_map[name].is_on_a_map
        and boundary_of(metric) != (common if name.endswith(TWIN_SUFFIX) else "published")
    ]
    assert wrong == []


def test_a_twin_differs_from_its_metric_by_the_map_alone(semantic_manifest: dict[str, Any]) -> None:
    metrics = metrics_of(semantic_manifest)

    def essence(metric: dict[str, Any]) -> str:
        parts = [metric["type"], metric["type_params"], metric["config"]["meta"]]
        return json.dumps(parts, sort_keys=True).replace(TWIN_SUFFIX, "")

    pairs = [(name, name + TWIN_SUFFIX) for name in metrics if name + TWIN_SUFFIX in metrics]
    assert pairs
    assert [one for one, twin in pairs if essence(metrics[one]) != essence(metrics[twin])] == []


def test_a_ratio_is_made_of_metrics_of_its_own_map(semantic_manifest: dict[str, Any]) -> None:
    ratios = {name: item for name, item in metrics_of(semantic_manifest).items() if item["type"] == "ratio"}
    assert ratios
    wrong = [
        name
        for name, metric in ratios.items()
        for part in ("numerator", "denominator")
        if metric["type_params"][part]["name"].endswith(TWIN_SUFFIX) != name.endswith(TWIN_SUFFIX)
    ]
    assert wrong == []


def test_what_is_averaged_on_a_scale_is_asked_one_at_a_time_and_counted(semantic_manifest: dict[str, Any]) -> None:
    scaled = {
        measure["name"]
        for model in semantic_manifest["semantic_models"]
        for measure in model["measures"]
        if measure["agg"] in _SCALED
    } - _ADDS_UP
    metrics = read_catalogue(semantic_manifest)
    unguarded = [
        name
        for name, item in metrics_of(semantic_manifest).items()
        if item["type"] == "simple"
        and item["type_params"]["measure"]["name"] in scaled
        and not (metrics[name].one_at_a_time and metrics[name].rests_on in metrics)
    ]
    assert unguarded == []


def test_nothing_on_a_scale_is_added_up(semantic_manifest: dict[str, Any]) -> None:
    sums = {
        measure["name"]
        for model in semantic_manifest["semantic_models"]
        for measure in model["measures"]
        if measure["agg"] == "sum"
    }
    assert sums == _ADDS_UP


def test_measures_of_a_metric_are_of_one_semantic_model(semantic_manifest: dict[str, Any]) -> None:
    model_of = {
        measure["name"]: model["name"]
        for model in semantic_manifest["semantic_models"]
        for measure in model["measures"]
    }
    assert [
        metric["name"]
        for metric in semantic_manifest["metrics"]
        if len({model_of[item["name"]] for item in metric["type_params"]["input_measures"]}) != 1
    ] == []


def test_dimensions_have_one_name_each_within_a_metric(semantic_manifest: dict[str, Any]) -> None:
    for metric in read_catalogue(semantic_manifest).values():
        names = [dimension.name for dimension in metric.dimensions]
        assert len(names) == len(set(names)), metric.name


def test_listed_dimensions_are_those_metricflow_knows(layer: MetricLayer) -> None:
    for metric in layer.metrics.values():
        known = {
            item.name if isinstance(item, Entity) else item.dunder_name
            for item in layer._engine.list_group_bys([metric.name])
            if isinstance(item, Entity)
            or not re.search(r"metric_time|__(year_start|received_on|checked_on)", item.dunder_name)
        }
        assert {dimension.qualified for dimension in metric.dimensions} == {
            name for name in known if not name.endswith("__boundary")
        }, metric.name


def test_no_path_of_this_machine_is_in_the_definitions(parsed: Path) -> None:
    text = (parsed / "semantic_manifest.json").read_text("utf-8")
    assert str(DBT_PROJECT_DIR.parent) not in text
    assert str(parsed) not in text


def test_page_about_metrics_names_every_one_of_them(semantic_manifest: dict[str, Any]) -> None:
    page = (PROJECT_ROOT / "docs" / "metrics.md").read_text("utf-8")
    names = [name for name in metrics_of(semantic_manifest) if not name.endswith(TWIN_SUFFIX)]
    assert [name for name in names if f"`{name}`" not in page] == []
