"""Fetching: what is due, nothing twice, whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingestion.archive import archive_file
from ingestion.portal.fetch import is_due
from ingestion.portal.periods import Period
from ingestion.portal.standin import Fault, StandIn
from ingestion.portal.steps import Wanted, fetch_months, fetch_weeks
from ingestion.portal.warc_file import read_fetch
from tests.ingestion.portal.asking import MONTHLY, SCORE, settings
from warehouse.errors import Misused
from warehouse.home import PROJECT_ROOT, Home

_QUICK = settings(from_month="2025-08", pause_seconds=0.0, max_pause_seconds=0.0)


def months(home: Home, *faults: Fault, today: date = date(2025, 10, 15), **wanted: Any) -> dict[str, Any]:
    asked = Wanted(**({"service": MONTHLY} | wanted))
    return fetch_months(home, asked, _QUICK, standin=StandIn(today=today, faults=faults))


def fetched(report: dict[str, Any]) -> list[str]:
    return [item["period"] for item in report["fetched"]]


def test_everything_due_is_fetched_once_and_never_again(home: Home) -> None:
    assert fetched(months(home)) == ["2025-08", "2025-09"]
    again = months(home)
    assert (fetched(again), again["unchanged"]) == ([], 3)


def test_what_is_archived_is_not_fetched_again_either(home: Home) -> None:
    months(home)
    for path in (home.landing / "portal_standin").iterdir():
        archive_file(home, "portal_standin", path, received_from="landing/portal_standin")
        path.unlink()
    assert fetched(months(home)) == []


def test_what_was_missed_is_caught_up_with(home: Home) -> None:
    months(home, Fault("status_500", times=None, service=MONTHLY))
    assert fetched(months(home)) == ["2025-08", "2025-09"]


def test_a_month_fetched_before_it_settled_is_fetched_once_more_when_it_has(home: Home) -> None:
    early, settled = date(2025, 10, 3), date(2025, 10, 15)
    assert fetched(months(home, today=early)) == ["2025-08", "2025-09"]
    assert fetched(months(home, today=early)) == []
    assert fetched(months(home, today=settled)) == ["2025-09"]
    assert fetched(months(home, today=settled)) == []


def test_a_month_that_has_not_settled_is_fetched_each_time_it_is_asked_for_by_name(home: Home) -> None:
    early = date(2025, 10, 3)
    assert fetched(months(home, period="2025-09", today=early)) == ["2025-09"]
    time.sleep(1.1)
    assert fetched(months(home, period="2025-09", today=early)) == ["2025-09"]
    assert len(list((home.landing / "portal_standin").iterdir())) == 2


def test_force_fetches_again_what_can_change_no_more(home: Home) -> None:
    months(home, period="2025-09")
    assert fetched(months(home, period="2025-09")) == []
    assert fetched(months(home, period="2025-09", force=True)) == ["2025-09"]


def test_a_unit_of_a_fetched_month_is_not_fetched_again(home: Home) -> None:
    months(home, period="2025-09")
    assert fetched(months(home, period="2025-09", unit="lao_cai_2025")) == []


def test_a_run_of_a_month_before_the_first_fetches_that_month_alone(home: Home) -> None:
    assert fetched(months(home, until="2025-02")) == ["2025-02"]


@pytest.mark.parametrize(("period", "units"), [("2025-06", 63), ("2025-07", 34)])
def test_every_province_of_the_map_of_the_month_is_asked_for(home: Home, period: str, units: int) -> None:
    [made] = months(home, period=period)["fetched"]
    fetch = read_fetch(home.landing / "portal_standin" / made["file_name"])
    assert len({exchange.unit_code for exchange in fetch.exchanges}) == len(fetch.exchanges) == units


def test_the_score_of_a_week_is_a_vintage_of_its_own(home: Home) -> None:
    report = fetch_weeks(home, Wanted(), _QUICK)
    assert fetched(report) == ["2025-W39", "2025-W40", "2025-W41", "2025-W42"]
    said = set()
    for made in report["fetched"]:
        fetch = read_fetch(home.landing / "portal_standin" / made["file_name"])
        assert fetch.started_at.strftime("%G-W%V") == fetch.period
        content = json.loads(fetch.exchanges[0].body)
        rows = content["data"] if isinstance(content, dict) else content
        said.add(next(row["TONG_SCORE"] for row in rows if row["TEN"] == "Tỉnh Lào Cai"))
    assert len(said) > 1
    assert fetch_weeks(home, Wanted(), _QUICK)["unchanged"] == 4


@pytest.mark.parametrize(
    "kind", ["login", "html", "status_503", "redirect_host", "not_json", "truncated", "not_marked"]
)
def test_a_refused_fetch_keeps_nothing_and_says_why(home: Home, kind: Any) -> None:
    report = months(home, Fault(kind, times=None), period="2025-09")
    assert (report["fetched"], len(report["refused"])) == ([], 1)
    assert not list(home.landing.rglob("*.warc.gz*"))


def test_a_fault_in_the_last_question_keeps_nothing_of_the_fetch(home: Home) -> None:
    standin = StandIn()
    # The first 33 questions are answered: the fault waits for the last.
    faults = iter([*[None] * 33, Fault("not_found")])
    standin.fault_for = lambda params, headers: next(faults)  # type: ignore[method-assign]
    report = fetch_months(home, Wanted(service=MONTHLY, period="2025-09"), _QUICK, standin=standin)
    assert len(report["refused"]) == 1
    assert not list(home.landing.rglob("*.warc.gz*"))


def test_one_service_that_misbehaves_keeps_no_other_back(home: Home) -> None:
    faults = (Fault("not_json", times=None, service=MONTHLY),)
    report = months(home, *faults, period="2025-09", service=None)
    others = {item["service"] for item in report["fetched"]}
    assert len(others) == 2
    assert MONTHLY not in others


def test_a_portal_that_is_down_is_asked_once_and_left_in_peace(home: Home) -> None:
    standin = StandIn(faults=[Fault("status_503", times=None)])
    report = fetch_months(home, Wanted(), _QUICK, standin=standin)
    assert (report["unavailable"], len(report["refused"]), len(standin.asked)) == (True, 1, 3)


@pytest.mark.parametrize(
    "wanted",
    [
        {"period": "2025-13"},
        {"period": "2025-W60"},
        {"service": "report_xyz"},
        {"unit": "atlantis"},
        {"unit": "lao_cai", "period": "2025-09"},
        {"period": "2025", "service": MONTHLY},
    ],
)
def test_what_nobody_can_answer_is_wrong_use(home: Home, wanted: dict[str, Any]) -> None:
    with pytest.raises(Misused):
        months(home, **({"service": None} | wanted))


@pytest.mark.parametrize(("period", "said"), [("2025-10", "is not over"), ("2025-12", "has not begun")])
def test_a_month_that_is_not_over_is_not_fetched(home: Home, period: str, said: str) -> None:
    report = months(home, period=period)
    assert (report["fetched"], said in report["refused"][0]) == ([], True)


def test_a_made_up_id_is_never_sent_to_a_real_portal() -> None:
    from ingestion.portal.unit_ids import units_asked

    with pytest.raises(Misused, match=r"units\.csv"):
        units_asked("lao_cai_2025", date(2025, 9, 30), is_standin=False)
    assert [unit.portal_id for unit in units_asked("an_giang_2025", date(2025, 9, 30), is_standin=False)] == ["398126"]


@pytest.mark.parametrize(
    ("period", "last", "now", "due"),
    [
        ("2025-09", None, "2025-09-30", False),
        ("2025-09", None, "2025-10-01", True),
        ("2025-09", "2025-10-01", "2025-10-10", False),
        ("2025-09", "2025-10-01", "2025-10-11", True),
        ("2025-09", "2025-10-11", "2026-10-11", False),
        ("2025", None, "2025-03-01", True),
        ("2025", "2025-03-01", "2025-03-31", False),
        ("2025", "2025-03-31", "2025-04-01", True),
        ("2025", "2026-01-11", "2026-02-01", False),
        ("2025-W42", "2025-10-13", "2025-10-15", False),
    ],
)
def test_when_a_period_is_due(period: str, last: str | None, now: str, due: bool) -> None:
    def moment(day: str) -> datetime:
        return datetime.fromisoformat(f"{day}T05:00:00+00:00")

    assert is_due(Period.parse(period), moment(last) if last else None, moment(now), 10) is due


_FETCH = """
import sys
from pathlib import Path
from ingestion.portal.standin import StandIn
from ingestion.portal.standin.dossier_counts import dossier_counts
from ingestion.portal.steps import Wanted, fetch_months
from tests.ingestion.portal.asking import MONTHLY, settings
from warehouse.home import Home
slow = StandIn()
answer = slow.answer
def late(*of):
    import time
    time.sleep(0.02)
    return answer(*of)
slow.answer = late
dossier_counts()
print("ready", flush=True)
fetch_months(Home(Path(sys.argv[1])), Wanted(service=MONTHLY), settings(from_month="2025-08"), standin=slow)
"""


@pytest.mark.parametrize("seconds", [0.15, 0.5, 0.9])
def test_a_killed_fetch_leaves_nothing_half_and_the_next_one_completes_it(home: Home, seconds: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _FETCH, str(home.root)], cwd=PROJECT_ROOT, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    whole = list(home.landing.rglob("report*.warc.gz"))
    assert all(read_fetch(path).exchanges for path in whole)
    report = months(home)
    assert len(fetched(report)) + len(whole) == 2
    assert not list(home.landing.rglob("*.partial"))


def test_the_times_in_the_file_are_those_of_the_portal_that_answered(home: Home) -> None:
    [made] = months(home, period="2025-09")["fetched"]
    fetch = read_fetch(home.landing / "portal_standin" / made["file_name"])
    assert {exchange.requested_at.date() for exchange in fetch.exchanges} == {date(2025, 10, 15)}
    assert fetch.started_at.tzinfo == UTC


def test_only_the_score_is_asked_by_week(home: Home) -> None:
    assert {item["service"] for item in fetch_weeks(home, Wanted(), _QUICK)["fetched"]} == {SCORE}
