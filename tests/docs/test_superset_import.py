"""The dashboard we hand out for Superset fits the marts and says what its columns mean."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from warehouse.home import DBT_PROJECT_DIR, PROJECT_ROOT

sys.path.insert(0, str(PROJECT_ROOT / "docs"))

from superset_charts import CHARTS, DATASETS, LAYOUT

FOLDER = PROJECT_ROOT / "docs" / "serving" / "superset"


@pytest.fixture(params=["duckdb", "postgresql"])
def files(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The files inside the import for one engine."""
    with zipfile.ZipFile(FOLDER / f"reform_{request.param}.zip") as bundle:
        return {name: yaml.safe_load(bundle.read(name)) for name in bundle.namelist()}


def columns_of_marts() -> set[tuple[str, str]]:
    found = set()
    for path in Path(DBT_PROJECT_DIR, "models", "marts").glob("_*.yml"):
        for model in (yaml.safe_load(path.read_text("utf-8")) or {}).get("models", []):
            found |= {(model["name"], column["name"]) for column in model.get("columns", [])}
    return found


def test_every_column_of_its_data_sets_is_one_of_a_mart() -> None:
    used = {source for dataset in DATASETS for source in dataset.columns.values()}
    assert used - columns_of_marts() == set()


def test_every_chart_stands_on_the_dashboard_once() -> None:
    assert sorted(key for row in LAYOUT for key, _, _ in row) == sorted(chart.key for chart in CHARTS)


def test_the_files_handed_out_hold_these_data_sets_described_in_both_languages(files: dict[str, Any]) -> None:
    handed_out = {content["table_name"]: content for name, content in files.items() if "/datasets/" in name}
    assert {name: [column["column_name"] for column in content["columns"]] for name, content in handed_out.items()} == {
        dataset.name: list(dataset.columns) for dataset in DATASETS
    }, "run docs/write_superset.py"
    texts = [column["description"] for content in handed_out.values() for column in content["columns"]]
    assert [text for text in texts if not all(text.split(" — "))] == []


def test_the_files_handed_out_hold_these_charts_and_no_password(files: dict[str, Any]) -> None:
    titles = {content["slice_name"] for name, content in files.items() if "/charts/" in name}
    assert titles == {chart.title for chart in CHARTS}, "run docs/write_superset.py"
    (database,) = [content for name, content in files.items() if "/databases/" in name]
    login = database["sqlalchemy_uri"].partition("://")[2].rpartition("@")[0]
    # Ten X are no password: they make Superset ask for one.
    assert login in {"", "superset:XXXXXXXXXX"}
