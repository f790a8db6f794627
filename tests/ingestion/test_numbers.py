"""What counts as a number in a cell, and what must stay text."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.numbers import read_number


@pytest.mark.parametrize(
    ("cell", "value", "mark"),
    [
        ("12,5", 12.5, "comma"),
        ("12.5", 12.5, "point"),
        ("1.234,5", 1234.5, "comma"),
        ("1,234.5", 1234.5, "point"),
        ("1.234.567", 1234567.0, "comma"),
        ("1\u00a0234,5", 1234.5, "comma"),
        (" 87,96 ", 87.96, "comma"),
        ("-0,5", -0.5, "comma"),
        ("\u22120,5", -0.5, "comma"),
        ("7", 7.0, None),
        ("3.2e-05", 3.2e-05, "point"),
        (42, 42.0, None),
        (76.819, 76.819, None),
    ],
)
def test_numbers_are_read_with_their_mark(cell: str | float, value: float, mark: str | None) -> None:
    reading = read_number(cell)
    assert (reading.value, reading.decimal_mark, reading.is_number) == (value, mark, True)


def test_one_point_before_three_digits_is_a_decimal_mark() -> None:
    assert read_number("1.264").value == 1.264


@pytest.mark.parametrize(
    "cell",
    [
        "n/a",
        "-",
        "87,96%",
        "12,5,3",
        "1.23,4.5",
        "12.34.567",
        "12 5",
        "#DIV/0!",
        "nan",
        "inf",
        "١٢",
        "1e999",
        "0x1F",
        True,
        date(2020, 3, 12),
        float("nan"),
        float("inf"),
    ],
)
def test_what_is_not_plainly_a_number_stays_text(cell: str | bool | float | date) -> None:
    reading = read_number(cell)
    assert (reading.value, reading.is_number) == (None, False)
    assert reading.text


@pytest.mark.parametrize("cell", [None, "", "  ", "\u00a0"])
def test_a_blank_is_neither_a_number_nor_text(cell: str | None) -> None:
    reading = read_number(cell)
    assert reading.is_blank
    assert not reading.is_number


def test_a_whole_number_cell_keeps_no_decimal_point_in_its_text() -> None:
    assert read_number(42.0).text == "42"


@given(st.text(max_size=50))
def test_any_text_is_read_without_raising(text: str) -> None:
    assert read_number(text).is_number in (True, False)


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_a_number_cell_keeps_its_value_exactly(number: float) -> None:
    assert read_number(number).value == number
