"""Every model and column is described in both languages, and every mart keeps what its description promises."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from warehouse.home import PROJECT_ROOT, Home
from warehouse.table_texts import OWN_TABLES

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


SLOTS = (
    ("Grain: ", "Read this before you use it: ", "Units: ", "Formula: ", "Legal source: ", "Example: ", "```sql"),
    ("Mỗi dòng là ", "Đọc trước khi dùng: ", "Đơn vị tính: ", "Công thức: ", "Căn cứ pháp lý: ", "Ví dụ: ", "```sql"),
)


def slots_missing(half: str, slots: tuple[str, ...]) -> list[str]:
    """Slots that are not there, stand out of order or say nothing."""
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", half)]
    places = [next((i for i, part in enumerate(paragraphs) if part.startswith(slot)), None) for slot in slots]
    empty = [
        slot
        for slot, place in zip(slots, places, strict=True)
        if place is None or len(paragraphs[place]) < len(slot) + 4
    ]
    return empty or ([] if places == sorted(place for place in places if place is not None) else ["out of order"])


def test_description_of_every_mart_fills_its_slots_in_order_in_both_languages(models: list[dict[str, Any]]) -> None:
    wrong = {
        model["name"]: missing
        for model in models
        if model["schema"] == "marts"
        for missing in [
            [
                slot
                for half, slots in zip(halves(model["description"]), SLOTS, strict=True)
                for slot in slots_missing(half, slots)
            ]
        ]
        if missing
    }
    assert wrong == {}


def test_tables_the_release_step_writes_fill_the_same_slots() -> None:
    wrong = {
        name: missing
        for name, text in OWN_TABLES.items()
        for half, slots in zip(halves(text.comment()), SLOTS, strict=True)
        if (missing := slots_missing(half, slots))
    }
    assert wrong == {}


def test_vietnamese_is_never_the_english_text_again(models: list[dict[str, Any]]) -> None:
    texts = {model["name"]: model["description"] for model in models}
    texts |= {
        f"{model['name']}.{name}": column["description"]
        for model in models
        for name, column in model["columns"].items()
    }
    assert [name for name, text in texts.items() if halves(text)[0].casefold() == halves(text)[1].casefold()] == []


def test_every_mart_belongs_to_a_group_with_somebody_who_answers_for_it(
    manifest: dict[str, Any], models: list[dict[str, Any]]
) -> None:
    groups = {group["name"]: group for group in manifest["groups"].values()}
    assert [model["name"] for model in models if model["schema"] == "marts" and model["group"] not in groups] == []
    assert [
        name for name, group in groups.items() if not (group["owner"]["name"] and all(halves(group["description"])))
    ] == []


def test_every_consumer_is_an_exposure_in_both_languages_with_an_owner(manifest: dict[str, Any]) -> None:
    exposures = {exposure["name"]: exposure for exposure in manifest["exposures"].values()}
    wanted = {"published_release", "data_package", "data_dictionary", "postgresql", "http_api", "scorecards",
              "trail_pages", "unit_reports", "quality_report", "changes_report", "superset_dashboard",
              "example_notebooks", "shared_metrics"}  # fmt: skip
    assert wanted - set(exposures) == set()
    assert [
        name for name, one in exposures.items() if not (one["owner"]["name"] and all(halves(one["description"])))
    ] == []


def test_every_mart_reaches_the_release_and_its_dictionary(
    manifest: dict[str, Any], models: list[dict[str, Any]]
) -> None:
    marts = {model["unique_id"] for model in models if model["schema"] == "marts"}
    for name in ("published_release", "data_package", "data_dictionary", "postgresql", "http_api"):
        exposure = manifest["exposures"][f"exposure.reform_indicators.{name}"]
        assert marts - set(exposure["depends_on"]["nodes"]) == set(), name


#: Where the code of a consumer stands that names marts in its queries.
READERS = {
    "quality_report": ["warehouse/quality_page.py"],
    "scorecards": ["warehouse/scorecards/*.py"],
    "trail_pages": ["warehouse/trail*.py", "warehouse/trace*.py"],
    "unit_reports": ["warehouse/reports/*.py"],
    "example_notebooks": ["docs/notebooks/*"],
}


@pytest.mark.parametrize("consumer", READERS)
def test_an_exposure_names_every_mart_its_code_reads(
    manifest: dict[str, Any], models: list[dict[str, Any]], consumer: str
) -> None:
    marts = {model["name"] for model in models if model["schema"] == "marts"}
    files = [path for pattern in READERS[consumer] for path in PROJECT_ROOT.glob(pattern) if path.is_file()]
    read = {name for path in files for name in re.findall(r"\bmarts\.(\w+)", path.read_text("utf-8"))} & marts
    named = manifest["exposures"][f"exposure.reform_indicators.{consumer}"]["depends_on"]["nodes"]
    assert read - {node.split(".")[-1] for node in named} == set()


def test_no_description_is_a_placeholder(manifest: dict[str, Any], models: list[dict[str, Any]]) -> None:
    texts = {item["name"]: item["description"] for kind in ("groups", "exposures") for item in manifest[kind].values()}
    texts |= {model["name"]: model["description"] for model in models}
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
    # An ephemeral model is no table: its rows are tested in the model they end in.
    expected = {
        model["name"]
        for model in models
        if model["schema"] in {"marts", "intermediate"} and model["config"]["materialized"] != "ephemeral"
    }
    assert expected - tested == set()


def test_every_unit_test_states_its_intent(manifest: dict[str, Any]) -> None:
    unit_tests = manifest["unit_tests"].values()
    assert unit_tests
    assert [test["name"] for test in unit_tests if not test["description"]] == []


def test_overview_is_in_both_languages(manifest: dict[str, Any]) -> None:
    overview = manifest["docs"]["doc.reform_indicators.__overview__"]
    assert "Where to begin" in overview["block_contents"]
    assert "Bắt đầu từ đâu" in overview["block_contents"]
