"""PCI workbooks: the real nine, later years in the known shapes, and what must be refused."""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingestion.pci import parse
from tests.ingestion.pci_workbooks import PARTS, PROVINCES, Grid, one_province_column, score, side_by_side, total
from tests.ingestion.simple_resolver import SimpleResolver
from warehouse.errors import Refusal, Refused
from warehouse.figures import ParsedBatch, SourceDocument


def document(name: str) -> SourceDocument:
    return SourceDocument("doc_0123456789abcdef", "ab" * 32, "pci", name, 1, "application/octet-stream", "", "")


def written(tmp_path: Path, *grids: Grid, names: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    for index, grid in enumerate(grids):
        sheet = book.active if index == 0 else book.create_sheet()
        sheet.title = names[index] if index < len(names) else f"Bảng {index + 1}"
        for row in grid:
            sheet.append(row)
    path = tmp_path / "workbook"
    book.save(path)
    return path


def parsed(tmp_path: Path, *grids: Grid, name: str = "PCI.xlsx", names: Sequence[str] = ()) -> ParsedBatch:
    return parse(document(name), written(tmp_path, *grids, names=names), resolver=SimpleResolver())


def refused(tmp_path: Path, *grids: Grid, name: str = "PCI.xlsx") -> Refusal:
    with pytest.raises(Refused) as caught:
        parsed(tmp_path, *grids, name=name)
    refusal = caught.value.refusals[0]
    assert all((refusal.found, refusal.expected, refusal.text_en, refusal.text_vi, refusal.action))
    return refusal


def values(batch: ParsedBatch) -> dict[tuple[str | None, str], tuple[float | None, int | None]]:
    return {(row["unit_code"], row["indicator_code"]): (row["value"], row["rank"]) for row in batch.figures.to_pylist()}


def expected_values() -> dict[tuple[str | None, str], tuple[float | None, int | None]]:
    codes = [SimpleResolver().resolve(name, unit_type="province", data_year=2014).unit_code for name in PROVINCES]
    found: dict[tuple[str | None, str], tuple[float | None, int | None]] = {
        (code, part[3]): (score(index, number), None)
        for index, code in enumerate(codes)
        for number, part in enumerate(PARTS)
    }
    return found | {(code, "PCI"): (total(index), index + 1) for index, code in enumerate(codes)}


# -- the real workbooks -------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def real(folder: Path, year: int) -> ParsedBatch:
    name = f"PCI_{year}.{'xlsx' if year >= 2012 else 'xls'}"
    return parse(document(name), folder / "pci" / name)


def row_of(batch: ParsedBatch, unit_code: str, indicator: str) -> dict[str, Any]:
    return next(
        row for row in batch.figures.to_pylist() if row["unit_code"] == unit_code and row["indicator_code"] == indicator
    )


@pytest.mark.parametrize(
    ("year", "units", "figures", "form"),
    [
        (2005, 42, 420, "one_province_column"),
        (2006, 64, 704, "one_province_column"),
        (2007, 64, 768, "one_province_column"),
        (2008, 64, 768, "side_by_side"),
        (2009, 63, 630, "one_province_column"),
        (2010, 63, 693, "side_by_side"),
        (2011, 63, 630, "side_by_side"),
        (2012, 63, 630, "side_by_side"),
        (2013, 63, 693, "side_by_side"),
    ],
)
def test_each_real_year_has_all_its_provinces_and_scores(
    year: int, units: int, figures: int, form: str, shared_data: Path
) -> None:
    batch = real(shared_data, year)
    rows = batch.figures.to_pylist()
    counts = Counter(row["indicator_code"] for row in rows if row["unit_code"] and row["value"] is not None)
    assert set(counts.values()) == {units}
    assert (sum(counts.values()), batch.layout_id, batch.source_key) == (figures, f"pci/{form}", f"pci:{year}")


@pytest.mark.parametrize("year", range(2005, 2014))
def test_real_totals_are_the_ones_published_elsewhere(year: int, shared_data: Path) -> None:
    facts = shared_data.parent / "facts" / "papi_pci_totals.csv"
    with facts.open(encoding="utf-8") as file:
        published = sorted(
            float(row["value"])
            for row in csv.DictReader(file)
            if row["index_code"] == "PCI" and row["year"] == str(year)
        )
    rows = real(shared_data, year).figures.to_pylist()
    read = sorted(row["value"] for row in rows if row["indicator_code"] == "PCI" and row["unit_code"])
    assert read == pytest.approx(published, abs=6e-5)


@pytest.mark.parametrize(
    ("year", "unit", "indicator", "value", "place", "unit_place"),
    [
        (2005, "can_tho", "PCI.ENTRY_COSTS", 6.127855759870587, "Bảng tóm tắt chỉ số!F3", "Bảng tóm tắt chỉ số!A3"),
        (2006, "ha_tay", "PCI", 40.7300, "PCI Tóm tắt!M64", "PCI Tóm tắt!B64"),
        (2007, "binh_duong", "PCI.UNWEIGHTED", 76.0240, "Tóm tắt các chỉ số PCI !O2", "Tóm tắt các chỉ số PCI !A2"),
        (2008, "dong_thap", "PCI.LAND_ACCESS", 8.0540, "Tổng hợp!E3", "Tổng hợp!D3"),
        (2009, "lao_cai", "PCI", 70.4660, "Tong Hop!M60", "Tong Hop!C60"),
        (2010, "quang_tri", "PCI.ENTRY_COSTS", 8.11149, "Tong hop!C2", "Tong hop!B2"),
        (2013, "da_nang", "PCI", 66.4530, "Summary_VN!W2", "Summary_VN!V2"),
    ],
)
def test_known_real_cells_come_with_their_places(
    year: int, unit: str, indicator: str, value: float, place: str, unit_place: str, shared_data: Path
) -> None:
    row = row_of(real(shared_data, year), unit, indicator)
    assert row["value"] == pytest.approx(value, abs=6e-4)
    assert (row["value_locator"], row["unit_locator"]) == (place, unit_place)


@pytest.mark.parametrize("year", range(2005, 2014))
def test_every_real_cell_is_read_and_every_name_resolves(year: int, shared_data: Path) -> None:
    assert not [row for row in real(shared_data, year).figures.to_pylist() if row["parse_issue"]]


@pytest.mark.parametrize(
    ("year", "ranked"),
    [(2005, 42), (2006, 0), (2007, 64), (2008, 0), (2009, 63), (2010, 63), (2011, 63), (2012, 63), (2013, 63)],
)
def test_ranks_are_read_where_the_year_prints_them(year: int, ranked: int, shared_data: Path) -> None:
    rows = real(shared_data, year).figures.to_pylist()
    assert sum(row["rank"] is not None for row in rows) == ranked


def test_the_rank_of_2005_comes_from_the_ranking_sheet(shared_data: Path) -> None:
    row = row_of(real(shared_data, 2005), "da_nang", "PCI")
    assert (row["rank"], row["rank_locator"]) == (2, "Xếp hạng theo chỉ số PCI!C3")


def test_the_order_number_beside_side_by_side_scores_is_no_rank(shared_data: Path) -> None:
    rows = real(shared_data, 2008).figures.to_pylist()
    assert not any(row["rank_text"] for row in rows)


def test_the_year_before_the_merger_keeps_ha_tay_and_its_map(shared_data: Path) -> None:
    assert row_of(real(shared_data, 2008), "ha_tay", "PCI")["geography_version"] == "64"


def test_the_english_summary_of_2013_was_compared(shared_data: Path) -> None:
    assert any(note.startswith("Summary: agrees with 'Summary_VN'") for note in real(shared_data, 2013).sheets_skipped)


def test_every_sheet_is_read_or_named_with_its_reason(shared_data: Path) -> None:
    batch = real(shared_data, 2007)
    named = {*batch.sheets_read, *(note.split(": ")[0] for note in batch.sheets_skipped)}
    assert {"Sheet1", "CP gia nhập thị trường", "Thiết chế pháp lý", "Tóm tắt các chỉ số PCI "} <= named


# -- later years in known shapes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [0, 1, 2])
@pytest.mark.parametrize("shape", [one_province_column, side_by_side])
def test_a_later_year_in_a_known_shape_is_read_without_new_code(shape: Any, language: int, tmp_path: Path) -> None:
    batch = parsed(tmp_path, shape(language))
    assert batch.data_years == (2014,)
    assert values(batch) == expected_values()


def test_the_order_of_columns_does_not_matter(tmp_path: Path) -> None:
    grid = one_province_column()
    order = list(range(len(grid[0])))
    random.Random(14).shuffle(order)
    assert values(parsed(tmp_path, [[row[index] for index in order] for row in grid])) == expected_values()


def test_the_order_of_side_by_side_pairs_does_not_matter(tmp_path: Path) -> None:
    grid = [row + [None] * (len(side_by_side()[0]) - len(row)) for row in side_by_side()]
    grid[0][1] = None  # the word for province stands over the first pair only; here over none but the last
    pairs = list(range(1, len(grid[0]), 2))
    random.Random(15).shuffle(pairs)
    shuffled = [[row[0], *(cell for at in pairs for cell in row[at : at + 2])] for row in grid[: len(PROVINCES) + 1]]
    assert values(parsed(tmp_path, shuffled)) == expected_values()


def test_a_title_above_the_header_gives_the_year(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[0][-1] = "Có trọng số"
    batch = parsed(tmp_path, [["Chỉ số năng lực cạnh tranh cấp tỉnh 2015"], [], *grid])
    assert (batch.data_years, batch.title) == ((2015,), "Chỉ số năng lực cạnh tranh cấp tỉnh 2015")


def test_summary_rows_and_notes_below_are_not_data(tmp_path: Path) -> None:
    grid = one_province_column()
    low = [None, "Điểm thấp nhất mẫu", None, None, *[1.0] * (len(PARTS) + 1)]
    batch = parsed(tmp_path, [*grid, low, [None, None, None, "Trung vị", *low[4:]], [], ["Nguồn: VCCI"]])
    assert values(batch) == expected_values()


def test_the_same_bytes_are_the_same_batch(tmp_path: Path) -> None:
    assert parsed(tmp_path, one_province_column()).batch_id == parsed(tmp_path, side_by_side()).batch_id


# -- cells that are wrong -----------------------------------------------------------------------------------------


def test_text_in_a_number_cell_is_kept_and_marked(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[3][5] = "chưa có"
    rows = [row for row in parsed(tmp_path, grid).figures.to_pylist() if row["parse_issue"]]
    assert [(row["value"], row["value_text"], row["value_locator"], row["parse_issue"]) for row in rows] == [
        (None, "chưa có", "Bảng 1!F4", "not_a_number")
    ]


def test_a_decimal_comma_is_read_and_told(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[1][4] = "7,25"
    row = parsed(tmp_path, grid).figures.to_pylist()[0]
    assert (row["value"], row["decimal_mark"]) == (7.25, "comma")


def test_an_unknown_province_is_kept_with_candidates(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[2][1] = "Xyz Bái"
    rows = [row for row in parsed(tmp_path, grid).figures.to_pylist() if row["unit_text"] == "Xyz Bái"]
    assert len(rows) == len(PARTS) + 1
    assert {(row["unit_code"], row["parse_issue"], row["unit_candidates"]) for row in rows} == {
        (None, "name_unresolved", "Yên Bái [yen_bai] 61 %")
    }


def test_a_province_that_stands_twice_is_handed_over_twice(tmp_path: Path) -> None:
    grid = one_province_column()
    grid.append(list(grid[1]))
    rows = parsed(tmp_path, grid).figures.to_pylist()
    assert Counter(row["unit_code"] for row in rows if row["indicator_code"] == "PCI")["lao_cai"] == 2


def test_a_blank_score_is_no_figure(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[1][4] = None
    assert ("lao_cai", "PCI.ENTRY_COSTS") not in values(parsed(tmp_path, grid))


def test_a_rank_that_is_no_whole_number_is_marked(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[1][2] = 1.5
    row = next(row for row in parsed(tmp_path, grid).figures.to_pylist() if row["indicator_code"] == "PCI")
    assert (row["rank"], row["rank_text"], row["parse_issue"]) == (None, "1.5", "rank_not_a_number")


# -- workbooks that are refused -----------------------------------------------------------------------------------


def test_a_renamed_header_over_numbers_is_refused_with_the_nearest_words(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[0][4] = "Chi phí gia nhập ngành"
    refusal = refused(tmp_path, grid)
    assert (refusal.rule, refusal.place, refusal.found) == ("unknown_header", "Bảng 1!E1", "Chi phí gia nhập ngành")
    assert "Chi phí gia nhập thị trường" in refusal.expected


def test_a_table_whose_province_header_is_unknown_is_refused(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[0][1] = "Nơi khảo sát"
    assert refused(tmp_path, grid).rule == "no_province_column"


def test_a_column_of_numbers_without_a_header_is_refused(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[0][4] = None
    assert refused(tmp_path, grid).rule == "unknown_header"


def test_two_columns_of_one_meaning_are_refused(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[0][5] = grid[0][4]
    assert refused(tmp_path, grid).rule == "duplicate_indicator"


def test_header_rows_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    vietnamese, english = one_province_column(0), one_province_column(2)
    english[0][4], english[0][5] = english[0][5], english[0][4]
    english[0][2] = "Ranking"
    assert refused(tmp_path, [english[0], *vietnamese]).rule == "header_conflict"


def test_names_and_scores_that_changed_places_are_refused(tmp_path: Path) -> None:
    grid = one_province_column()
    for row in grid[1:]:
        row[1], row[4] = row[4], row[1]
    assert refused(tmp_path, grid).rule == "column_shape"


def test_a_side_by_side_score_whose_provinces_were_deleted_is_refused(tmp_path: Path) -> None:
    grid = [row[:3] + row[4:] for row in side_by_side()]
    assert refused(tmp_path, grid).rule == "column_without_provinces"


def test_provinces_below_a_blank_row_are_refused(tmp_path: Path) -> None:
    grid = one_province_column()
    refusal = refused(tmp_path, [*grid[:4], [], *grid[4:]])
    assert (refusal.rule, refusal.place) == ("rows_after_table", "Bảng 1!A6")


def test_an_unknown_workbook_names_sheet_header_and_nearest_layout(tmp_path: Path) -> None:
    refusal = refused(tmp_path, [["Đơn vị", "Số hồ sơ"], ["Lào Cai", 12]])
    assert refusal.rule == "unknown_layout"
    assert "Bảng 1" in refusal.place
    assert "Đơn vị | Số hồ sơ" in refusal.found
    assert "nearest known layout: pci as in" in refusal.expected


def test_a_summary_without_its_total_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, [row[:-1] for row in one_province_column()]).rule == "unknown_layout"


def test_a_known_year_with_other_scores_than_it_had_is_refused(tmp_path: Path) -> None:
    refusal = refused(tmp_path, one_province_column(0, 2012))
    assert refusal.rule == "unexpected_indicators"
    assert "PCI.POLICY_BIAS" in refusal.found


def test_a_header_and_a_file_name_of_different_years_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, one_province_column(), name="PCI_2015.xlsx").rule == "year_conflict"


def test_a_workbook_that_tells_no_year_is_refused(tmp_path: Path) -> None:
    grid = one_province_column()
    grid[0][-1] = "Có trọng số"
    assert refused(tmp_path, grid).rule == "year_missing"


def test_two_summaries_that_disagree_are_refused_with_both_places(tmp_path: Path) -> None:
    english = side_by_side(2)
    english[3][2] += 0.001
    refusal = refused(tmp_path, side_by_side(), english)
    assert refusal.rule == "sheets_disagree"
    assert ("Bảng 1!" in refusal.place, "Bảng 2!" in refusal.place) == (True, True)


def test_a_ranking_sheet_whose_total_differs_is_refused(tmp_path: Path) -> None:
    summary = [row[:2] + row[3:] for row in one_province_column()]
    ranking = [[row[1], row[-1], row[2]] for row in one_province_column()]
    ranking[2][1] += 1
    assert refused(tmp_path, summary, ranking).rule == "sheets_disagree"


def test_a_ranking_sheet_gives_the_summary_its_ranks(tmp_path: Path) -> None:
    summary = [row[:2] + row[3:] for row in one_province_column()]
    ranking = [[row[1], row[-1], row[2]] for row in one_province_column()]
    assert values(parsed(tmp_path, summary, ranking)) == expected_values()
