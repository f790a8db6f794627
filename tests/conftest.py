"""What tests share: where the real files are, and a home of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warehouse.home import PROJECT_ROOT, Home

SHARED_DATA = PROJECT_ROOT.parent / "shared" / "data"
#: Folders whose tests share something costly, made once a session.
_SHARING = ("dbt_project", "expectations", "ingestion/survey", "metrics", "properties", "serving")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of several workers one runs all tests that share the real run of the pipeline, or a folder's costly fixture."""
    for item in items:
        file = item.nodeid.partition("::")[0].removeprefix("tests/")
        folder = next((folder for folder in _SHARING if file.startswith(f"{folder}/")), file)
        shares_run = "main_job" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("main_job" if shares_run else folder))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real PCI and PAPI files beside the project; read in place, never copied into it."""
    if not (SHARED_DATA / "pci").is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{SHARED_DATA} is missing, and with CI set nothing skips")
        pytest.skip(f"the real files are not here ({SHARED_DATA}); they stand beside the project, not in it")
    return SHARED_DATA


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty REFORM_HOME."""
    made = Home(tmp_path / "home")
    made.make()
    return made
