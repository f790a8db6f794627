"""Measures of dossiers: working time around holidays, rates, quantiles, backlog, and what takes part in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import holidays

from ingestion.dossiers.working_time import calendar
from tests.dbt_project.conftest import rows_of
from tests.dbt_project.lake_home import LIMITS, WORKING_TIMES, next_month
from warehouse.build import run_dbt
from warehouse.home import Home
from warehouse.lake_months import lake_to_read

_COUNTING = ("run", "--select", "stg_dossier+", "stg_dossier_stale_month+", "--exclude", "metric_portal_agreement")


def _month(home: Home, columns: str, unit: str, where: str = "breakdown = 'unit'") -> list[tuple[Any, ...]]:
    return rows_of(
        home,
        f"select {columns} from intermediate.int_dossier_month where unit_on_present_map = '{unit}' and {where} "
        "order by data_month, procedure_field, is_synthetic",
    )


def test_working_minutes_leave_out_nights_weekends_and_holidays(lake_home: Home) -> None:
    found = dict(
        rows_of(
            lake_home,
            "select procedure_field, working_minutes from intermediate.int_dossier_pace_count "
            "where unit_code = 'lang_son'",
        )
    )
    assert {number: found.get(f"W{number}") for number in range(len(WORKING_TIMES))} == {
        number: minutes for number, (_, _, minutes) in enumerate(WORKING_TIMES)
    }


def test_due_date_ends_with_its_working_time(lake_home: Home) -> None:
    found = rows_of(
        lake_home,
        "select procedure_field, returned_late, returned_on_time from intermediate.int_dossier_count "
        "where unit_code = 'quang_ninh' order by procedure_field",
    )
    assert found == [
        (f"L{number}", int(is_late), int(not is_late)) for number, (_, _, is_late) in enumerate(LIMITS)
    ]


def test_exchanged_days_are_those_the_library_knows() -> None:
    known = holidays.country_holidays("VN", years=range(2018, 2027))
    worked = {day for day in known.weekend_workdays if day.year >= 2018}
    assert {day.day for day in calendar() if day.reason == "làm bù"} == worked


def test_on_time_late_not_judged_and_backlog_are_counted(lake_home: Home) -> None:
    columns = "dossiers, returned, returned_on_time, returned_late, returned_not_judged, backlog, online_end_to_end"
    assert _month(lake_home, columns, "cao_bang") == [(6, 4, 1, 1, 2, 2, 5)]


def test_median_and_ninth_decile_are_nearest_ranks_at_each_level(lake_home: Home) -> None:
    columns = "procedure_field, timed, median_working_minutes, p90_working_minutes"
    assert _month(lake_home, columns, "dien_bien") == [("", 10, 34, 38)]
    assert _month(lake_home, columns, "dien_bien", "breakdown = 'field'") == [("A", 3, 31, 32), ("B", 7, 36, 39)]


def test_only_months_with_an_export_are_measured(lake_home: Home) -> None:
    assert _month(lake_home, "data_month", "lai_chau") == [(date(2025, 9, 1),)]


def test_dossier_of_a_merged_province_is_returned_by_the_new_one(lake_home: Home) -> None:
    found = _month(lake_home, "unit_code, dossiers, backlog", "lao_cai_2025", "breakdown = 'unit' and not is_synthetic")
    assert found == [("yen_bai", 1, 1), ("lao_cai_2025", 1, 1)]


def test_synthetic_figures_stand_apart_from_real_ones(lake_home: Home) -> None:
    assert _month(lake_home, "is_synthetic, dossiers", "son_la") == [(False, 1), (True, 1)]


def test_a_month_more_gives_what_a_whole_build_gives(lake_home: Home, tmp_path: Path) -> None:
    everything = "select * from intermediate.int_dossier_month order by all"
    before = rows_of(lake_home, everything)
    next_month(lake_home, tmp_path)
    with lake_to_read(lake_home) as lake:
        assert lake.stale == {date(2025, 9, 1), date(2025, 10, 1)}
        run_dbt(lake_home, *_COUNTING)
    added = rows_of(lake_home, everything)
    with lake_to_read_all(lake_home):
        run_dbt(lake_home, *_COUNTING, "--full-refresh")
    assert rows_of(lake_home, everything) == added
    assert len(added) == len(before) + 2


def lake_to_read_all(home: Home) -> Any:
    """Every month is stale, as in a first build."""
    from warehouse.connection import writer

    with writer(home) as connection:
        connection.execute("delete from raw.dossier_month_built")
    return lake_to_read(home)
