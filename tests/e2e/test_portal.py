"""`reform fetch portal` as a user runs it, on a machine where no portal is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingestion.portal.warc_file import read_fetch
from tests.e2e.conftest import reform
from warehouse.home import Home

pytestmark = pytest.mark.e2e


def fetch(home: Home, *arguments: str) -> dict[str, Any]:
    done = reform(home, "fetch", "portal", "--json", *arguments)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def test_a_month_is_fetched_once_from_the_stand_in_and_marked_synthetic(home: Home) -> None:
    first = fetch(home, "--period", "2025-09")["steps"]["fetch_months"]
    assert first["is_synthetic"]
    assert "report_by_month_sum_service" in {item["service"] for item in first["fetched"]}
    kept = [*home.landing.rglob("*.warc.gz"), *home.archive.glob("*/*/content")]
    assert all(exchange.is_standin for path in kept for exchange in read_fetch(path).exchanges)
    again = fetch(home, "--period", "2025-09")["steps"]["fetch_months"]
    assert (again["fetched"], again["unchanged"]) == ([], len(first["fetched"]))
