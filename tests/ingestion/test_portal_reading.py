"""Reading archived fetches of the portal: what is described is read, what has drifted is said, nothing is guessed."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.numbers import read_count
from ingestion.portal.catalogue import services
from ingestion.portal.reading import parse
from tests.ingestion.portal_files import SCORES, Answer, document, fetch_file, month_row, score_row
from warehouse.errors import Refused
from warehouse.figures import ParsedBatch
from warehouse.home import REFERENCE_DIR

Figures = dict[tuple[str | None, str], dict[str, Any]]


def read(path: Path, source: str = "portal_standin") -> ParsedBatch:
    return parse(document(path, source), path)


def by_code(batch: ParsedBatch) -> Figures:
    return {(row["unit_code"], row["indicator_code"]): row for row in batch.figures.to_pylist()}


def month(folder: Path, *rows: Any, unit: str | None = "lao_cai_2025", **fetch: Any) -> ParsedBatch:
    return read(fetch_file(folder, Answer(rows, unit), **fetch))


def score(folder: Path, *rows: Any, **fetch: Any) -> ParsedBatch:
    return read(fetch_file(folder, Answer(rows), service=SCORES, period="2025-W38", **fetch))


def refusal(path: Path, source: str = "portal_standin") -> str:
    with pytest.raises(Refused) as caught:
        read(path, source)
    return caught.value.refusals[0].rule


# -- months --------------------------------------------------------------------------------------------------------


def test_every_figure_says_its_month_map_record_and_path(tmp_path: Path) -> None:
    figure = by_code(month(tmp_path, month_row(dossiers=1000)))["lao_cai_2025", "PORTAL.HS_TOTAL"]
    assert (figure["data_year"], figure["data_month"], figure["geography_version"]) == (2025, 9, "34")
    assert (figure["value"], figure["value_locator"]) == (1000.0, "record 3 $[0].HS_TOTAL")


def test_answer_in_an_object_has_a_path_into_it(tmp_path: Path) -> None:
    batch = read(fetch_file(tmp_path, Answer([month_row()], "lao_cai_2025", is_object=True)))
    assert by_code(batch)["lao_cai_2025", "PORTAL.HTQH"]["value_locator"] == "record 3 $.data[0].HTQH"


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("12345", 12345),
        ("12.345", 12345),
        ("12.345,0", 12345),
        ("1.234.567", 1234567),
        (12345, 12345),
        ("12 345", 12345),
    ],
)
def test_count_is_whole_however_it_is_printed(printed: Any, value: float, tmp_path: Path) -> None:
    figure = by_code(month(tmp_path, month_row(HS_TOTAL=printed)))["lao_cai_2025", "PORTAL.HS_TOTAL"]
    assert (figure["value"], figure["parse_issue"]) == (value, None)


@pytest.mark.parametrize("printed", ["12.5", "1,23", "0.123", "nhiều", "1e308", 12.5, True, ["1"], 10**400])
def test_what_is_no_count_stays_text(printed: Any, tmp_path: Path) -> None:
    figure = by_code(month(tmp_path, month_row(HS_TOTAL=printed)))["lao_cai_2025", "PORTAL.HS_TOTAL"]
    assert (figure["value"], figure["parse_issue"]) == (None, "not_a_number")


@pytest.mark.parametrize(("printed", "value"), [("98.5", 98.5), ("98,5", 98.5), ("1.234", 1.234), (98.5, 98.5)])
def test_share_keeps_its_fraction(printed: Any, value: float, tmp_path: Path) -> None:
    assert by_code(month(tmp_path, month_row(TILE=printed)))["lao_cai_2025", "PORTAL.TILE"]["value"] == value


def test_required_field_that_is_gone_is_said(tmp_path: Path) -> None:
    figure = by_code(month(tmp_path, month_row(DB_TOTAL=None)))["lao_cai_2025", "PORTAL.DB_TOTAL"]
    assert (figure["value"], figure["parse_issue"]) == (None, "field_missing")


def test_field_nobody_described_is_kept_as_text_and_said(tmp_path: Path) -> None:
    figure = by_code(month(tmp_path, month_row(CHI_SO_MOI="1.234,5")))["lao_cai_2025", "PORTAL.UNKNOWN.CHI_SO_MOI"]
    assert (figure["value"], figure["value_text"], figure["parse_issue"]) == (None, "1.234,5", "field_unknown")


def test_text_of_an_unknown_field_is_cut(tmp_path: Path) -> None:
    figure = by_code(month(tmp_path, month_row(X="a" * 5000)))["lao_cai_2025", "PORTAL.UNKNOWN.X"]
    assert len(figure["value_text"]) == 200


def test_empty_required_field_is_no_zero(tmp_path: Path) -> None:
    figure = by_code(month(tmp_path, month_row(HTQH="")))["lao_cai_2025", "PORTAL.HTQH"]
    assert (figure["value"], figure["value_text"]) == (None, "")


def test_field_beside_its_total_is_the_share_and_the_total_the_count(tmp_path: Path) -> None:
    figures = by_code(month(tmp_path, month_row(HTDH="94.44", HTDH_TOTAL="850")))
    assert figures["lao_cai_2025", "PORTAL.HTDH"]["value"] == 850
    assert figures["lao_cai_2025", "PORTAL.HTDH_PCT"]["value"] == 94.44
    assert not [row for row in figures.values() if row["parse_issue"]]


def test_field_without_its_total_is_the_count(tmp_path: Path) -> None:
    figures = by_code(month(tmp_path, month_row(HTDH="850")))
    assert figures["lao_cai_2025", "PORTAL.HTDH"]["value"] == 850
    assert ("lao_cai_2025", "PORTAL.HTDH_PCT") not in figures


def test_name_in_the_row_is_resolved_on_the_map_of_the_month(tmp_path: Path) -> None:
    before = month(tmp_path, month_row(TEN="Tỉnh Lào Cai"), unit=None, period="2025-06")
    after = month(tmp_path, month_row(TEN="UBND tỉnh Lào Cai"), unit=None, period="2025-07")
    assert {row["unit_code"] for batch in (before, after) for row in batch.figures.to_pylist()} == {
        "lao_cai",
        "lao_cai_2025",
    }


def test_row_that_names_another_unit_than_was_asked_for_is_nobodys(tmp_path: Path) -> None:
    rows = month(tmp_path, month_row(TEN="Tỉnh Sơn La")).figures.to_pylist()
    assert {(row["unit_code"], row["parse_issue"]) for row in rows} == {(None, "name_unresolved")}


def test_row_that_came_twice_is_counted_once_and_noted(tmp_path: Path) -> None:
    batch = read(fetch_file(tmp_path, *[Answer([month_row()], "lao_cai_2025")] * 2))
    assert len(by_code(batch)) == batch.figures.num_rows
    assert batch.sheets_skipped == ("record 5 $[0]: the same row as record 3 $[0], counted once",)


def test_two_different_rows_of_a_unit_are_both_handed_over(tmp_path: Path) -> None:
    batch = month(tmp_path, month_row(), month_row(dossiers=2000))
    totals = [row for row in batch.figures.to_pylist() if row["indicator_code"] == "PORTAL.HS_TOTAL"]
    assert [row["value"] for row in totals] == [1000, 2000]


def test_same_bytes_give_the_same_batch(tmp_path: Path) -> None:
    path = fetch_file(tmp_path, Answer([month_row()], "lao_cai_2025"))
    assert read(path).batch_id == read(path).batch_id
    assert read(path).figures.equals(read(path).figures)


# -- scores --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("provision", "payment"), [("TTTT", "CLGQ"), ("CLGQ", "TTTT")])
def test_field_with_a_value_above_ten_anywhere_is_online_provision(
    provision: str, payment: str, tmp_path: Path
) -> None:
    rows = [
        score_row("Tỉnh Lào Cai", 1, **{provision: "9.1", payment: "5.2"}),
        score_row("Tỉnh Sơn La", 2, **{provision: "11.4", payment: "10"}),
    ]
    figures = by_code(score(tmp_path, *rows))
    assert figures["lao_cai_2025", "QD766.CCDVC"]["value"] == 9.1
    assert figures["lao_cai_2025", "QD766.TTTT"]["value"] == 5.2
    assert "values above 10" in figures["lao_cai_2025", "QD766.CCDVC"]["note"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("9.1", "5.2"), ("11.5", "10.5"), ("45", "5.2")],
    ids=["none above", "both above", "only a misprint above"],
)
def test_fields_that_cannot_be_told_apart_both_wait(first: str, second: str, tmp_path: Path) -> None:
    figures = by_code(score(tmp_path, score_row(TTTT=first, CLGQ=second)))
    waiting = {code for (_, code), row in figures.items() if row["parse_issue"] == "field_unknown"}
    assert waiting == {"QD766.UNKNOWN.TTTT", "QD766.UNKNOWN.CLGQ"}
    assert figures["lao_cai_2025", "QD766"]["value"] == 85.7


def test_missing_one_of_the_two_is_named_after_what_the_other_is(tmp_path: Path) -> None:
    figures = by_code(score(tmp_path, score_row(TTTT=None, CLGQ="11.1")))
    assert figures["lao_cai_2025", "QD766.TTTT"]["parse_issue"] == "field_missing"


def test_rank_stands_on_the_total_only(tmp_path: Path) -> None:
    ranks = {code: row["rank"] for (_, code), row in by_code(score(tmp_path, score_row(rank=7))).items()}
    assert {code for code, rank in ranks.items() if rank is not None} == {"QD766"}
    assert ranks["QD766"] == 7


def test_each_weeks_fetch_is_a_state_of_the_score_of_its_year(tmp_path: Path) -> None:
    batch = score(tmp_path, score_row())
    assert batch.source_key == "portal_standin:report_tinh_766_service:2025:all"
    assert (batch.fetched_at, str(batch.published_at)) == (datetime(2025, 10, 15, 3, tzinfo=UTC), "2025-10-15")


# -- what is refused, what is only archived ------------------------------------------------------------------------


def test_made_up_answers_do_not_come_in_as_the_portals(tmp_path: Path) -> None:
    assert refusal(fetch_file(tmp_path, Answer([month_row()], "lao_cai_2025")), "portal") == "synthetic_mismatch"


def test_real_answers_do_not_come_in_as_the_stand_ins(tmp_path: Path) -> None:
    path = fetch_file(tmp_path, Answer([month_row()], "lao_cai_2025"), is_standin=False)
    assert refusal(path) == "synthetic_mismatch"


def test_month_asked_for_before_it_was_over_is_refused(tmp_path: Path) -> None:
    # 17:00 UTC is midnight in Viet Nam.
    early, late = datetime(2025, 9, 30, 16, 59, tzinfo=UTC), datetime(2025, 9, 30, 17, 0, tzinfo=UTC)
    assert refusal(fetch_file(tmp_path, Answer([month_row()], "lao_cai_2025"), started_at=early)) == (
        "portal_month_not_over"
    )
    assert month(tmp_path, month_row(), started_at=late).figures.num_rows


def test_questions_about_another_month_than_the_fetch_says_are_refused(tmp_path: Path) -> None:
    path = fetch_file(tmp_path, Answer([month_row()], "lao_cai_2025"), asked=(2025, 8))
    assert refusal(path) == "portal_period_mismatch"


def test_service_nobody_described_is_refused(tmp_path: Path) -> None:
    assert refusal(fetch_file(tmp_path, Answer([{}]), service="report_new")) == "portal_service_unknown"


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"<html></html>", "portal_html"),
        (b'{"a": 1}', "portal_not_json"),
        (b'[{"a":', "portal_truncated"),
    ],
)
def test_body_that_is_no_rows_is_refused(body: bytes, rule: str, tmp_path: Path) -> None:
    assert refusal(fetch_file(tmp_path, Answer(body, "lao_cai_2025"))) == rule


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    body = b'[{"HS_TOTAL": "\\ud800"}]'
    assert refusal(fetch_file(tmp_path, Answer(body, "lao_cai_2025"))) == "portal_not_json"


def test_row_with_a_thousand_fields_is_refused(tmp_path: Path) -> None:
    path = fetch_file(tmp_path, Answer([{f"F{number}": "1" for number in range(1000)}], "lao_cai_2025"))
    assert refusal(path) == "portal_not_json"


def test_archived_service_gives_a_batch_without_figures_and_says_why(tmp_path: Path) -> None:
    batch = month(tmp_path, {"TILE": "1"}, service="report_tile_cungcap_dvctt_service", unit=None)
    assert (batch.dataset, batch.figures.num_rows) == ("portal_archived", 0)
    assert "nobody has described its fields" in batch.sheets_skipped[0]


def test_synthetic_document_says_so_in_its_title(tmp_path: Path) -> None:
    assert "synthetic" in (month(tmp_path, month_row()).title or "")


# -- the reference data --------------------------------------------------------------------------------------------


def _table(name: str) -> list[dict[str, str]]:
    with (REFERENCE_DIR / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_services_stand_in_both_files_with_the_same_words() -> None:
    in_table = {
        row["service"]: (row["name_vi"], row["name_en"], row["period_kind"], row["is_read"] == "true")
        for row in _table("portal/portal_service")
    }
    assert in_table == {
        name: (service.name_vi, service.name_en, service.period_kind, service.reading != "none")
        for name, service in services().items()
    }


def test_every_indicator_of_the_catalogue_exists_and_every_archived_service_has_a_reason() -> None:
    known = {row["indicator_code"] for row in _table("indicator")}
    for service in services().values():
        codes = {
            code for field in service.fields.values() for code in (field.indicator, field.share_beside_total) if code
        }
        codes |= {service.told_apart.above, service.told_apart.never_above} if service.told_apart else set()
        assert codes <= known
        assert bool(service.reason_vi and service.reason_en) == (service.reading == "none")


def test_every_share_of_the_catalogue_is_made_of_counts_of_it() -> None:
    units = {row["indicator_code"]: row["measure_unit"] for row in _table("indicator") if row["index_code"] == "PORTAL"}
    rates = _table("portal/portal_rate")
    assert {row["rate_code"] for row in rates} == {code for code, unit in units.items() if unit == "percent"}
    assert {units[row["count_code"]] for row in rates} == {"count"}


def test_ids_of_the_portal_are_marked_where_we_made_them_up() -> None:
    rows = _table("portal/units")
    codes = {row["unit_code"]: row["official_code"] for row in _table("unit_official_code")}
    for row in rows:
        made_up = row["portal_id"] == f"9000{codes[row['unit_code']]}"
        assert (row["is_synthetic"] == "true") == made_up == (row["source_url"] == "")
        assert re.fullmatch("[0-9]+", row["portal_id"])


@pytest.mark.parametrize(("text", "value"), [("-12.345", -12345.0), ("\u2212" + "12,345", -12345.0), ("", None)])
def test_count_may_be_negative_or_blank_and_that_is_for_the_rules(text: str, value: float | None) -> None:
    assert read_count(text).value == value
