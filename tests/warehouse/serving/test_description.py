"""The API keeps what its own description promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx


def test_schemathesis_finds_nothing_wrong_with_any_check(client: httpx.Client, tmp_path: Path) -> None:
    schemathesis, settings = (
        Path(sys.executable).with_name("schemathesis"),
        Path(__file__).with_name("schemathesis.toml"),
    )
    command = [str(schemathesis), "--config-file", str(settings), "run", f"{client.base_url}/openapi.json"]
    options = ["--checks=all", "--phases=examples,coverage,fuzzing", "--max-examples=10", "--seed=7", "--no-color"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-5_000:]
    assert "11 selected / 11 total" in done.stdout
