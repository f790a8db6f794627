"""A first run killed at the named points in turn ends as one that was never disturbed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from warehouse.home import PROJECT_ROOT


@pytest.mark.e2e
def test_a_run_killed_again_and_again_ends_as_one_that_was_never_disturbed() -> None:
    # In a process of its own: it starts runs by forking, which asks that no thread was started before.
    done = subprocess.run(
        [sys.executable, "-m", "bench.faults", "--short"],
        cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
