"""`reform fetch portal` as a user runs it, on a machine where no portal is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingestion.portal.warc_file import read_fetch
from tests.e2e.conftest import reform
from warehouse.home import BUNDLED_INPUT_DIR, Home

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


def test_a_published_month_is_traced_to_the_answer_it_came_in(home: Home) -> None:
    fetch(home, "--period", "2025-05")
    annex = BUNDLED_INPUT_DIR / "annex" / "PAPI_2023_phu_luc_1.xlsx"
    published = reform(home, "ingest", "annex", annex)
    assert published.returncode == 0, published.stdout[-2000:] + published.stderr[-2000:]
    traced = reform(home, "trace", "an_giang", "PORTAL.HS_TOTAL", "2025-05")
    assert traced.returncode == 0, traced.stdout[-2000:] + traced.stderr[-2000:]
    assert "GIẢ LẬP" in traced.stdout.upper() or "SYNTHETIC" in traced.stdout.upper()
    assert ".warc" in traced.stdout
