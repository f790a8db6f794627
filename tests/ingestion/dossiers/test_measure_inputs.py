"""What the models measure with: which unit reports for which, what exports cover, hours of working days."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

from ingestion.dossiers import steps
from ingestion.dossiers.measure_inputs import unit_succession, working_days
from tests.ingestion.dossiers.exports import export, ingest
from warehouse.connection import reader
from warehouse.home import Home


def test_merged_unit_is_reported_by_its_successor_from_the_day_after_its_last() -> None:
    stretches = [row for row in unit_succession().to_pylist() if row["unit_code"] == "yen_bai"]
    assert [(row["reporting_unit_code"], row["first_day"], row["last_day"]) for row in stretches] == [
        ("yen_bai", date(1900, 1, 1), date(2025, 6, 30)),
        ("lao_cai_2025", date(2025, 7, 1), date(9999, 12, 31)),
    ]
    assert {row["unit_on_present_map"] for row in stretches} == {"lao_cai_2025"}


def test_every_day_of_a_unit_has_exactly_one_that_reports() -> None:
    by_unit: dict[str, list[tuple[date, date]]] = {}
    for row in unit_succession().to_pylist():
        by_unit.setdefault(row["unit_code"], []).append((row["first_day"], row["last_day"]))
    for code, stretches in by_unit.items():
        gaps = [(later[0] - earlier[1]).days for earlier, later in pairwise(stretches)]
        assert set(gaps) <= {1}, code
        assert (stretches[0][0], stretches[-1][1]) == (date(1900, 1, 1), date(9999, 12, 31)), code


def test_spans_of_a_day_are_its_working_minutes() -> None:
    for row in working_days().to_pylist():
        spans = row["first_to"] - row["first_from"] + row["second_to"] - row["second_from"]
        assert spans == row["minutes"], row["day"]


def test_exports_cover_their_month_and_kind_of_data(home: Home, tmp_path: Path) -> None:
    ingest(home, export(tmp_path, "a_2025-09.csv", {}, {"filed_at": "2025-08-20"}))
    assert steps.measure_exports(home)["outcome"] == "measured"
    with reader(home.build_database) as connection:
        covered = connection.execute("select * from raw.dossier_coverage").fetchall()
    assert covered == [("lao_cai_2025", date(2025, 9, 1), False)]


def test_noting_again_without_news_does_nothing(home: Home, tmp_path: Path) -> None:
    ingest(home, export(tmp_path, "a_2025-09.csv", {}))
    assert steps.measure_exports(home)["outcome"] == "measured"
    assert steps.measure_exports(home)["outcome"] == "unchanged"
