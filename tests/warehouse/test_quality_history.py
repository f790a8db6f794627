"""What stands for how many releases, and the page on the quality of a release."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import Refusal
from warehouse.quality_history import decisions_asked, remember_quality, write_quality
from warehouse.quality_page import RefusedFile, write_quality_pages

START = datetime(2026, 11, 1)  # noqa: DTZ001 - the tables hold UTC without an offset

_MARTS = """
create schema marts;
create table marts.dim_source_document as
    select 'doc_1' as source_document_id, 'pci' as source, false as is_superseded, 4 as figure_count,
           timestamp '2026-10-31' as received_at;
create table marts.fct_observation as select false as is_superseded, 'printed' as figure_status from range(4);
create table marts.dim_correction as select true as is_applied;
create table marts.metric_yoy as
    select 'PCI' as index_code, 'PCI' as indicator_code, 2010 as data_year, 'published' as boundary,
           i = 0 as is_comparable, 1.0 as value, 1.0 as previous_value,
           case when i = 1 then 'scale_changed' end as not_comparable_reason
    from range(2) as r(i);
create table marts.dim_index as select 'PCI' as index_code, 'Năng lực' as name_vi, 'Competitiveness' as name_en;
create table marts.fct_indicator_value as
    select 'PCI' as index_code, 'published' as boundary, 'printed' as figure_status, false as has_conflict,
           null::varchar as correction_id, 'published' as value_basis, true as is_synthetic;
create table marts.dim_break_detection as
    select 'PCI' as indicator_code, 2010 as data_year, 'tên' as name_vi, 'name' as name_en, 'thấy' as text_vi,
           'seen' as text_en, null::varchar as reading_vi, null::varchar as reading_en, true as is_withheld;
create table marts.data_freshness as
    select 'pci' as source, 'Nguồn' as name_vi, 'Source' as name_en, true as is_synthetic, 1 as document_count,
           0 as superseded_count, 2010 as first_data_year, 2010 as latest_data_year,
           timestamp '2026-10-31' as last_received_at;
create table marts.data_quality (suite varchar, rule_id varchar, source_key varchar, subject varchar, outcome varchar,
    owner varchar, text_vi varchar, text_en varchar, file_name varchar, rows_failed bigint, is_superseded boolean,
    is_accepted boolean, accepted_reason_vi varchar, accepted_reason_en varchar);
"""


def release(
    folder: Path, number: int, *warnings: str, accepted: bool = False, outcome: str = "warned", refused_files: int = 0
) -> Path:
    """Release `number` with `warnings` (rules), going on from the one before it."""
    path = folder / f"r{number}.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute(_MARTS)
    for rule_id in warnings:
        connection.execute(
            "insert into marts.data_quality values ('pci', ?, 'pci:2010', '', ?, 'data_provider', 'câu', 'sentence', "
            "'<b>.xls', 2, false, ?, 'vì', 'because')",
            [rule_id, outcome, accepted],
        )
    if (folder / f"r{number - 1}.duckdb").exists():
        connection.execute(f"attach '{folder}/r{number - 1}.duckdb' as past (read_only)")
        remember_quality(connection, "past")
        connection.execute("detach past")
    write_quality(connection, f"r{number}", START + timedelta(days=number), refused_files=refused_files)
    connection.close()
    return path


def standing(path: Path) -> list[tuple[object, ...]]:
    connection = duckdb.connect(str(path), read_only=True)
    found = connection.execute(
        "select rule_id, first_release_id, release_count, needs_decision from marts.data_quality_standing"
    ).fetchall()
    connection.close()
    return found


def test_a_warning_asks_for_a_decision_in_its_third_release(tmp_path: Path) -> None:
    found = [standing(release(tmp_path, number, "odd")) for number in (1, 2, 3)]
    assert found == [[("odd", "r1", 1, False)], [("odd", "r1", 2, False)], [("odd", "r1", 3, True)]]


def test_a_warning_that_went_away_and_came_back_is_counted_anew(tmp_path: Path) -> None:
    release(tmp_path, 1, "odd")
    release(tmp_path, 2)
    assert standing(release(tmp_path, 3, "odd")) == [("odd", "r3", 1, False)]


def test_an_accepted_warning_asks_for_nothing(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        path = release(tmp_path, number, "odd", accepted=True)
    assert standing(path) == [("odd", "r1", 3, False)]


def test_rows_that_wait_ask_for_a_decision_too(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        path = release(tmp_path, number, "bad", outcome="quarantined")
    assert decisions_asked(path) == 1


def test_the_trend_goes_on_from_the_release_before(tmp_path: Path) -> None:
    release(tmp_path, 1, "odd")
    connection = duckdb.connect(str(release(tmp_path, 2, refused_files=3)), read_only=True)
    found = connection.execute(
        'select release_id, "count" from marts.data_quality_trend where measure = ? order by 1', ["warnings"]
    ).fetchall()
    refused = connection.execute(
        "select \"count\" from marts.data_quality_trend where measure = 'refused_files' and release_id = 'r2'"
    ).fetchall()
    connection.close()
    assert (found, refused) == ([("r1", 1), ("r2", 0)], [(3,)])


def test_both_tables_are_described_in_both_languages(tmp_path: Path) -> None:
    connection = duckdb.connect(str(release(tmp_path, 1)), read_only=True)
    comments = connection.execute(
        "select comment from duckdb_columns() where table_name in ('data_quality_standing', 'data_quality_trend')"
    ).fetchall()
    connection.close()
    assert len(comments) > 15
    assert all(comment and "— Tiếng Việt:" in comment for (comment,) in comments)


@pytest.fixture
def pages(tmp_path: Path) -> dict[str, str]:
    release(tmp_path, 1, "odd")
    path = release(tmp_path, 2, "odd", refused_files=1)
    why = Refusal("<script>.xlsx", "not_a_workbook", "<i>", "a workbook", text_vi="không phải", text_en="is none")
    write_quality_pages(path, tmp_path, "r2", (RefusedFile("<script>.xlsx", "pci", (why,)),))
    return {name: (tmp_path / name).read_text("utf-8") for name in ("quality.html", "quality.en.html")}


def test_the_page_says_what_came_in_was_refused_waits_and_is_shaky(pages: dict[str, str]) -> None:
    english = pages["quality.en.html"]
    for said in ("What came in", "is none", "sentence", "The scale changed", "Over the releases", "synthetic"):
        assert said in english, said


def test_each_page_is_in_its_language_and_leads_to_the_other(pages: dict[str, str]) -> None:
    assert '<html lang="vi">' in pages["quality.html"]
    assert 'href="quality.en.html"' in pages["quality.html"]
    assert '<html lang="en">' in pages["quality.en.html"]
    assert 'href="quality.html"' in pages["quality.en.html"]


def test_names_of_files_cannot_put_anything_into_the_page(pages: dict[str, str]) -> None:
    for page in pages.values():
        assert "<script" not in page
        assert "<b>.xls" not in page


def test_the_page_fetches_nothing(pages: dict[str, str]) -> None:
    for page in pages.values():
        assert "src=" not in page
        assert "url(http" not in page


def test_a_build_of_a_part_has_no_page(tmp_path: Path) -> None:
    path = tmp_path / "part.duckdb"
    duckdb.connect(str(path)).close()
    write_quality_pages(path, tmp_path, "r1", ())
    assert not (tmp_path / "quality.html").exists()
