"""The job files of the project, and the script that looks at newer versions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.newer_versions import PILLARS, Move, loosened, moves, pinned, report, requirements
from warehouse.home import PROJECT_ROOT

WORKFLOWS = sorted((PROJECT_ROOT / ".github" / "workflows").glob("*.yml"))


def test_the_job_files_are_as_their_schema_demands() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [str(checker), "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_may_only_read_and_has_an_end(path: Path) -> None:
    text = path.read_text("utf-8")
    described = yaml.safe_load(text)
    assert described["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 90 for job in described["jobs"].values())
    assert "secrets." not in text


def test_the_ordinary_job_runs_what_a_developer_runs() -> None:
    assert "run: bash .ci/run" in (PROJECT_ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("dbt-core==1.11.16", "dbt-core>=1.11.16"),
        ("s3fs>=2026.9,<2027", "s3fs>=2026.9"),
        ("webdav4[fsspec]>=0.11,<1", "webdav4[fsspec]>=0.11"),
        ("fastapi", "fastapi"),
        ("x~=1.2 ; python_version < '4'", 'x>=1.2 ; python_version < "4"'),
    ],
)
def test_bounds_above_go_and_floors_stay(given: str, expected: str) -> None:
    assert loosened(given) == expected


def test_every_requirement_of_the_project_can_be_loosened() -> None:
    asked = requirements("loosened")
    assert len(asked) == len(requirements("allowed"))
    assert not [one for one in asked if re.search(r"<(?!.*;)|==", one.split(";")[0])]


def test_one_that_is_held_keeps_its_bounds() -> None:
    asked = requirements("loosened", ["dbt-core"])
    assert [one for one in asked if "==" in one] == [one for one in requirements("allowed") if "dbt-core==" in one]


def test_the_pillars_are_in_the_lock() -> None:
    assert set(PILLARS) <= set(pinned((PROJECT_ROOT / "requirements.lock").read_text("utf-8")))


def test_what_moved_is_said_with_the_pillars_first() -> None:
    other_python = "duckdb==9 ; python_version > '4'"
    locked = pinned(f"a==1 \\\n    --hash=sha256:00\nDuckDB==2.0.0 ; python_version < '4'\n{other_python}\nsame==3")
    found = pinned("a==2\nduckdb==2.1.0\nsame==3\nnew==1\n")
    moved = moves(locked, found)
    assert moved == [Move("duckdb", "2.0.0", "2.1.0"), Move("a", "1", "2"), Move("new", None, "1")]
    assert "| **duckdb** | 2.0.0 | 2.1.0 |" in report("allowed", moved, "It resolves.", "")
