"""PAPI files: the real workbook, CSV files and code books, a later year, and what must be refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingestion.papi import is_codebook, parse
from tests.ingestion.simple_resolver import SimpleResolver
from warehouse.errors import Refusal, Refused
from warehouse.figures import FIGURE_SCHEMA, ParsedBatch, SourceDocument

WORKBOOK = "PAPI_2011-2016.xlsx"
PROVINCES = [("Ha Noi", "Hà Nội"), ("Lao Cai", "Lào Cai"), ("Ca Mau", "Cà Mau")]
#: English header, Vietnamese header, indicator; dimensions before their parts, the total last.
COLUMNS = [
    ("Participation at Local Levels", "Tham gia của người dân ở cấp cơ sở", "PAPI.D1"),
    ("Civic Knowledge", "Tri thức công dân", "PAPI.SC11"),
    ("Opportunities for Participation", "Cơ hội tham gia", "PAPI.SC12"),
    ("Quality of Elections", "Chất lượng bầu cử", "PAPI.SC13"),
    ("Voluntary Contributions", "Đóng góp tự nguyện", "PAPI.SC14"),
    ("Transparency", "Công khai, minh bạch", "PAPI.D2"),
    ("Poverty Lists", "Danh sách hộ nghèo", "PAPI.SC22"),
    ("Communal Budget and Expenditure", "Thu, chi ngân sách cấp xã/phường", "PAPI.SC23"),
    ("Land-Use Plans/Price Frames", "Kế hoạch sử dụng đất, khung giá đền bù", "PAPI.SC24"),
    ("Vertical Accountability", "Trách nhiệm giải trình với người dân", "PAPI.D3"),
    ("Interactions With Local Authorities", "Hiệu quả tương tác với các cấp chính quyền", "PAPI.SC31"),
    ("Responsive to Citizen Actions", "Đáp ứng kiến nghị của người dân", "PAPI.SC32"),
    ("People's Inspection Boards", "Hiệu quả của Ban Thanh tra Nhân dân", "PAPI.SC3_PIB"),
    ("Control of Corruption", "Kiểm soát tham nhũng trong khu vực công", "PAPI.D4"),
    ("Limits on Public Sector Corruption", "Kiểm soát tham nhũng trong chính quyền", "PAPI.SC41"),
    ("Limits on Corruption in Service Delivery", "Kiểm soát tham nhũng trong cung ứng dịch vụ công", "PAPI.SC42"),
    ("Equity in Employment", "Công bằng trong tuyển dụng vào nhà nước", "PAPI.SC43"),
    ("Willingness to Fight Corruption", "Quyết tâm chống tham nhũng", "PAPI.SC44"),
    ("Public Administrative Procedures", "Thủ tục hành chính công", "PAPI.D5"),
    ("Certification Procedures", "Chứng thực/xác nhận", "PAPI.SC51"),
    ("Construction Permits", "Giấy phép xây dựng", "PAPI.SC52"),
    ("Un-weighted2015PAPI", "Chỉ số PAPI (không có trọng số)", "PAPI"),
]
Grid = list[list[Any]]


def document(name: str) -> SourceDocument:
    return SourceDocument("doc_0123456789abcdef", "cd" * 32, "papi", name, 1, "application/octet-stream", "", "")


@lru_cache(maxsize=32)
def real(folder: Path, name: str) -> ParsedBatch:
    return parse(document(name), folder / "papi" / name)


def values(batch: ParsedBatch) -> dict[tuple[int, str, str], float]:
    return {
        (row["data_year"], row["unit_code"], row["indicator_code"]): row["value"] for row in batch.figures.to_pylist()
    }


def year_sheet() -> Grid:
    """A sheet as the workbook has them: two header rows, provinces, the row of highest scores."""
    grid: Grid = [["tinhid", "tentinh_eng", "tentinh_vie", *(column[index] for column in COLUMNS)] for index in (0, 1)]
    for number, names in enumerate(PROVINCES):
        grid.append([number + 1, *names, *(1 + number / 10 + at / 100 for at in range(len(COLUMNS)))])
    highest: list[Any] = list(grid[-1][3:])
    highest[-1] = sum(value for value, column in zip(highest, COLUMNS, strict=True) if ".D" in column[2])
    return [*grid, [999, "Highest", "Điểm cao nhất", *highest]]


def parsed_sheets(tmp_path: Path, sheets: dict[str, Grid]) -> ParsedBatch:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, grid in sheets.items():
        sheet = book.create_sheet(name)
        for row in grid:
            sheet.append(row)
    path = tmp_path / "workbook"
    book.save(path)
    return parse(document("PAPI.xlsx"), path, resolver=SimpleResolver())


def parsed_csv(tmp_path: Path, text: str, name: str = "papi_2023.csv") -> ParsedBatch:
    path = tmp_path / "file"
    path.write_text(text, "utf-8")
    return parse(document(name), path, resolver=SimpleResolver())


def refusal_of(read: Callable[[], object]) -> Refusal:
    with pytest.raises(Refused) as caught:
        read()
    refusal = caught.value.refusals[0]
    assert all((refusal.found, refusal.expected, refusal.text_en, refusal.text_vi, refusal.action))
    return refusal


# -- the real workbook --------------------------------------------------------------------------------------------


def test_the_real_workbook_has_six_years_and_leaves_out_what_it_leaves_out(shared_data: Path) -> None:
    batch = real(shared_data, WORKBOOK)
    counts = Counter(row["data_year"] for row in batch.figures.to_pylist())
    assert batch.source_key == "papi_workbook:2011-2016"
    assert dict(counts) == {2011: 1827, 2012: 1827, 2013: 1827, 2014: 1771, 2015: 1827, 2016: 1827}


def test_every_province_of_the_real_workbook_resolves(shared_data: Path) -> None:
    assert not {row["parse_issue"] for row in real(shared_data, WORKBOOK).figures.to_pylist()} - {None}


def test_a_known_cell_of_the_real_workbook_comes_with_its_place(shared_data: Path) -> None:
    row = next(
        row
        for row in real(shared_data, WORKBOOK).figures.to_pylist()
        if (row["data_year"], row["unit_text"], row["indicator_code"]) == (2016, "Hà Nội", "PAPI.SC32")
    )
    assert row["value"] == pytest.approx(1.045, abs=5e-4)
    assert (row["value_locator"], row["unit_locator"]) == ("2016_PAPI!O3", "2016_PAPI!C3")


def test_a_total_printed_over_blank_parts_is_noted(shared_data: Path) -> None:
    rows = real(shared_data, WORKBOOK).figures.to_pylist()
    noted = {
        (row["data_year"], row["unit_text"], row["value"])
        for row in rows
        if (row["note"] or "").startswith("total_without_parts")
    }
    assert noted == {(2014, "Bắc Giang", 0.0), (2014, "Đồng Tháp", 0.0)}


# -- the real CSV files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "figures"),
    [
        (2011, 1386),
        (2012, 1386),
        (2013, 1386),
        (2014, 1342),
        (2015, 1386),
        (2016, 1386),
        (2017, 1386),
        (2018, 1748),
        (2019, 1827),
        (2020, 1827),
        (2021, 1680),
        (2022, 1735),
    ],
)
def test_each_real_csv_gives_its_filled_cells_and_resolves(year: int, figures: int, shared_data: Path) -> None:
    batch = real(shared_data, f"papi_{year}.csv")
    rows = batch.figures.to_pylist()
    assert (len(rows), batch.source_key) == (figures, f"papi_csv:{year}")
    assert {row["parse_issue"] for row in rows} == {None}


@pytest.mark.parametrize("year", range(2011, 2017))
def test_csv_and_workbook_agree_once_columns_mean_what_they_hold(year: int, shared_data: Path) -> None:
    workbook = values(real(shared_data, WORKBOOK))
    from_csv = values(real(shared_data, f"papi_{year}.csv"))
    assert from_csv == pytest.approx({key: workbook[key] for key in from_csv}, abs=1e-8)


@pytest.mark.parametrize(
    ("year", "column", "indicator"),
    [
        (2011, "SC21", "PAPI.SC22"),
        (2017, "SC21", "PAPI.SC22"),
        (2018, "SC21", "PAPI.SC21"),
        (2015, "SC33", "PAPI.SC3_CIB"),
        (2016, "SC33", "PAPI.SC3_PIB"),
        (2018, "SC33", "PAPI.SC33"),
        (2019, "SC83", "PAPI.SC83"),
    ],
)
def test_a_column_means_what_was_measured_that_year(year: int, column: str, indicator: str, shared_data: Path) -> None:
    rows = real(shared_data, f"papi_{year}.csv").figures.to_pylist()
    assert {row["indicator_code"] for row in rows if row["indicator_text"] == column} == {indicator}


def test_an_inferred_meaning_says_so_on_every_figure(shared_data: Path) -> None:
    rows = real(shared_data, "papi_2017.csv").figures.to_pylist()
    inferred = {row["indicator_text"] for row in rows if "inferred" in row["note"]}
    assert inferred == {"SC21", "SC22", "SC23", "SC32", "SC33"}


def test_a_csv_figure_knows_its_line_and_column(shared_data: Path) -> None:
    row = real(shared_data, "papi_2011.csv").figures.to_pylist()[0]
    assert (row["unit_text"], row["unit_code"], row["value"]) == ("Hanoi", "ha_noi_2008", 1.26411)
    assert (row["value_locator"], row["unit_locator"]) == ("line 2, column SC11", "line 2, column Province")


def test_quang_ninh_2019_adds_up_to_what_is_known(shared_data: Path) -> None:
    rows = real(shared_data, "papi_2019.csv").figures.to_pylist()
    assert sum(row["value"] for row in rows if row["unit_code"] == "quang_ninh") == pytest.approx(46.66, abs=0.005)


@pytest.mark.parametrize("which", ["criteria", "provinces", "subcriteria"])
def test_a_real_code_book_agrees_and_gives_no_figures(which: str, shared_data: Path) -> None:
    batch = real(shared_data, f"codebook_{which}.csv")
    assert (batch.dataset, batch.source_key) == ("papi_codebook", f"papi_codebook:{which}")
    assert (batch.figures.num_rows, batch.figures.schema) == (0, FIGURE_SCHEMA)


def test_only_code_books_are_code_books(shared_data: Path) -> None:
    found = {path.name for path in (shared_data / "papi").iterdir() if is_codebook(path)}
    assert found == {"codebook_criteria.csv", "codebook_provinces.csv", "codebook_subcriteria.csv"}


# -- later years --------------------------------------------------------------------------------------------------


def test_a_later_workbook_is_read_without_new_code(tmp_path: Path) -> None:
    batch = parsed_sheets(tmp_path, {"2018_PAPI": year_sheet(), "2017_PAPI": year_sheet(), "Ghi chú": [["x"]]})
    assert (batch.source_key, batch.data_years) == ("papi_workbook:2017-2018", (2017, 2018))
    assert values(batch)[2018, "lao_cai", "PAPI.SC23"] == pytest.approx(1.17)
    assert "Ghi chú: no header of a known table" in batch.sheets_skipped


def test_a_later_csv_is_read_as_the_code_book_says(tmp_path: Path) -> None:
    batch = parsed_csv(tmp_path, "Province,SC21,SC51,SC83\nP06,1.5,,0.5\n")
    assert values(batch) == {(2023, "lao_cai", "PAPI.SC21"): 1.5, (2023, "lao_cai", "PAPI.SC83"): 0.5}


# -- cells that are wrong -----------------------------------------------------------------------------------------


def test_two_names_that_mean_two_provinces_are_ambiguous(tmp_path: Path) -> None:
    grid = year_sheet()
    grid[3][1] = "Yen Bai"
    rows = [row for row in parsed_sheets(tmp_path, {"2017_PAPI": grid}).figures.to_pylist() if row["parse_issue"]]
    assert {(row["unit_text"], row["unit_code"], row["parse_issue"], row["unit_candidates"]) for row in rows} == {
        ("Lào Cai", None, "name_ambiguous", "Lào Cai; Yen Bai")
    }


def test_text_in_a_csv_number_is_kept_and_marked(tmp_path: Path) -> None:
    row = parsed_csv(tmp_path, "Province,SC11\nP06,n/a\n").figures.to_pylist()[0]
    assert (row["value"], row["value_text"], row["parse_issue"]) == (None, "n/a", "not_a_number")


def test_a_province_code_no_code_book_knows_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("Province,SC11\nP64,1.0\n", "utf-8")
    row = parse(document("papi_2023.csv"), path).figures.to_pylist()[0]
    assert (row["unit_text"], row["unit_code"], row["parse_issue"]) == ("P64", None, "name_unresolved")


# -- files that are refused ---------------------------------------------------------------------------------------


def test_header_rows_of_two_languages_must_mean_one_indicator(tmp_path: Path) -> None:
    grid = year_sheet()
    grid[1][4], grid[1][5] = grid[1][5], grid[1][4]
    assert refusal_of(lambda: parsed_sheets(tmp_path, {"2017_PAPI": grid})).rule == "header_conflict"


def test_a_row_of_highest_scores_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    grid = year_sheet()
    del grid[4]
    refusal = refusal_of(lambda: parsed_sheets(tmp_path, {"2017_PAPI": grid}))
    assert (refusal.rule, refusal.place) == ("highest_row_disagrees", "2017_PAPI!D5")


def test_a_sheet_whose_name_is_no_year_is_refused(tmp_path: Path) -> None:
    assert refusal_of(lambda: parsed_sheets(tmp_path, {"Sheet1": year_sheet()})).rule == "year_missing"


def test_a_known_year_without_its_scores_is_refused(tmp_path: Path) -> None:
    assert refusal_of(lambda: parsed_sheets(tmp_path, {"2016_PAPI": year_sheet()})).rule == "unexpected_indicators"


def test_a_workbook_without_papi_scores_is_refused(tmp_path: Path) -> None:
    refusal = refusal_of(lambda: parsed_sheets(tmp_path, {"2017_PAPI": [["Tỉnh", "Điểm"], ["Lào Cai", 1]]}))
    assert (refusal.rule, "Tỉnh | Điểm" in refusal.found) == ("unknown_layout", True)


@pytest.mark.parametrize(
    ("text", "name", "rule"),
    [
        ("Province,SC11\nP01,1\n", "papi.csv", "year_missing"),
        ("Province,SC11\nP01,1\n", "papi_2010.csv", "year_missing"),
        ("Province,SC99\nP01,1\n", "papi_2023.csv", "unknown_header"),
        ("Tinh,SC11\nP01,1\n", "papi_2023.csv", "unknown_layout"),
        ("Province,SC24\nP01,1\n", "papi_2014.csv", "unknown_layout"),
        ("Province,SC52\nP01,1\n", "papi_2021.csv", "unknown_layout"),
        ("Variable_Code,Variable_Name\nC01,Participation\n", "codebook_criteria.csv", "code_book_disagrees"),
        ("Variable_Code,Variable_Name\nX1,Participation\n", "codebook_criteria.csv", "unknown_layout"),
        ("Variable_Code,Variable_Name\n", "codebook_criteria.csv", "unknown_layout"),
    ],
)
def test_a_csv_that_cannot_be_understood_is_refused(text: str, name: str, rule: str, tmp_path: Path) -> None:
    assert refusal_of(lambda: parsed_csv(tmp_path, text, name)).rule == rule
