"""Before readers see a release it is compared with the one they have: a page in it, and a veto on lost figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.warehouse.marts import Figure, build
from warehouse.changes import judge_changes
from warehouse.diff import diff_releases
from warehouse.diff_page import write_diff_pages
from warehouse.drops import VARIABLE, max_dropped_pct
from warehouse.errors import Misused, Refused
from warehouse.home import Home
from warehouse.release import PublishReport, publish
from warehouse.release_list import current_release, list_releases

UNITS = [Figure(unit_code=f"unit_{place}", rank=place) for place in range(1, 11)]


def published(home: Home, figures: list[Figure], *, allow_drops: bool = False) -> PublishReport:
    build(home, *figures)
    return publish(home, judge=lambda copy, current: judge_changes(copy, current, allow_drops=allow_drops))


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
