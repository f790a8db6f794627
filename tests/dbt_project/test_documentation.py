"""Every model and column is described in both languages, and every mart keeps what its description promises."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from warehouse.home import Home

VIETNAMESE = "— Tiếng Việt: "
PLACEHOLDER = re.compile(r"\b(todo|tbd|fixme|xxx|lorem|placeholder|description here)\b", re.IGNORECASE)


@pytest.fixture(scope="session")
def manifest(built: Home) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((built.dbt_target / "manifest.json").read_text("utf-8"))
    return parsed


@pytest.fixture(scope="session")
def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    found = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert len(found) > 30
    return found


def halves(description: str) -> tuple[str, str]:
    """The English and the Vietnamese half; empty where one is missing."""
    english, _, vietnamese = description.partition(VIETNAMESE)
    return english.strip(), vietnamese.strip()


def test_description_of_every_model_starts_with_its_grain_in_both_languages(models: list[dict[str, Any]]) -> None:
    wrong = [
        model["name"]
        for model in models
        if not halves(model["description"])[0].startswith("Grain: one ")
        or not halves(model["description"])[1].startswith("Mỗi dòng là một ")
    ]
    assert wrong == []


def test_every_model_says_what_to_read_before_use_in_both_languages(models: list[dict[str, Any]]) -> None:
    wrong = [
        model["name"]
        for model in models
        if "Read this before you use it: " not in halves(model["description"])[0]
        or "Đọc trước khi dùng: " not in halves(model["description"])[1]
    ]
    assert wrong == []


def test_every_column_is_described_in_both_languages(models: list[dict[str, Any]]) -> None:
    wrong = [
        f"{model['name']}.{name}"
        for model in models
        for name, column in model["columns"].items()
        if not all(len(half) > 3 for half in halves(column["description"]))
    ]
    assert wrong == []


def test_no_description_is_a_placeholder(manifest: dict[str, Any], models: list[dict[str, Any]]) -> None:
    texts = {model["name"]: model["description"] for model in models}
    texts |= {
        f"{model['name']}.{name}": column["description"]
        for model in models
        for name, column in model["columns"].items()
    }
    texts |= {source["name"]: source["description"] for source in manifest["sources"].values()}
    assert [name for name, text in texts.items() if PLACEHOLDER.search(text) or not text] == []


def test_every_mart_has_an_enforced_contract(models: list[dict[str, Any]]) -> None:
    marts = [model for model in models if model["schema"] == "marts"]
    assert marts
    assert [model["name"] for model in marts if not model["config"]["contract"]["enforced"]] == []


def test_grain_of_every_model_with_rules_is_tested(manifest: dict[str, Any], models: list[dict[str, Any]]) -> None:
    tested = {
        node["attached_node"].split(".")[-1]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "grain"
    }
    expected = {model["name"] for model in models if model["schema"] in {"marts", "intermediate"}}
    assert expected - tested == set()


def test_every_unit_test_states_its_intent(manifest: dict[str, Any]) -> None:
    unit_tests = manifest["unit_tests"].values()
    assert unit_tests
    assert [test["name"] for test in unit_tests if not test["description"]] == []


def test_overview_is_in_both_languages(manifest: dict[str, Any]) -> None:
    overview = manifest["docs"]["doc.reform_indicators.__overview__"]
    assert "Where to begin" in overview["block_contents"]
    assert "Bắt đầu từ đâu" in overview["block_contents"]
