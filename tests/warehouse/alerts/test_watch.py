"""What the daily watch finds in a release: nothing that is in order, and one event for what is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.reference.test_reference_data import rows as reference_rows
from warehouse.alerts.watch import ReleaseRule, overdue_sources, release_rules, waiting_over, warnings_stayed

PCI_IN_JUNE = ReleaseRule("PCI", due_month=6, lag_years=1, grace_days=45)

_TABLES = """
create schema marts;
create table marts.dim_index (index_code varchar, name_vi varchar, name_en varchar, publisher_vi varchar,
    publisher_en varchar, source_url varchar);
insert into marts.dim_index values ('PCI', 'Năng lực cạnh tranh', 'Competitiveness', 'VCCI', 'VCCI', 'https://x.vn');
create table marts.dim_indicator (indicator_code varchar, index_code varchar);
insert into marts.dim_indicator values ('PCI', 'PCI'), ('PCI.LAND_ACCESS', 'PCI');
create table marts.fct_observation (unit_code varchar, indicator_code varchar, data_year integer, value double,
    is_superseded boolean);
create table marts.dim_source_document (source_document_id varchar, batch_id varchar, dataset varchar,
    file_name varchar, sha256 varchar, figure_count bigint, quarantined_count bigint, is_superseded boolean);
create table marts.data_quality (batch_id varchar, suite varchar, rule_id varchar, source_document_id varchar,
    file_name varchar, owner varchar, text_vi varchar, text_en varchar, rows_checked bigint, rows_failed bigint,
    outcome varchar, is_superseded boolean, checked_at timestamp);
"""


class Release:
    """A release of a few rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._run(_TABLES)

    def _run(self, sql: str, values: Sequence[object] = ()) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql, list(values)) if values else connection.execute(sql)

    def figure(self, year: int, value: float | None = 60.0, *, unit: str = "ha_noi", superseded: bool = False) -> None:
        self._run("insert into marts.fct_observation values (?, 'PCI', ?, ?, ?)", [unit, year, value, superseded])

    def document(
        self, name: str, *, entered: int, waiting: int, lines: int | None = None, superseded: bool = False
    ) -> None:
        checked = entered + waiting
        self._run(
            "insert into marts.dim_source_document values (?, ?, 'annex', ?, ?, ?, ?, ?)",
            [f"doc_{name}", f"b_{name}", name, name * 4, entered, lines or waiting, superseded],
        )
        self.check(name, "year_missing", "quarantined", checked, waiting, superseded=superseded)

    def check(
        self,
        name: str,
        rule_id: str,
        outcome: str,
        checked: int,
        failed: int,
        *,
        at: datetime = datetime(2026, 11, 1, tzinfo=UTC),
        superseded: bool = False,
    ) -> None:
        self._run(
            "insert into marts.data_quality values (?, 'annex', ?, ?, ?, 'data_provider', 'câu', 'sentence', ?, ?, ?,"
            " ?, ?)",
            [f"b_{name}", rule_id, f"doc_{name}", name, checked, failed, outcome, superseded, at.replace(tzinfo=None)],
        )

    def standing(self, name: str, rule_id: str, *, releases: int, rows: int) -> None:
        self._run(
            "create table if not exists marts.data_quality_standing (suite varchar, rule_id varchar, subject varchar, "
            "owner varchar, file_name varchar, rows_failed bigint, first_published_at timestamp, release_count bigint, "
            "needs_decision boolean)"
        )
        self._run(
            "insert into marts.data_quality_standing "
            "values ('annex', ?, null, 'data_provider', ?, ?, '2026-11-01', ?, ?)",
            [rule_id, name, rows, releases, releases >= 3],
        )


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path / "warehouse.duckdb")


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 1, 1), 2024),
        (date(2026, 6, 30), 2024),
        (date(2026, 8, 14), 2024),  # 30 June and 45 days
        (date(2026, 8, 15), 2025),
        (date(2026, 12, 31), 2025),
    ],
)
def test_an_edition_is_overdue_from_the_day_after_month_and_grace(today: date, due: int) -> None:
    assert PCI_IN_JUNE.latest_due(today) == due


def test_an_overdue_source_is_one_event_with_the_year_and_the_days(release: Release) -> None:
    release.figure(2024)
    (event,) = overdue_sources(release.path, [PCI_IN_JUNE], date(2026, 8, 24))
    assert event.subject == "PCI"
    assert "2025" in event.title_vi
    assert any("10 ngày" in line for line in event.lines)


def test_a_source_that_is_here_is_no_event(release: Release) -> None:
    release.figure(2025)
    assert overdue_sources(release.path, [PCI_IN_JUNE], date(2026, 8, 24)) == []


@pytest.mark.parametrize("empty", [{"value": None}, {"superseded": True}])
def test_a_figure_without_value_or_superseded_does_not_count_as_an_edition(
    release: Release, empty: dict[str, object]
) -> None:
    release.figure(2024)
    release.figure(2025, **empty)  # type: ignore[arg-type]
    assert len(overdue_sources(release.path, [PCI_IN_JUNE], date(2026, 8, 24))) == 1


def test_an_index_never_received_is_not_missed(release: Release) -> None:
    assert overdue_sources(release.path, [PCI_IN_JUNE], date(2026, 8, 24)) == []


def test_the_same_missing_edition_keeps_its_key_from_day_to_day(release: Release) -> None:
    release.figure(2024)
    keys = {overdue_sources(release.path, [PCI_IN_JUNE], date(2026, 9, day))[0].key for day in (1, 2, 30)}
    assert len(keys) == 1


def test_the_next_missing_edition_is_another_event(release: Release) -> None:
    release.figure(2024)
    keys = {overdue_sources(release.path, [PCI_IN_JUNE], date(year, 9, 1))[0].key for year in (2026, 2027)}
    assert len(keys) == 2


def test_every_yearly_index_has_a_rule_and_every_rule_an_index() -> None:
    indexes = {row["index_code"] for row in reference_rows("index_definition")}
    assert {rule.index_code for rule in release_rules()} == indexes - {
        "QD766",
        "PORTAL",
    }  # values that roll, or come by the month, have no edition


def test_every_rule_is_a_month_after_the_year_it_measures() -> None:
    assert all(1 <= rule.due_month <= 12 and rule.lag_years >= 1 and rule.grace_days >= 0 for rule in release_rules())


def test_documents_over_the_threshold_are_one_event_for_their_dataset(release: Release) -> None:
    release.document("a.xlsx", entered=0, waiting=12)
    release.document("b.xlsx", entered=1, waiting=9)
    (event,) = waiting_over(release.path, {"annex": 0.5})
    assert "21 dòng trong 2 tệp" in event.title_vi


def test_a_document_at_the_threshold_is_no_event(release: Release) -> None:
    release.document("a.xlsx", entered=5, waiting=5)
    assert waiting_over(release.path, {"annex": 0.5}) == []


def test_a_row_that_breaks_two_rules_waits_once(release: Release) -> None:
    release.document("a.xlsx", entered=7, waiting=3, lines=6)
    release.check("a.xlsx", "unit_not_on_map", "quarantined", 10, 3)
    assert waiting_over(release.path, {"annex": 0.5}) == []


def test_a_superseded_document_waits_for_nobody(release: Release) -> None:
    release.document("a.xlsx", entered=0, waiting=12, superseded=True)
    assert waiting_over(release.path, {"annex": 0.5}) == []


def test_a_mended_document_changes_the_news(release: Release) -> None:
    release.document("a.xlsx", entered=0, waiting=12)
    before = waiting_over(release.path, {"annex": 0.5})[0].key
    release.document("b.xlsx", entered=0, waiting=1)
    assert waiting_over(release.path, {"annex": 0.5})[0].key != before


NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_warning_that_asks_for_a_decision_is_one_event_with_its_files(release: Release) -> None:
    release.standing("a.xlsx", "annex_forms_agree", releases=3, rows=2)
    release.standing("b.pdf", "annex_forms_agree", releases=4, rows=3)
    (event,) = warnings_stayed(release.path)
    assert event.subject == "annex.annex_forms_agree"
    assert {"a.xlsx (2) dòng · rows", "b.pdf (3) dòng · rows"} <= set(event.lines)


def test_a_warning_that_asks_for_none_is_left_alone(release: Release) -> None:
    release.standing("a.xlsx", "annex_forms_agree", releases=2, rows=2)
    assert warnings_stayed(release.path) == []


def test_a_release_from_before_warnings_were_counted_has_none(release: Release) -> None:
    assert warnings_stayed(release.path) == []
