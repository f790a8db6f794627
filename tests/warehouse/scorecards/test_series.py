"""A line is drawn only between years that can be compared."""

from __future__ import annotations

from tests.warehouse.scorecards.figures import broken, figure, marks
from warehouse.scorecards.indicator_view import middles_of
from warehouse.scorecards.series import letter_of, named_breaks, points_of


def pieces(*figures: object) -> list[tuple[int, int]]:
    return [(point.year, point.piece) for point in points_of(figures)[0]]  # type: ignore[arg-type]


def test_the_line_is_cut_before_a_year_that_cannot_be_compared() -> None:
    assert pieces(figure(2018, 1.0), broken(2019, 2.0), figure(2020, 3.0)) == [(2018, 0), (2019, 1), (2020, 1)]


def test_the_line_is_cut_after_a_missing_year_which_is_no_break() -> None:
    later = figure(2021, 3.0, previous_value=None, change=None, is_comparable=False, reason="previous_missing")
    points, breaks = points_of([figure(2019, 1.0), figure(2020, None), later])
    assert [(point.year, point.piece) for point in points] == [(2019, 0), (2021, 1)]
    assert breaks == ()


def test_a_break_is_named_with_its_reason() -> None:
    (only,) = points_of([figure(2018, 1.0), broken(2019, 2.0)])[1]
    assert (only.letter, only.year, only.reason, only.text) == ("A", 2019, "method_changed", ("Vì thế.", "Because."))


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert pieces(broken(2019, 2.0), figure(2018, 1.0)) == [(2018, 0), (2019, 1)]


def test_what_a_value_rests_on_decides_the_shape_of_its_point() -> None:
    points, _ = points_of([
        figure(2018, 1.0), figure(2019, 1.0, basis="derived"), figure(2020, 1.0, basis="backcast"),
        figure(2021, 1.0, basis="derived", marks=marks("conflict")),
    ])  # fmt: skip
    assert [point.shape for point in points] == ["circle", "square", "triangle-up", "diamond"]


def test_a_break_inherited_from_a_part_is_a_break_and_the_declared_word_comes_first() -> None:
    rows = [
        {"first_year": 2019, "origin": origin, "reason": "method_changed", "text_vi": origin, "text_en": origin,
         "legal_basis": None}
        for origin in ("inherited", "declared")
    ] + [{"first_year": 2021, "origin": "inherited", "reason": "method_changed", "text_vi": "v", "text_en": "e",
          "legal_basis": None}]  # fmt: skip
    assert [(one.letter, one.year, one.text[1]) for one in named_breaks(rows)] == [
        ("A", 2019, "declared"), ("B", 2021, "e"),
    ]  # fmt: skip


def test_a_year_most_figures_of_which_are_withheld_is_a_break_though_no_row_says_so() -> None:
    figures = [broken(2020, 1.0), broken(2020, 2.0), figure(2020, 3.0), figure(2021, 4.0)]
    assert [(one.year, one.reason) for one in named_breaks([], figures)] == [(2020, "method_changed")]


def test_letters_go_on_after_z() -> None:
    assert [letter_of(place) for place in (0, 25, 26, 27)] == ["A", "Z", "AA", "AB"]


def test_a_median_of_a_few_provinces_is_not_made() -> None:
    few = [figure(2023, float(place)) for place in range(10)]
    many = [figure(2022, float(place)) for place in range(40)]
    assert [(middle.year, middle.count, middle.median) for middle in middles_of(few + many)] == [(2022, 40, 19.5)]
