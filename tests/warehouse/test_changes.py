"""Before readers see a release it is compared with the one they have: a page in it, and a veto on lost figures."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.warehouse.marts import Figure, build
from warehouse.build import state_file
from warehouse.changes import judge_changes
from warehouse.connection import writer
from warehouse.diff import diff_releases
from warehouse.diff_page import write_diff_pages
from warehouse.drops import REPORTED, VARIABLE, max_dropped_pct
from warehouse.errors import Misused, Refused
from warehouse.home import DBT_PROJECT_DIR, Home
from warehouse.release import PublishReport, publish
from warehouse.release_list import current_release, list_releases

UNITS = [Figure(unit_code=f"unit_{place}", rank=place) for place in range(1, 11)]


def published(home: Home, figures: list[Figure], *, allow_drops: bool = False) -> PublishReport:
    build(home, *figures)
    return publish_build(home, allow_drops=allow_drops)


def publish_build(home: Home, *, allow_drops: bool = False) -> PublishReport:
    return publish(home, judge=lambda copy, current: judge_changes(copy, current, allow_drops=allow_drops))


def build_with_months(home: Home, months: str, *, is_synthetic: bool = True) -> None:
    """A build of figures and of the dossiers of one province, in `months` as SQL values (`(1), (2)`)."""
    build(home, *UNITS)
    with writer(home) as connection:
        connection.execute(
            "create or replace table marts.fct_dossier_month as select 'lao_cai_2025' as unit_code, "
            f"make_date(2025, month, 1) as data_month, {is_synthetic} as is_synthetic "
            f"from (values {months}) as reported(month)"
        )
    fingerprint = hashlib.sha256(f"{months} {is_synthetic}".encode()).hexdigest()
    state_file(home).write_text(json.dumps({"fingerprint": fingerprint}), "utf-8")


def test_a_first_release_changes_nothing(home: Home) -> None:
    assert published(home, UNITS).changes == {}


def test_what_a_release_changes_is_counted_by_kind(home: Home) -> None:
    first = published(home, UNITS)
    report = published(home, [replace(UNITS[0], value=51.0), *UNITS[1:]])
    assert report.changes["against"] == first.release_id
    assert {kind: count for kind, count in report.changes["figures"].items() if count} == {"restated": 1}


def test_a_release_that_loses_figures_is_not_published(home: Home) -> None:
    published(home, UNITS)
    before = current_release(home)
    with pytest.raises(Refused, match=r"rule: figures_dropped .*20\.00 %"):
        published(home, UNITS[2:])
    assert current_release(home) == before
    assert len(list_releases(home)) == 1
    assert not list(home.releases.glob(".*"))


def test_an_emptied_value_is_lost_too(home: Home) -> None:
    published(home, UNITS)
    with pytest.raises(Refused, match="figures_dropped"):
        published(home, [replace(UNITS[0], value=None, rank=None), *UNITS[1:]])


def test_a_person_can_let_figures_go(home: Home) -> None:
    published(home, UNITS)
    assert published(home, UNITS[2:], allow_drops=True).changes["dropped_pct"] == pytest.approx(20.0)


def test_the_share_that_may_go_is_a_setting(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "20")
    published(home, UNITS)
    assert published(home, UNITS[2:]).outcome == "published"


def test_a_release_without_the_months_of_dossiers_readers_have_is_not_published(home: Home) -> None:
    build_with_months(home, "(8), (9)")
    publish_build(home)
    before = current_release(home)
    build_with_months(home, "(9)")
    with pytest.raises(Refused, match=r"fct_dossier_month: lao_cai_2025 2025-08-01: (.|\n)*found: 1 of 2 "):
        publish_build(home)
    assert current_release(home) == before


def test_a_release_without_a_mart_readers_have_is_not_published(home: Home) -> None:
    build_with_months(home, "(8), (9)")
    publish_build(home)
    with writer(home) as connection:
        connection.execute("drop table marts.fct_dossier_month")
    state_file(home).write_text(json.dumps({"fingerprint": "0" * 64}), "utf-8")
    with pytest.raises(Refused, match=r"2 of 2 .unit_code, data_month"):
        publish_build(home)


def test_a_person_can_let_months_go_and_is_told_how_many(home: Home) -> None:
    build_with_months(home, "(8), (9)")
    publish_build(home)
    build_with_months(home, "(9)")
    assert publish_build(home, allow_drops=True).changes["reports_dropped"] == {"fct_dossier_month": 1}


def test_real_months_take_the_place_of_synthetic_ones_unasked(home: Home) -> None:
    build_with_months(home, "(8), (9)")
    publish_build(home)
    build_with_months(home, "(8), (9)", is_synthetic=False)
    assert publish_build(home).changes["reports_dropped"] == {}


def test_every_fact_is_held_to_what_it_reported() -> None:
    facts = {path.stem for path in (DBT_PROJECT_DIR / "models" / "marts").glob("fct_*.sql")}
    # The figures of indices, and the observations they are made of, are compared one by one.
    assert facts - {"fct_indicator_value", "fct_observation"} == set(REPORTED)


@pytest.mark.parametrize("text", ["-1", "101", "many", "nan"])
def test_a_share_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(Misused, match=VARIABLE):
        max_dropped_pct()


def test_the_page_shows_a_restated_value_in_the_readers_notation(home: Home, tmp_path: Path) -> None:
    first = published(home, UNITS)
    second = published(home, [replace(UNITS[0], value=51.25), *UNITS[1:]])
    write_diff_pages(diff_releases(home, first.release_id, second.release_id), tmp_path)
    assert "51,25" in (tmp_path / "changes.html").read_text("utf-8")
    assert "51.25" in (tmp_path / "changes.en.html").read_text("utf-8")


def test_a_first_release_has_a_page_that_says_so(tmp_path: Path) -> None:
    write_diff_pages(None, tmp_path)
    assert "chưa có bản nào để so sánh" in (tmp_path / "changes.html").read_text("utf-8")


def test_hostile_names_stay_text_on_the_page(home: Home, tmp_path: Path) -> None:
    first = published(home, UNITS)
    second = published(home, [*UNITS, Figure(unit_code="<script>alert(1)</script>")])
    write_diff_pages(diff_releases(home, first.release_id, second.release_id), tmp_path)
    assert "<script>" not in (tmp_path / "changes.html").read_text("utf-8")
