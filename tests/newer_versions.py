"""What newer versions than the lock's would do: resolve without it, test in an environment of its own, say what moved.

    make nightly                     what pyproject.toml allows, newest of each
    make nightly BOUNDS=loosened     the same without upper bounds: what the next versions of the pillars would bring

    make nightly BOUNDS=loosened ARGS="--hold dbt-core --tests tests/warehouse"     one held back, and fewer tests

Nothing of the project's own environment or lock is touched; the report is `.nightly/report-<bounds>.md`. Exit code 0:
it resolves and the tests pass; 1: not.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".nightly"
#: What the rest hangs on; docs/upgrading.md says in which order they move.
PILLARS = ("apache-airflow", "dbt-core", "dbt-duckdb", "duckdb", "duckdb-sqlalchemy", "great-expectations", "pyarrow")
_PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*==[^\\\n]+", re.MULTILINE)


@dataclass(frozen=True)
class Move:
    """A package that is another than the lock's; None where one of them has it not."""

    name: str
    locked: str | None
    found: str | None


def loosened(requirement: str) -> str:
    """The requirement without upper bounds: `==` becomes `>=`, `<` and `~=`'s ceiling go."""
    parsed = Requirement(requirement)
    floors = [f">={one.version}" for one in parsed.specifier if one.operator in {"==", ">=", "~=", "==="}]
    extras = f"[{','.join(sorted(parsed.extras))}]" if parsed.extras else ""
    marker = f" ; {parsed.marker}" if parsed.marker else ""
    return f"{parsed.name}{extras}{','.join(sorted(floors))}{marker}"


def requirements(bounds: str, held: Collection[str] = ()) -> list[str]:
    """Everything pyproject.toml asks for, the developers' part included; `held` keep their bounds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    if bounds == "allowed":
        return asked
    return [one if canonicalize_name(Requirement(one).name) in held else loosened(one) for one in asked]


def pinned(text: str) -> dict[str, str]:
    """Package and version of every line of a lock that holds for this Python."""
    lines = [Requirement(line.strip()) for line in _PINNED.findall(text)]
    return {
        canonicalize_name(one.name): next(iter(one.specifier)).version
        for one in lines
        if one.marker is None or one.marker.evaluate()
    }


def moves(locked: dict[str, str], found: dict[str, str]) -> list[Move]:
    """What differs, the pillars first."""
    names = sorted(locked.keys() | found.keys(), key=lambda name: (name not in PILLARS, name))
    return [
        Move(name, locked.get(name), found.get(name))
        for name in names
        if locked.get(name) != found.get(name) and name in found
    ]


def report(bounds: str, moved: list[Move], outcome: str, said: str) -> str:
    """What a person reads in the morning."""
    rows = [
        f"| {'**' + one.name + '**' if one.name in PILLARS else one.name} | {one.locked or '–'} | {one.found or '–'} |"
        for one in moved
    ]
    table = ["| package | lock | newer |", "|---|---|---|", *rows] if moved else ["Nothing is newer than the lock."]
    told = ["```", said[-6000:].strip(), "```", ""] if said.strip() else []
    return "\n".join([f"# Newer versions, bounds {bounds}", "", f"**{outcome}**", "", *table, "", *told])


def main() -> int:
    """Resolve, install, test, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bounds", choices=["allowed", "loosened"], default="allowed")
    parser.add_argument("--resolve-only", action="store_true", help="only say what moved")
    parser.add_argument("--hold", nargs="+", default=[], help="packages that keep their bounds")
    parser.add_argument("--tests", nargs="+", default=["-m", "not e2e"], help="for pytest; by default the fast tests")
    parser.add_argument("--uv", default="uv", help="the uv to use")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    asked = FOLDER / f"asked-{options.bounds}.txt"
    asked.write_text("\n".join(requirements(options.bounds, options.hold)) + "\n", "utf-8")
    resolved = FOLDER / f"resolved-{options.bounds}.txt"
    resolved.unlink(missing_ok=True)
    outcome, said = _run(
        [options.uv, "pip", "compile", "--quiet", "--python-version", "3.11", "--no-emit-index-url", "--no-header",
         "--upgrade", str(asked), "-o", str(resolved)]
    )  # fmt: skip
    moved: list[Move] = []
    if outcome == 0:
        locked = pinned((ROOT / "requirements.lock").read_text("utf-8"))
        moved = moves(locked, pinned(resolved.read_text("utf-8")))
        words = "It resolves; no test was run."
        if not options.resolve_only:
            outcome, said = _test(options.uv, resolved, options.bounds, options.tests)
            words = "The tests pass." if outcome == 0 else "It resolves, and it does not install or tests fail."
    else:
        words = "It does not resolve."
    text = report(options.bounds, moved, words, said)
    (FOLDER / f"report-{options.bounds}.md").write_text(text, "utf-8")
    print(text)
    return 0 if outcome == 0 else 1


def _test(uv: str, resolved: Path, bounds: str, tests: list[str]) -> tuple[int, str]:
    venv = FOLDER / f"venv-{bounds}"
    python = str(venv / "bin" / "python")
    install = [uv, "pip", "install", "--quiet", "--python", python]
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", "3.11", str(venv)],
        [*install, "-r", str(resolved)],
        [*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
    ):
        outcome, said = _run(command)
        if outcome:
            return outcome, said
    return 0, said


def _run(command: list[str]) -> tuple[int, str]:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "VIRTUAL_ENV": ""}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main())
