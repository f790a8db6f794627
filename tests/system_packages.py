"""Install the Debian packages some tests use, where this user may; where not, those tests skip and say why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

#: package -> the file that shows it is there
PACKAGES = {
    "fonts-dejavu-core": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "chromium": "/usr/bin/chromium",
    "postgresql": "/usr/share/doc/postgresql/copyright",
    "openjdk-17-jre-headless": "/usr/share/doc/openjdk-17-jre-headless/copyright",
}


def main() -> int:
    """Install what is missing; never fails where it may not install."""
    missing = [package for package, shown_by in PACKAGES.items() if not Path(shown_by).exists()]
    if not missing:
        return 0
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"not installed (needs root and apt-get): {', '.join(missing)}; tests that need them will skip")
        return 0
    print(f"installing for the tests: {', '.join(missing)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "-y", *missing]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}", file=sys.stderr)
            return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
