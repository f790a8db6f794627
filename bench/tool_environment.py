"""Environments of other tools for the benches, made by uv with pinned versions; they are no part of the lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def tool_environment(folder: Path, name: str, requirements: tuple[str, ...]) -> Path:
    """Make the environment `folder/name` with `requirements` (pinned) and return its Python.

    Raises:
        RuntimeError: it could not be installed; the message says why.
    """
    uv = next((path for path in (Path(".tools/uv/bin/uv"),) if path.exists()), Path("uv"))
    python = folder / name / "bin" / "python"
    for command in (
        [str(uv), "venv", "--quiet", "--python", sys.executable, str(folder / name)],
        [str(uv), "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *requirements],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise RuntimeError(f"there is no {error.filename}") from error
        if done.returncode:
            raise RuntimeError((done.stderr or done.stdout).strip().splitlines()[-1][:200])
    return python
