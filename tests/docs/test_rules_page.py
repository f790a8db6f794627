"""The page of rules says what the code says."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from warehouse.home import PROJECT_ROOT


@pytest.fixture(scope="module")
def writer() -> dict[str, Any]:
    return runpy.run_path(str(PROJECT_ROOT / "docs" / "write_rules.py"))


def test_the_page_is_what_the_code_would_write_now(writer: dict[str, Any]) -> None:
    written = (PROJECT_ROOT / "docs" / "rules.md").read_text("utf-8")
    assert written == writer["page"](), "run `make rules`"


def test_every_refusal_speaks_both_languages(writer: dict[str, Any]) -> None:
    assert [rule for rule, (vi, en) in writer["refusals"]().items() if not (vi and en)] == []
