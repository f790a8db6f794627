"""The cell among its neighbours: locators taken apart, headings found, and what is kept of a document."""

from __future__ import annotations

from typing import Any

import pytest

from ingestion.surroundings import _near, _short
from warehouse.surroundings import Spot, Surroundings, column_index, column_letters, spot_of


@pytest.mark.parametrize(
    ("locator", "spot"),
    [
        ("Tổng hợp!AB64", Spot("sheet", "Tổng hợp", 64, "AB")),
        ("page 2, table row 13, column Điểm số", Spot("pdf", "page 2", 13, "Điểm số")),
        ("page 1, table 2 row 3, column Thứ hạng", Spot("pdf", "page 1, table 2", 3, "Thứ hạng")),
        ("line 57, column SC82", Spot("text", "", 57, "SC82")),
        ("record 7 $[0].NTTQG_TOTAL", Spot("json", "record 7 $", 0, "NTTQG_TOTAL")),
        ("record 3 $.data[14].TTTT", Spot("json", "record 3 $.data", 14, "TTTT")),
        (None, None),
        ("somewhere", None),
    ],
)
def test_a_locator_is_taken_apart(locator: str | None, spot: Spot | None) -> None:
    assert spot_of(locator) == spot


def test_letters_of_columns_go_both_ways() -> None:
    assert [column_index(column_letters(at)) for at in (0, 25, 26, 701, 702)] == [0, 25, 26, 701, 702]


def _row(place: str, number: int, *cells: str, is_heading: bool = False) -> dict[str, Any]:
    return {
        "source_document_id": "doc", "place": place, "row_number": number, "is_heading": is_heading,
        "cells": list(cells),
    }  # fmt: skip


def test_a_cell_stands_among_its_headings_and_neighbours() -> None:
    known = Surroundings(
        [
            _row("S", 1, "Tỉnh", "2011", "Tỉnh", "2012", is_heading=True),
            _row("S", 4, "Bắc Giang", "50", "Huế", "61"),
            _row("S", 5, "Cà Mau", "49", "An Giang", "60,5"),
        ]
    )

    found = known.around("doc", "S!D5")

    assert found is not None
    assert found.columns == ("A", "B", "C", "D")
    assert found.columns[found.marked_column or 0] == "D"
    assert [row.row_number for row in found.rows] == [1, 4, 5]
    assert found.rows[-1].cells[-2:] == ("An Giang", "60,5")


def test_a_column_is_found_by_its_heading_on_the_first_page_of_a_table() -> None:
    known = Surroundings(
        [_row("page 1", 1, "Đơn vị", "Điểm số", is_heading=True), _row("page 2", 2, "Huế", "89,1")]
    )
    found = known.around("doc", "page 2, table row 2, column Điểm số")
    assert found is not None
    assert found.marked_column == 1


def test_a_field_of_an_answer_is_found_by_its_key() -> None:
    known = Surroundings([_row("record 3 $", 0, '"HS_TOTAL": "9595"', '"TILE": "97,94"')])
    found = known.around("doc", "record 3 $[0].TILE")
    assert found is not None
    assert (found.kind, found.marked_column) == ("json", 1)


def test_what_is_not_known_is_not_guessed() -> None:
    known = Surroundings([_row("S", 5, "Cà Mau")])
    assert known.around("doc", "S!D9") is None
    assert known.around("other", "S!D5") is None


def test_rows_beside_figures_and_the_headings_above_are_kept_and_no_others() -> None:
    rows = [("S", number, (str(number),) if number != 3 else ("",)) for number in range(1, 21)]
    kept = [(row[1], is_heading) for row, is_heading in _near(rows, {10, 14})]
    assert kept == [(6, True), (7, True), (8, True), (9, True), (10, False), (11, False), (13, False), (14, False),
                    (15, False)]  # fmt: skip


def test_hostile_text_becomes_one_short_line() -> None:
    assert _short("a\x00b\n c\u202e") == "a b c"
    assert len(_short("x" * 5000)) == 160
