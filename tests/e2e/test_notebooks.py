"""The example notebooks run against a release, and are committed without outputs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from warehouse.home import PROJECT_ROOT, Home

FOLDER = PROJECT_ROOT / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert [cell.id for cell in cells if cell.outputs or cell.execution_count] == []


@pytest.mark.e2e
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_against_a_release(
    main_job: tuple[Home, dict[str, Any]], monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    monkeypatch.setenv("REFORM_RELEASE", str(main_job[0].current.resolve()))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}}).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert len(shown) >= 4


@pytest.mark.e2e
def test_the_r_example_runs_against_a_release(main_job: tuple[Home, dict[str, Any]]) -> None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        if os.environ.get("CI"):
            pytest.fail("Rscript is missing, and with CI set nothing skips")
        pytest.skip("Rscript is not installed; `make test` installs r-base-core where it may (root and apt-get)")
    done = subprocess.run(
        [rscript, str(FOLDER / "strengths.R"), str(main_job[0].current.resolve())],
        capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "PAPI da_nang" in done.stdout
    assert "≠" in done.stdout
