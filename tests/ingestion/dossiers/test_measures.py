"""Measures: working time around holidays, rates, quantiles, backlog, and what takes part in them."""

# ruff: noqa: DTZ001 (exports hold local times without a zone)
from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import holidays
import pytest

from ingestion.dossiers import steps
from ingestion.dossiers.measures import _calendar_table
from ingestion.dossiers.working_time import calendar, due_position_sql, position_sql
from tests.ingestion.dossiers.exports import export, ingest
from warehouse.connection import reader
from warehouse.home import Home


def _minutes(start: datetime, end: datetime) -> int:
    with duckdb.connect() as connection:
        connection.register("calendar", _calendar_table())
        row = connection.execute(
            f"select {position_sql('e', 'b')} - {position_sql('s', 'a')} "
            "from (select ?::timestamp as s, ?::timestamp as e) "
            "join calendar as a on a.day = s::date join calendar as b on b.day = e::date",
            [start, end],
        ).fetchone()
    assert row
    return int(row[0])


def _is_late(due: datetime, returned: datetime) -> bool:
    with duckdb.connect() as connection:
        connection.register("calendar", _calendar_table())
        row = connection.execute(
            f"select {position_sql('r', 'b')} > {due_position_sql('d', 'a')} from "
            "(select ?::timestamp as d, ?::timestamp as r) "
            "join calendar as a on a.day = d::date join calendar as b on b.day = r::date",
            [due, returned],
        ).fetchone()
    assert row
    return bool(row[0])


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (datetime(2025, 9, 3, 7, 30), datetime(2025, 9, 3, 17), 450),
        (datetime(2025, 9, 3, 11), datetime(2025, 9, 3, 14), 60),
        (datetime(2025, 9, 3, 18), datetime(2025, 9, 3, 22), 0),
        (datetime(2025, 9, 5, 16), datetime(2025, 9, 8, 8), 90),
        # Friday 24 January 16:00 before Tết 2025: offices open again on Monday 3 February.
        (datetime(2025, 1, 24, 16), datetime(2025, 2, 3, 8, 30), 120),
        # The Saturday that was worked for Friday 2 May 2025.
        (datetime(2025, 4, 26, 7, 30), datetime(2025, 4, 26, 17), 450),
        (datetime(2025, 5, 2, 7, 30), datetime(2025, 5, 2, 17), 0),
    ],
)
def test_working_minutes_leave_out_nights_weekends_and_holidays(start: datetime, end: datetime, minutes: int) -> None:
    assert _minutes(start, end) == minutes


@pytest.mark.parametrize(
    ("due", "returned", "late"),
    [
        (datetime(2025, 9, 10, 10), datetime(2025, 9, 10, 10), False),
        (datetime(2025, 9, 10, 10), datetime(2025, 9, 10, 10, 1), True),
        (datetime(2025, 9, 10), datetime(2025, 9, 10, 16, 59), False),
        (datetime(2025, 9, 10), datetime(2025, 9, 10, 19), False),
        (datetime(2025, 9, 10), datetime(2025, 9, 11, 7, 31), True),
        # Saturday is a day off: the limit ends with Monday.
        (datetime(2025, 9, 13, 9), datetime(2025, 9, 15, 16), False),
        (datetime(2025, 9, 13), datetime(2025, 9, 16, 8), True),
        # In the middle of Tết: the limit ends with Monday 3 February.
        (datetime(2025, 1, 29), datetime(2025, 2, 3, 17), False),
    ],
)
def test_due_date_ends_with_its_working_time(due: datetime, returned: datetime, late: bool) -> None:
    assert _is_late(due, returned) is late


def test_exchanged_days_are_those_the_library_knows() -> None:
    known = holidays.country_holidays("VN", years=range(2018, 2027))
    worked = {day for day in known.weekend_workdays if day.year >= 2018}
    assert {day.day for day in calendar() if day.reason == "làm bù"} == worked


def _month(home: Home, columns: str, where: str = "breakdown = 'unit'") -> list[tuple[Any, ...]]:
    with reader(home.build_database) as connection:
        return connection.execute(
            f"select {columns} from raw.dossier_month where {where} order by data_month, field"
        ).fetchall()


def test_on_time_late_not_judged_and_backlog_are_counted(home: Home, tmp_path: Path) -> None:
    rows = [
        {},
        {"returned_at": "2025-09-11 08:00"},
        {"due_at": ""},
        {"returned_at": "2025-09-01"},
        {"returned_at": "", "result": "Đang xử lý"},
        {"way_of_filing": "Trực tiếp", "returned_at": "2025-10-02 08:00"},
    ]
    ingest(home, export(tmp_path, "a_2025-09.csv", *rows))
    steps.measure_exports(home)
    columns = "dossiers, returned, returned_on_time, returned_late, returned_not_judged, backlog, online_end_to_end"
    assert _month(home, columns) == [(6, 4, 1, 1, 2, 2, 5)]


def test_median_and_ninth_decile_are_nearest_ranks_at_each_level(home: Home, tmp_path: Path) -> None:
    rows = [
        {"filed_at": "2025-09-08 07:30", "returned_at": f"2025-09-08 {8 + number // 60:02}:{number % 60:02}",
         "field": "A" if number < 3 else "B"}
        for number in range(10)
    ]  # fmt: skip
    ingest(home, export(tmp_path, "a_2025-09.csv", *rows))
    steps.measure_exports(home)
    columns = "field, timed, median_working_minutes, p90_working_minutes"
    assert _month(home, columns) == [("", 10, 34, 38)]
    assert _month(home, columns, "breakdown = 'field'") == [("A", 3, 31, 32), ("B", 7, 36, 39)]


def test_only_months_with_an_export_are_measured(home: Home, tmp_path: Path) -> None:
    ingest(home, export(tmp_path, "a_2025-09.csv", {}, {"filed_at": "2025-08-20"}))
    steps.measure_exports(home)
    assert _month(home, "data_month") == [(date(2025, 9, 1),)]


def test_dossier_of_a_merged_province_is_returned_by_the_new_one(home: Home, tmp_path: Path) -> None:
    pending = {"unit": "Yên Bái", "filed_at": "2025-06-20", "returned_at": "", "result": ""}
    ingest(home, export(tmp_path, "a_2025-06.csv", pending))
    ingest(home, export(tmp_path, "a_2025-09.csv", {"dossier_id": "H22-9"}))
    steps.measure_exports(home)
    assert _month(home, "unit_code, dossiers, backlog") == [("yen_bai", 1, 1), ("lao_cai_2025", 1, 1)]


def test_synthetic_figures_stand_apart_from_real_ones(home: Home, tmp_path: Path) -> None:
    ingest(
        home,
        export(tmp_path, "a_2025-09.csv", {}),
        export(tmp_path, "b_2025-09_synthetic.csv", {"dossier_id": "H22-8"}),
    )
    steps.measure_exports(home)
    assert sorted(_month(home, "is_synthetic, dossiers")) == [(False, 1), (True, 1)]


def test_measuring_again_without_news_does_nothing(home: Home, tmp_path: Path) -> None:
    ingest(home, export(tmp_path, "a_2025-09.csv", {}))
    assert steps.measure_exports(home)["outcome"] == "measured"
    assert steps.measure_exports(home)["outcome"] == "unchanged"
