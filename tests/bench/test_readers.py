"""Readers of `current` meet no error and no mixed answer while releases come and go."""

from __future__ import annotations

from bench.readers import publish_and_roll_back, run_readers
from tests.warehouse.marts import Figure, build
from warehouse.home import Home
from warehouse.release import publish


def test_readers_never_meet_an_error_or_two_releases_in_one_answer(home: Home) -> None:
    figure = Figure(unit_code="quang_ninh", indicator_code="PAPI", data_year=2020, value=0.0, change=0.0)
    build(home, figure)
    publish(home)
    reports = run_readers(home, 3, lambda: publish_and_roll_back(home, 6, 2))
    assert [error for report in reports for error in report.errors] == []
    assert sum(report.mixed for report in reports) == 0
    assert max(report.releases for report in reports) > 1
