"""Annexes: the bundled pairs, the forms ministries send, and what is refused or quarantined instead of guessed."""

from __future__ import annotations

import contextlib
import csv
import random
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ingestion.annex import parse
from tests.ingestion.annex_files import (
    LONG_HEADER,
    TITLE,
    document_for,
    encrypted_pdf,
    scanned_pdf,
    write_pdf,
    write_workbook,
)
from warehouse.errors import Refusal, Refused
from warehouse.figures import ParsedBatch
from warehouse.home import BUNDLED_INPUT_DIR, PROJECT_ROOT

ANNEXES = BUNDLED_INPUT_DIR / "annex"
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansCondensed.ttf")
LOCATORS = {"unit_locator", "value_locator", "rank_locator"}
SIMPLE = [["STT", "Tỉnh, thành phố", "Điểm", "Xếp hạng"], [1, "Quảng Ninh", "92,18", 1], [2, "Hải Phòng", "91,87", 2]]


def read(path: Path) -> ParsedBatch:
    return parse(document_for(path), path)


def rows_of(path: Path) -> list[dict[str, Any]]:
    return list(read(path).figures.to_pylist())


def refusal_of(path: Path) -> Refusal:
    with pytest.raises(Refused) as caught:
        read(path)
    return caught.value.refusals[0]


def without_locators(batch: ParsedBatch) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in LOCATORS} for row in batch.figures.to_pylist()]


@pytest.fixture(scope="module")
def bundled() -> dict[str, ParsedBatch]:
    """Every bundled annex, read once."""
    return {path.name: read(path) for path in sorted(ANNEXES.iterdir()) if path.suffix in {".xlsx", ".pdf"}}


# -- the bundled files ------------------------------------------------------------------------------------------------


def test_the_pdf_and_the_xlsx_of_an_annex_give_the_same_figures(bundled: dict[str, ParsedBatch]) -> None:
    differing = []
    for name, batch in bundled.items():
        if name.endswith(".xlsx"):
            as_pdf = bundled[name.replace(".xlsx", ".pdf")]
            if without_locators(batch) != without_locators(as_pdf):
                differing.append(name)
    assert not differing


def test_the_bundled_annexes_say_what_the_figures_say(bundled: dict[str, ParsedBatch]) -> None:
    with (PROJECT_ROOT / "data" / "annex_figures.csv").open(encoding="utf-8", newline="") as reading:
        expected = Counter(
            (
                row["indicator_code"],
                row["data_year"],
                row["unit_text"],
                row["value"],
                row["rank"],
                row["figure_status"],
                row["source_url"],
                row["note"],
            )
            for row in csv.DictReader(reading)
        )
    found = Counter(
        (
            row["indicator_code"],
            str(row["data_year"] or ""),
            row["unit_text"],
            (row["value_text"] or "").replace(",", "."),
            row["rank_text"] or "",
            row["figure_status"],
            row["source_url"],
            row["note"] or "",
        )
        for name, batch in bundled.items()
        if name.endswith(".xlsx")
        for row in batch.figures.to_pylist()
    )
    assert found == expected


def test_no_bundled_annex_prints_a_unit_and_indicator_twice(bundled: dict[str, ParsedBatch]) -> None:
    twice = [
        name
        for name, batch in bundled.items()
        if max(
            Counter(
                (row["unit_type"], row["unit_text"], row["indicator_code"]) for row in batch.figures.to_pylist()
            ).values()
        )
        > 1
    ]
    assert not twice


def test_every_bundled_annex_has_its_own_source_key(bundled: dict[str, ParsedBatch]) -> None:
    keys = Counter(batch.source_key for batch in bundled.values())
    assert [key for key, times in keys.items() if times > 1] == []


def test_only_names_of_no_unit_stay_unresolved_in_the_bundled_annexes(bundled: dict[str, ParsedBatch]) -> None:
    unresolved = {
        row["unit_text"] for batch in bundled.values() for row in batch.figures.to_pylist() if row["unit_code"] is None
    }
    assert unresolved == {"Thấp nhất trong các tỉnh (minimum)", "Thấp nhất trong 63 tỉnh, thành phố (minimum)"}


def test_a_table_over_pages_keeps_page_and_row_in_its_locators(bundled: dict[str, ParsedBatch]) -> None:
    last = bundled["DTI_2022_phu_luc_1.pdf"].figures.to_pylist()[-1]
    assert (last["unit_text"], last["rank_locator"]) == ("Bắc Kạn", "page 2, table row 35, column Thứ hạng")


def test_a_year_printed_as_unknown_is_missing(bundled: dict[str, ParsedBatch]) -> None:
    batch = bundled["QD766_khong_ro_nam_phu_luc_1.xlsx"]
    issues = {(row["data_year"], row["parse_issue"]) for row in batch.figures.to_pylist()}
    assert (batch.source_key, issues) == ("annex:QD766:unknown:1:xlsx", {(None, "year_missing")})


def test_the_map_an_annex_names_decides_which_province_is_meant(bundled: dict[str, ParsedBatch]) -> None:
    rows = bundled["DTI_2024_phu_luc_1.xlsx"].figures.to_pylist()
    ho_chi_minh = next(row for row in rows if row["unit_text"] == "Thành phố Hồ Chí Minh")
    assert (ho_chi_minh["unit_code"], ho_chi_minh["geography_version"]) == ("ho_chi_minh_2025", "34")


def test_the_second_figure_of_two_sources_stands_in_annex_2(bundled: dict[str, ParsedBatch]) -> None:
    values = [
        row["value"]
        for number in (1, 2)
        for row in bundled[f"PAR_INDEX_2023_phu_luc_{number}.xlsx"].figures.to_pylist()
        if row["unit_text"] == "Hải Phòng"
    ]
    assert values == [91.87, 91.81]


def test_the_generator_writes_the_committed_workbooks(tmp_path: Path) -> None:
    stem = "PAR_INDEX_2018_phu_luc_1"
    _generate(tmp_path, stem, "--no-pdf")
    made, committed = (zipfile.ZipFile(folder / f"{stem}.xlsx") for folder in (tmp_path, ANNEXES))
    # Compared unpacked: another zlib packs the same content into other bytes.
    facts = [
        [(item.filename, item.date_time, archive.read(item)) for item in archive.infolist()]
        for archive in (made, committed)
    ]
    assert facts[0] == facts[1]


def test_the_generator_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        _generate(folder, "SIPAS_2017_phu_luc_1", "--no-pdf")
    name = "SIPAS_2017_phu_luc_1.xlsx"
    assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.mark.skipif(not FONT.is_file(), reason=f"{FONT} (fonts-dejavu-core) is not installed")
def test_the_generator_writes_the_committed_pdf(tmp_path: Path) -> None:
    stem = "PAR_INDEX_2018_phu_luc_1"
    _generate(tmp_path, stem)
    assert (tmp_path / f"{stem}.pdf").read_bytes() == (ANNEXES / f"{stem}.pdf").read_bytes()


def _generate(into: Path, stem: str, *options: str) -> None:
    script = PROJECT_ROOT / "data" / "make_annexes.py"
    subprocess.run([sys.executable, str(script), stem, "--into", str(into), *options], check=True, capture_output=True)


# -- the forms ministries send ----------------------------------------------------------------------------------------


def test_a_simple_vietnamese_table_is_read(tmp_path: Path) -> None:
    batch = read(write_workbook(tmp_path / "a.xlsx", [["PHỤ LỤC I"], [TITLE.upper()], [], *SIMPLE], sheet="Sheet1"))
    first = batch.figures.to_pylist()[0]
    assert (batch.layout_id, batch.source_key) == ("annex_simple", "annex:PAR_INDEX:2023:1:xlsx")
    assert (first["unit_code"], first["value"], first["rank"], first["decimal_mark"], first["value_locator"]) == (
        "quang_ninh",
        92.18,
        1,
        "comma",
        "Sheet1!C5",
    )


def test_english_headers_in_another_order_are_read(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx",
        [
            ["Annex 2"],
            ["Public Administration Reform Index 2023"],
            [],
            [],
            [None, "Rank", "Score (%)", "Province", "No."],
            [None, 1, "92.18", "Quang Ninh", 1],
        ],
        sheet="Table",
    )
    row = rows_of(path)[0]
    assert (row["unit_code"], row["value"], row["rank"], row["decimal_mark"]) == ("quang_ninh", 92.18, 1, "point")


def test_index_and_year_may_stand_in_the_score_header_alone(tmp_path: Path) -> None:
    batch = read(
        write_workbook(
            tmp_path / "a.xlsx",
            [
                ["TT", "Tỉnh, thành phố", "Chỉ số PAR INDEX 2023", "Xếp hạng"],
                [1, "Quảng Ninh", 92.18, 1],
            ],
            sheet="Sheet1",
        )
    )
    code = batch.figures.to_pylist()[0]["indicator_code"]
    assert (batch.source_key, code) == ("annex:PAR_INDEX:2023:1:xlsx", "PAR_INDEX")


def test_a_later_year_needs_no_change(tmp_path: Path) -> None:
    batch = read(write_workbook(tmp_path / "a.xlsx", [["Chỉ số hài lòng (SIPAS) năm 2031"], *SIMPLE]))
    assert (batch.source_key, batch.data_years) == ("annex:SIPAS:2031:1:xlsx", (2031,))


def test_publisher_and_decision_date_are_read_and_the_date_is_not_the_data_year(tmp_path: Path) -> None:
    batch = read(
        write_workbook(
            tmp_path / "a.xlsx",
            [
                ["BỘ NỘI VỤ"],
                ["PHỤ LỤC 1"],
                [TITLE],
                ["(Kèm theo Quyết định số 1/QĐ-BNV ngày 17 tháng 4 năm 2024)"],
                *SIMPLE,
            ],
        )
    )
    assert (batch.publisher, str(batch.published_at), batch.data_years) == ("BỘ NỘI VỤ", "2024-04-17", (2023,))


def test_an_annex_with_a_letterhead_does_not_supersede_one_without(tmp_path: Path) -> None:
    with_letterhead = read(write_workbook(tmp_path / "a.xlsx", [["BỘ NỘI VỤ"], ["PHỤ LỤC 1"], [TITLE], *SIMPLE]))
    assert with_letterhead.source_key == "annex:PAR_INDEX:2023:1:xlsx:bo_noi_vu"


def test_column_numbers_under_the_header_are_no_figure(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [[TITLE], SIMPLE[0], ["(1)", "(2)", "(3)", "(4)"], *SIMPLE[1:]])
    assert [row["unit_text"] for row in rows_of(path)] == ["Quảng Ninh", "Hải Phòng"]


def test_the_average_under_a_table_of_provinces_is_national(tmp_path: Path) -> None:
    average = [None, "Trung bình 63 tỉnh, thành phố", "86,98", None]
    last = rows_of(write_workbook(tmp_path / "a.xlsx", [[TITLE], *SIMPLE, average]))[-1]
    assert (last["unit_type"], last["unit_code"]) == ("national", "vn_provinces_average")


def test_a_row_without_score_and_rank_is_left_aside_and_named(tmp_path: Path) -> None:
    batch = read(write_workbook(tmp_path / "a.xlsx", [[TITLE], *SIMPLE, [3, "Hà Nội", None, None]]))
    assert (batch.figures.num_rows, batch.sheets_skipped) == (2, ("Tỉnh, thành phố!A5: neither score nor rank",))


def test_a_pdf_row_torn_by_a_page_break_is_one_row(tmp_path: Path) -> None:
    note = "word " * 300
    path = write_pdf(
        tmp_path / "a.pdf",
        ["PAR INDEX 2023"],
        [
            [
                ["No", "Province", "Score", "Rank", "Note"],
                ["1", "Quang Ninh", "92.18", "1", note],
                ["2", "Hai Phong", "91.87", "2", ""],
            ]
        ],
    )
    rows = rows_of(path)
    assert [(row["unit_text"], row["value"]) for row in rows] == [("Quang Ninh", 92.18), ("Hai Phong", 91.87)]
    assert rows[0]["note"] == note.strip()


def test_a_pdf_table_that_does_not_repeat_its_header_goes_on(tmp_path: Path) -> None:
    body = [[str(at), "Quang Ninh", f"9{at % 10}.5", str(at)] for at in range(1, 61)]
    path = write_pdf(
        tmp_path / "a.pdf", ["PAR INDEX 2023"], [[["No", "Province", "Score", "Rank"], *body]], repeat_header=False
    )
    assert [row["rank"] for row in rows_of(path)] == list(range(1, 61))


def test_a_pdf_that_only_forbids_changes_is_read(tmp_path: Path) -> None:
    source = write_pdf(tmp_path / "a.pdf", ["PAR INDEX 2023"], [[["Province", "Score"], ["Quang Ninh", "92.18"]]])
    assert rows_of(encrypted_pdf(tmp_path / "b.pdf", source, ""))[0]["value"] == 92.18


# -- kept, and marked for the audit -----------------------------------------------------------------------------------


def test_text_in_a_number_cell_is_no_number(tmp_path: Path) -> None:
    row = rows_of(write_workbook(tmp_path / "a.xlsx", [[TITLE], SIMPLE[0], [1, "Quảng Ninh", "chưa có", 1]]))[0]
    assert (row["value"], row["value_text"], row["parse_issue"]) == (None, "chưa có", "not_a_number")


def test_text_in_a_rank_cell_is_no_rank(tmp_path: Path) -> None:
    row = rows_of(write_workbook(tmp_path / "a.xlsx", [[TITLE], SIMPLE[0], [1, "Quảng Ninh", "92,18", "nhất"]]))[0]
    assert (row["rank"], row["parse_issue"]) == (None, "rank_not_a_number")


def test_a_duplicated_province_stays_twice_for_the_audit(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [[TITLE], *SIMPLE, [3, "Quảng Ninh", "80,00", 3]])
    assert [row["unit_code"] for row in rows_of(path)].count("quang_ninh") == 2


def test_an_annex_that_names_no_year_has_none(tmp_path: Path) -> None:
    batch = read(write_workbook(tmp_path / "a.xlsx", [["Chỉ số cải cách hành chính"], *SIMPLE]))
    assert {row["parse_issue"] for row in batch.figures.to_pylist()} == {"year_missing"}


def test_an_unknown_name_is_kept_with_its_candidates(tmp_path: Path) -> None:
    row = rows_of(write_workbook(tmp_path / "a.xlsx", [[TITLE], SIMPLE[0], [1, "Quảng Nin", "92,18", 1]]))[0]
    assert (row["unit_code"], row["parse_issue"]) == (None, "name_unresolved")
    assert "quang_ninh" in row["unit_candidates"]


def test_mixed_decimal_marks_are_told_cell_by_cell(tmp_path: Path) -> None:
    rows = rows_of(
        write_workbook(
            tmp_path / "a.xlsx", [[TITLE], SIMPLE[0], [1, "Quảng Ninh", "92,18", 1], [2, "Hải Phòng", "91.87", 2]]
        )
    )
    assert [(row["value"], row["decimal_mark"]) for row in rows] == [(92.18, "comma"), (91.87, "point")]


# -- refused in words -------------------------------------------------------------------------------------------------


def test_an_unknown_column_is_refused_with_the_nearest_form(tmp_path: Path) -> None:
    rows = [[TITLE], [*SIMPLE[0], "Điểm thẩm định"], [1, "Quảng Ninh", "92,18", 1, 5]]
    refusal = refusal_of(write_workbook(tmp_path / "a.xlsx", rows))
    assert (refusal.rule, refusal.place) == ("unknown_layout", "Tỉnh, thành phố")
    assert "Điểm thẩm định" in refusal.found
    assert "annex_simple" in refusal.expected


def test_a_missing_score_column_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [[TITLE], ["STT", "Tỉnh, thành phố"], [1, "Quảng Ninh"]])
    assert refusal_of(path).rule == "unknown_layout"


def test_a_second_score_column_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [[TITLE], ["Tỉnh", "Điểm", "Tổng điểm"], ["Quảng Ninh", "92,18", "91"]])
    assert "both look like" in refusal_of(path).found


def test_a_header_of_another_year_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [[TITLE], ["Tỉnh", "Điểm năm 2022"], ["Quảng Ninh", "92,18"]])
    assert refusal_of(path).rule == "conflicting_headings"


def test_a_title_of_no_known_index_is_refused(tmp_path: Path) -> None:
    assert refusal_of(write_workbook(tmp_path / "a.xlsx", [["Danh sách năm 2023"], *SIMPLE])).rule == "unknown_index"


def test_an_indicator_of_another_index_is_refused_at_its_cell(tmp_path: Path) -> None:
    row = [1, "Quảng Ninh", "Số hóa hồ sơ", "9,5", "điểm", 1, None, None, None]
    refusal = refusal_of(write_workbook(tmp_path / "a.xlsx", [[TITLE], LONG_HEADER, row]))
    assert (refusal.rule, refusal.place) == ("unknown_indicator", "Tỉnh, thành phố!C3")


def test_scores_on_another_scale_are_refused(tmp_path: Path) -> None:
    row = [1, "Quảng Ninh", "Chỉ số chuyển đổi số", "70,24", "%", 1, None, None, None]
    path = write_workbook(tmp_path / "a.xlsx", [["Chỉ số chuyển đổi số năm 2022"], LONG_HEADER, row])
    assert refusal_of(path).rule == "wrong_measure"


def test_an_unknown_status_word_is_refused(tmp_path: Path) -> None:
    row = [1, "Quảng Ninh", "Chỉ số cải cách hành chính", "92,18", "%", 1, "tạm tính", None, None]
    assert refusal_of(write_workbook(tmp_path / "a.xlsx", [[TITLE], LONG_HEADER, row])).rule == "unknown_status"


def test_a_sheet_that_does_not_say_what_its_units_are_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [[TITLE], ["Đơn vị", "Điểm"], ["Quảng Ninh", "92,18"]], sheet="Sheet1")
    assert refusal_of(path).rule == "unknown_layout"


def test_a_scanned_pdf_is_refused_and_the_text_version_asked_for(tmp_path: Path) -> None:
    refusal = refusal_of(scanned_pdf(tmp_path / "a.pdf"))
    assert (refusal.rule, refusal.place) == ("pdf_scanned", "page 1")
    assert "XLSX" in refusal.action


def test_an_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    source = write_pdf(tmp_path / "a.pdf", ["PAR INDEX 2023"], [[["Province", "Score"], ["Quang Ninh", "92.18"]]])
    assert refusal_of(encrypted_pdf(tmp_path / "b.pdf", source, "secret")).rule == "pdf_encrypted"


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_pdf_is_refused(tmp_path: Path, kept: float) -> None:
    content = (ANNEXES / "PAR_INDEX_2018_phu_luc_1.pdf").read_bytes()
    path = tmp_path / "a.pdf"
    path.write_bytes(content[: int(len(content) * kept)])
    assert refusal_of(path).rule == "pdf_broken"


def test_a_pdf_with_one_damaged_stream_is_refused(tmp_path: Path) -> None:
    content = bytearray((ANNEXES / "PAR_INDEX_2018_phu_luc_1.pdf").read_bytes())
    content[content.index(b"stream") + 400] ^= 1
    path = tmp_path / "a.pdf"
    path.write_bytes(bytes(content))
    assert refusal_of(path).rule == "pdf_broken"


def test_a_gap_in_the_row_numbers_is_refused(tmp_path: Path) -> None:
    refusal = refusal_of(write_workbook(tmp_path / "a.xlsx", [[TITLE], *SIMPLE, [4, "Hà Nội", "91,43", 3]]))
    assert (refusal.rule, refusal.found) == ("rows_missing", "no row 3")


def test_a_pdf_that_unpacks_to_far_too_much_is_refused(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import DecodedStreamObject, NameObject

    source = write_pdf(tmp_path / "a.pdf", ["PAR INDEX 2023"], [[["Province", "Score"], ["Quang Ninh", "92.18"]]])
    writer = PdfWriter(clone_from=PdfReader(source))
    bomb = DecodedStreamObject()
    bomb.set_data(b" " * 90_000_000)
    writer.pages[0][NameObject("/Contents")] = writer._add_object(bomb.flate_encode())
    writer.write(tmp_path / "b.pdf")
    assert refusal_of(tmp_path / "b.pdf").rule == "pdf_bomb"


def test_a_pdf_without_ruling_lines_is_refused(tmp_path: Path) -> None:
    table = [["Province", "Score"], ["Quang Ninh", "92.18"]]
    path = write_pdf(tmp_path / "a.pdf", ["PAR INDEX 2023"], [table], ruled=False)
    assert refusal_of(path).rule == "unknown_layout"


def test_pdf_rows_without_lines_between_them_are_refused(tmp_path: Path) -> None:
    path = write_pdf(
        tmp_path / "a.pdf",
        ["PAR INDEX 2023"],
        [
            [
                ["No", "Province", "Score"],
                ["1\n2", "Quang Ninh\nHai Phong", "92.18\n91.87"],
            ]
        ],
    )
    assert refusal_of(path).found == "the row numbers 1 2 in one cell"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 nothing %%EOF", b"PK\x03\x04 nothing", b"words"])
def test_what_is_neither_workbook_nor_pdf_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    assert refusal_of(path).text_vi


def test_damaged_pdfs_leave_no_other_exception_than_a_refusal(tmp_path: Path) -> None:
    content = (ANNEXES / "SIPAS_2024_phu_luc_1.pdf").read_bytes()
    chance = random.Random(7)
    path = tmp_path / "a.pdf"
    for _ in range(25):
        damaged = bytearray(content)
        for _ in range(20):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(bytes(damaged))
        with contextlib.suppress(Refused):
            read(path)
