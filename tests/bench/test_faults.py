"""A first run killed at the named points in turn ends as one that was never disturbed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench import fault_kills
from warehouse.home import PROJECT_ROOT


def test_the_harness_stops_when_the_code_under_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = fault_kills.Bench(tmp_path, with_tests=False)
    bench.raise_if_changed()
    monkeypatch.setattr(fault_kills, "code_under_test", lambda: "other code")
    with pytest.raises(RuntimeError, match="changed under the harness"):
        bench.raise_if_changed()


@pytest.mark.e2e
def test_a_run_killed_again_and_again_ends_as_one_that_was_never_disturbed() -> None:
    # In a process of its own: it starts runs by forking, which asks that no thread was started before.
    done = subprocess.run(
        [sys.executable, "-m", "bench.faults", "--short"],
        cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
