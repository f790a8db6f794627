"""Fetches of the portal through the steps of a run: what enters, what waits, what is found, what replaces what."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion import steps
from tests.ingestion.portal_files import SCORES, Answer, fetch_file, month_row, score_row
from warehouse.connection import reader
from warehouse.home import Home

SON_LA = {"CKMB": "15.3", "TDGQ": "16.39", "CLGQ": "9.1", "TTTT": "5.21", "MDHL": "17.88", "MDSH": "19.75"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A month fetched twice, the second time with a field gone and one come; two weeks of the score."""
    home = Home(tmp_path_factory.mktemp("portal"))
    home.make()
    folder = home.landing / "portal_standin"
    folder.mkdir(parents=True)
    fetch_file(folder, Answer([month_row()], "lao_cai_2025"), started_at=datetime(2025, 10, 15, tzinfo=UTC))
    drifted = month_row(dossiers=1100, DB_TOTAL=None, NEW="1.234", TILE="98.00")
    fetch_file(folder, Answer([drifted], "lao_cai_2025"), started_at=datetime(2025, 10, 22, tzinfo=UTC))
    for week, day in (("2025-W41", 8), ("2025-W42", 15)):
        rows = [score_row(), score_row("Tỉnh Sơn La", 1, **SON_LA, TONG_SCORE="86.94")]
        rows[0]["ROW_STT"] = "2"
        fetch_file(folder, Answer(rows), service=SCORES, period=week, started_at=datetime(2025, 10, day, tzinfo=UTC))
    for step in (steps.archive_landing, steps.parse_pending, steps.audit_parsed, steps.load_audited):
        assert not step(home)["refused"]
    return home


def query(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with reader(home.build_database) as connection:
        return connection.execute(sql).fetchall()


def test_later_fetch_of_a_month_replaces_the_earlier_one_and_both_stay(loaded: Home) -> None:
    assert query(
        loaded,
        "select f.value, b.superseded_by_batch_id is null from raw.figure as f join raw.batch as b using (batch_id) "
        "where f.indicator_code = 'PORTAL.HS_TOTAL' order by 1",
    ) == [(1000.0, False), (1100.0, True)]


def test_drift_waits_and_the_rest_of_the_month_enters(loaded: Home) -> None:
    assert query(loaded, "select rule_id, indicator_text, value_text from raw.quarantine order by 1") == [
        ("field_missing", "DB_TOTAL", None),
        ("field_unknown", "NEW", "1.234"),
    ]


def test_contradictions_of_the_portal_are_found_and_the_figures_kept_as_printed(loaded: Home) -> None:
    found = query(
        loaded,
        "select rule_id, count(*) from raw.check_result where outcome = 'warned' "
        "and rule_id in ('score_parts_add_up', 'printed_share_differs') group by 1 order by 1",
    )
    assert found == [("printed_share_differs", 1), ("score_parts_add_up", 2)]
    assert query(
        loaded,
        "select distinct value from raw.figure where unit_code = 'son_la' and indicator_code = 'QD766'",
    ) == [(86.94,)]


def test_weeks_of_the_score_are_states_of_one_document(loaded: Home) -> None:
    assert query(
        loaded,
        "select source_key, count(*), count(superseded_by_batch_id) from raw.batch where dataset = 'portal_score' "
        "group by 1",
    ) == [("portal_standin:report_tinh_766_service:2025:all", 2, 1)]


def test_reading_again_changes_nothing(loaded: Home, tmp_path: Path) -> None:
    before = query(loaded, "select batch_id, content_hash from raw.batch order by 1")
    assert steps.parse_pending(loaded)["parsed"] == []
    assert query(loaded, "select batch_id, content_hash from raw.batch order by 1") == before
