"""Known vulnerabilities of what requirements.lock holds: `make audit`, or `make audit OSV=all.zip` without a network.

With a network pip-audit asks PyPI's advisory service. A package it could not ask about is no package without
vulnerabilities: it is named, and the command ends with 3. Without a network the same is asked of a copy of the OSV
database for PyPI (`all.zip` of its ecosystem PyPI, brought on a disk); the file's newest record says how old it is.

Ends with 0 (every package was looked up, none is vulnerable), 1 (one is), 3 (not every package could be looked up).
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

sys.path.insert(0, str(Path(__file__).parent))
from sbom import LOCK, ROOT, Locked, locked, normal

TOOL = ("tool", "run", "--quiet", "pip-audit==2.10.1")


def matches(record: dict[str, Any], packages: dict[str, Locked]) -> list[str]:
    """The packages an OSV record is about, as `name version`; withdrawn records are about none."""
    if record.get("withdrawn"):
        return []
    found = []
    for affected in record.get("affected", []):
        package = affected.get("package", {})
        name = normal(package.get("name", ""))
        if package.get("ecosystem") != "PyPI" or name not in packages:
            continue
        ranges = [one for one in affected.get("ranges", []) if one.get("type") == "ECOSYSTEM"]
        for version in packages[name].versions:
            if version in affected.get("versions", []) or any(_in_range(version, one) for one in ranges):
                found.append(f"{name} {version}")
    return found


def _in_range(version: str, described: dict[str, Any]) -> bool:
    try:
        mine = Version(version)
        is_in = False
        for event in described.get("events", []):
            if "introduced" in event and (event["introduced"] == "0" or mine >= Version(event["introduced"])):
                is_in = True
            if "fixed" in event and mine >= Version(event["fixed"]):
                is_in = False
            if "last_affected" in event and mine > Version(event["last_affected"]):
                is_in = False
    except InvalidVersion:
        return False
    return is_in


def offline(archive: Path, packages: dict[str, Locked]) -> tuple[list[str], str, int]:
    """Look every package up in a copy of the OSV database: findings, the newest record's time, number of records."""
    findings, newest, records = [], "", 0
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if not name.endswith(".json"):
                continue
            record = json.loads(opened.read(name))
            records += 1
            newest = max(newest, str(record.get("modified", "")))
            words = f"{record['id']} {record.get('summary', '')}"
            findings += [f"{package}: {words}" for package in matches(record, packages)]
    return findings, newest, records


def online(uv: str) -> tuple[list[str], list[str]]:
    """Findings, and the packages nothing is known of, by pip-audit."""
    options = ["--disable-pip", "--require-hashes", "-r", str(LOCK), "--progress-spinner", "off", "-f", "json"]
    done = subprocess.run([uv, *TOOL, *options], capture_output=True, text=True, check=False, cwd=ROOT)
    try:
        answer = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return [], [f"everything (pip-audit ended with {done.returncode}: {done.stderr.strip()[-300:]})"]
    findings = [f"{one['name']} {one['version']}: {bug['id']}" for one in answer for bug in one.get("vulns", [])]
    return findings, [one["name"] for one in answer if "skip_reason" in one]


def main() -> None:
    """Ask, print, end with the code."""
    uv, *more = sys.argv[1:]
    packages = locked(LOCK.read_text("utf-8"))
    unknown: list[str] = []
    if more:
        findings, newest, records = offline(Path(more[0]), packages)
        print(f"{len(packages)} packages against {records} records, the newest of {newest or 'no time'}")
        unknown = [] if records else [f"{len(packages)} packages: the file holds no record"]
    else:
        findings, unknown = online(uv)
        print(f"{len(packages)} packages, {len(unknown)} of which could not be looked up")
    for finding in findings:
        print(f"  vulnerable: {finding}")
    if unknown:
        print(f"  not looked up: {', '.join(unknown[:8])}{' …' if len(unknown) > 8 else ''}")
        print("  this is no clean bill: ask where the advisory service answers, or use a copy of OSV (OSV=all.zip)")
    sys.exit(1 if findings else 3 if unknown else 0)


if __name__ == "__main__":
    main()
