"""The bill of materials and the audit judge what they should, and an audit that could not ask says so."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from warehouse.home import PROJECT_ROOT

sys.path.insert(0, str(PROJECT_ROOT / "docs" / "security"))
from audit import matches, offline
from sbom import LOCK, POLICY, is_allowed, judge, locked

LOCK_TEXT = "a==1.0 \\\n    --hash=sha256:00\nb-c==2.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"


def component(name: str, version: str, *licences: str) -> dict[str, Any]:
    return {"name": name, "version": version, "licenses": [{"expression": licence} for licence in licences]}


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("MIT AND (GPL-3.0-only OR ISC)", True),
        ("(GPL-3.0-only AND ISC) OR GPL-2.0-only", False),
        ("", False),
    ],
)
def test_an_expression_is_allowed_when_one_way_through_it_is(expression: str, verdict: bool) -> None:
    assert is_allowed(expression, {"MIT", "ISC"}) is verdict


def test_what_nobody_allowed_is_named() -> None:
    policy = {"allowed": ["MIT"], "spelled": {}, "decided": {"b-c": {"licence": "odd", "why": "asked"}}}
    bill = [component("A", "1.0", "SSPL-1.0"), component("B_C", "2.0")]
    assert judge(bill, policy, locked(LOCK_TEXT)) == ["a 1.0: SSPL-1.0 is not allowed"]


def test_what_differs_from_the_lock_is_named() -> None:
    policy = {"allowed": ["MIT"], "spelled": {}, "decided": {}}
    bill = [component("b.c", "3.0", "MIT"), component("d", "1.0", "MIT")]
    faults = judge(bill, policy, locked(LOCK_TEXT))
    assert [fault.split(":")[0] for fault in faults] == ["b-c 3.0", "d 1.0", "a"]


def test_the_lock_is_read_whole() -> None:
    pinned = [line for line in LOCK.read_text("utf-8").splitlines() if "==" in line and line[0].isalnum()]
    assert sum(len(one.versions) for one in locked(LOCK.read_text("utf-8")).values()) == len(pinned) > 200


def test_every_decision_about_a_licence_gives_its_reason() -> None:
    policy = yaml.safe_load(POLICY.read_text("utf-8"))
    assert all(decision["why"] for decision in policy["decided"].values())


@pytest.mark.parametrize(
    ("affected", "is_hit"),
    [
        ({"versions": ["1.0"]}, True),
        ({"versions": ["0.9"]}, False),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}]}, True),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0"}]}]}, False),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "1.0"}]}]}, True),
        ({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, False),
    ],
)
def test_a_record_of_osv_is_matched_by_version(affected: dict[str, Any], is_hit: bool) -> None:
    record = {"id": "X-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "A"}, **affected}]}
    assert matches(record, locked(LOCK_TEXT)) == (["a 1.0"] if is_hit else [])


def test_a_copy_of_osv_is_searched_whole(tmp_path: Path) -> None:
    record = {"id": "X-1", "summary": "bad", "modified": "2026-11-01T00:00:00Z",
              "affected": [{"package": {"ecosystem": "PyPI", "name": "b.c"}, "versions": ["2.0"]}]}  # fmt: skip
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("X-1.json", json.dumps(record))
        archive.writestr("X-2.json", json.dumps({"id": "X-2", "withdrawn": "2026-01-01T00:00:00Z"}))
    found = offline(tmp_path / "all.zip", locked(LOCK_TEXT))
    assert found == (["b-c 2.0: X-1 bad"], "2026-11-01T00:00:00Z", 2)
