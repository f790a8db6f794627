"""`reform backfill` as a user runs it: the periods asked for, and no other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.conftest import reform
from warehouse.home import BUNDLED_INPUT_DIR, Home

pytestmark = pytest.mark.e2e


def backfill(home: Home, *arguments: str) -> dict[str, Any]:
    done = reform(home, "backfill", *arguments, "--json")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


def test_months_of_the_portal_are_asked_for_and_no_other(home: Home) -> None:
    fetched = backfill(home, "portal", "--from", "2025-02", "--to", "2025-03")["steps"]["fetch_months"]["fetched"]
    assert {item["period"] for item in fetched} == {"2025-02", "2025-03", "2025"}


def test_years_of_a_source_are_read_again_and_no_other(home: Home) -> None:
    names = [f"SIPAS_{year}_phu_luc_1.xlsx" for year in (2022, 2023, 2024)]
    files = [BUNDLED_INPUT_DIR / "annex" / name for name in names]
    assert reform(home, "ingest", "annex", *files).returncode == 0
    steps = backfill(home, "annex", "--from", "2023")["steps"]
    assert len(steps["read_files"]["read"]) == 1
    assert steps["load_audited"]["loaded"] == []
    assert len(steps["load_audited"]["unchanged"]) == 1


@pytest.mark.parametrize(
    "arguments", [("moon", "--from", "2023"), ("pci", "--from", "soon"), ("pci", "--from", "2023", "--force")]
)
def test_what_cannot_be_meant_is_wrong_use(home: Home, arguments: tuple[str, ...]) -> None:
    assert reform(home, "backfill", *arguments).returncode == 2
