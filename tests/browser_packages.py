"""Install what the browser tests drive Chromium with (npm), where npm is; where not, those tests skip and say why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "browser"
INSTALLED = FOLDER / "node_modules"


def main() -> int:
    """Install from the lock when what stands there is not from it."""
    lock = INSTALLED / ".package-lock.json"
    if lock.exists() and lock.stat().st_mtime >= (FOLDER / "package-lock.json").stat().st_mtime:
        return 0
    if shutil.which("npm") is None:
        print("npm is not installed; tests that drive a browser through it will skip")
        return 1 if os.environ.get("CI") else 0
    command = ["npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
