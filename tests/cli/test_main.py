"""What the command line says when something nobody thought of goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from warehouse.home import PROJECT_ROOT


def test_an_error_nobody_thought_of_is_not_silent(tmp_path: Path) -> None:
    code = (
        "from cli import main\n"
        "def fail(): raise KeyError('nobody thought of it')\n"
        "main.app = fail\n"
        "main.main()\n"
    )
    environment = {**os.environ, "REFORM_HOME": str(tmp_path), "PYTHONPATH": str(PROJECT_ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nobody thought of it" in done.stderr
