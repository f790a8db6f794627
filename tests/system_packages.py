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
    "prometheus": "/usr/bin/promtool",
    "redis-server": "/usr/bin/redis-server",
    "caddy": "/usr/bin/caddy",
}
#: The same, without what they merely recommend: a compiler and 600 packages for the language R.
LEAN_PACKAGES = {"r-base-core": "/usr/bin/Rscript"}


def _missing(packages: dict[str, str]) -> list[str]:
    return [package for package, shown_by in packages.items() if not Path(shown_by).exists()]


def main() -> int:
    """Install what is missing; never fails where it may not install."""
    missing, lean = _missing(PACKAGES), _missing(LEAN_PACKAGES)
    if not missing + lean:
        return 0
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"not installed (needs root and apt-get): {', '.join(missing + lean)}; tests that need them will skip")
        return 0
    print(f"installing for the tests: {', '.join(missing + lean)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = [["apt-get", "update", "-qq"]]
    commands += [["apt-get", "install", "-qq", "-y", *missing]] if missing else []
    commands += [["apt-get", "install", "-qq", "-y", "--no-install-recommends", *lean]] if lean else []
    for command in commands:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}", file=sys.stderr)
            return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
