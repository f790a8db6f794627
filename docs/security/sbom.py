"""The software bill of materials of the environment, and its licences: `make sbom`.

    sbom/sbom.cdx.json    CycloneDX 1.6, by cyclonedx-py, of what .venv holds
    sbom/licences.md      every package with its licence

Ends with 1 when a package differs from requirements.lock, or has a licence nobody allowed (docs/security/licences.yml).
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "sbom"
LOCK = ROOT / "requirements.lock"
POLICY = Path(__file__).with_name("licences.yml")
TOOL = ("tool", "run", "--quiet", "--from", "cyclonedx-bom==7.5.0", "cyclonedx-py")

_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<marker>\s*;)?", re.MULTILINE)
_YES, _NO = "allowed", "not-allowed"


@dataclass(frozen=True)
class Locked:
    """A package of the lock: one version, or one each for several Pythons; `everywhere` unless a marker limits it."""

    versions: tuple[str, ...]
    everywhere: bool


def locked(text: str) -> dict[str, Locked]:
    """What the lock holds, by normalised name."""
    packages: dict[str, Locked] = {}
    for found in _PINNED.finditer(text):
        before = packages.get(normal(found["name"]), Locked((), False))
        packages[normal(found["name"])] = Locked((*before.versions, found["version"]), not found["marker"])
    return packages


def normal(name: str) -> str:
    """A package name as PyPA compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licences_of(component: dict[str, Any], policy: dict[str, Any]) -> list[str]:
    """The licence expressions a component declares, in SPDX where the policy knows the spelling; a decision first."""
    decision = policy["decided"].get(normal(component["name"]))
    if decision is not None:
        return [str(decision["licence"])]
    said = []
    for entry in component.get("licenses", []):
        licence = entry.get("license", {})
        text = entry.get("expression") or licence.get("id") or licence.get("name") or ""
        said.append(str(policy["spelled"].get(text, text)))
    return sorted({text for text in said if text})


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression may be used: one side of OR, every side of AND; brackets are read inside out."""
    while inner := re.search(r"\(([^()]*)\)", expression):
        verdict = _YES if is_allowed(inner[1], allowed) else _NO
        expression = expression[: inner.start()] + verdict + expression[inner.end() :]
    return any(
        all(part.strip() in {_YES, *allowed} for part in re.split(r"\s+AND\s+", side))
        for side in re.split(r"\s+OR\s+", expression)
    )


def judge(components: list[dict[str, Any]], policy: dict[str, Any], lock: dict[str, Locked]) -> list[str]:
    """Everything that is wrong: packages beside the lock, and licences nobody allowed."""
    allowed = set(policy["allowed"])
    here = {normal(component["name"]): component["version"] for component in components}
    faults = [
        f"{name} {version}: not as requirements.lock says"
        for name, version in here.items()
        if name not in lock or version not in lock[name].versions
    ]
    faults += [f"{name}: in the lock, not here" for name, one in lock.items() if one.everywhere and name not in here]
    for component in components:
        name = normal(component["name"])
        said = licences_of(component, policy)
        if name not in policy["decided"] and not any(is_allowed(one, allowed) for one in said):
            faults.append(f"{name} {component['version']}: {' and '.join(said) or 'no known licence'} is not allowed")
    return faults


def main() -> None:
    """Write both files and say what is wrong."""
    TARGET.mkdir(exist_ok=True)
    target = TARGET / "sbom.cdx.json"
    command = [sys.argv[1], *TOOL, "environment", "--pyproject", "pyproject.toml", "--output-reproducible"]
    subprocess.run([*command, "--of", "JSON", "-o", str(target), sys.executable], check=True, cwd=ROOT)
    bill = json.loads(target.read_text("utf-8"))
    lock = LOCK.read_text("utf-8")
    digest = hashlib.sha256(lock.encode()).hexdigest()
    bill["metadata"].setdefault("properties", []).append({"name": "requirements.lock sha256", "value": digest})
    target.write_text(json.dumps(bill, indent=1, ensure_ascii=False), "utf-8")
    policy = yaml.safe_load(POLICY.read_text("utf-8"))
    components = [one for one in bill["components"] if normal(one["name"]) != "reform-indicators"]
    lines = ["# Licences of what the environment holds", "", "| package | version | licence |", "|---|---|---|"]
    for component in sorted(components, key=lambda one: normal(one["name"])):
        said = "; ".join(licences_of(component, policy)) or "unknown"
        lines.append(f"| {component['name']} | {component['version']} | {said} |")
    (TARGET / "licences.md").write_text("\n".join(lines) + "\n", "utf-8")
    faults = judge(components, policy, locked(lock))
    print(f"{len(components)} packages: {target.relative_to(ROOT)}, {(TARGET / 'licences.md').relative_to(ROOT)}")
    for fault in faults:
        print(f"  {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
