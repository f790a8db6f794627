"""One real run of the whole pipeline, shared by the tests that look at what came out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.home import BUNDLED_INPUT_DIR, PROJECT_ROOT, Home

REFORM = Path(sys.executable).with_name("reform")


def reform(home: Home, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the `reform` command as a user does, with a home of its own."""
    environment = {**os.environ, "REFORM_HOME": str(home.root)}
    return subprocess.run(
        [str(REFORM), *map(str, arguments)],
        env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


@pytest.fixture(scope="session")
def main_job(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> tuple[Home, dict[str, Any]]:
    """`reform run`, as `make run` runs it, on everything bundled and everything real.

    Returns the home it filled and the summary it printed.
    """
    home = Home(tmp_path_factory.mktemp("main_job") / "home")
    done = reform(home, "run", "--json", "--portal", "--input", BUNDLED_INPUT_DIR, "--input", shared_data)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return home, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def release(main_job: tuple[Home, dict[str, Any]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published release, opened as a reader opens it."""
    connection = duckdb.connect(str(main_job[0].current / "warehouse.duckdb"), read_only=True)
    yield connection
    connection.close()
