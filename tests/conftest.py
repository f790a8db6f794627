"""What tests share: where the real files are, and a home of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warehouse.home import PROJECT_ROOT, Home

SHARED_DATA = PROJECT_ROOT.parent / "shared" / "data"


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
