"""A chart is drawn once and read in both languages, with nothing in it that styles or runs."""

from __future__ import annotations

import re

from tests.warehouse.scorecards.figures import broken, figure
from warehouse.scorecards.chart_specs import Step, trend, waterfall
from warehouse.scorecards.series import points_of


def test_words_and_decimal_signs_follow_the_language() -> None:
    part = Step(("Tham gia", "Taking part"), 40.0, 41.25, 1.25)
    drawing = waterfall([Step(("Năm 2021", "Year 2021"), 0, 40.0, None), part])
    vi, en = (drawing.inline(language, "w", "T", "D") for language in ("vi", "en"))  # type: ignore[arg-type]
    assert ">Tham gia<" in vi
    assert ">+1,25<" in vi
    assert ">Taking part<" in en
    assert ">+1.25<" in en
    assert "§" not in vi + en


def test_hostile_words_are_escaped() -> None:
    drawing = waterfall([Step(("<script>x", "<script>x"), 0, 1.0, None), Step(("b", "b"), 1.0, 2.0, 1.0)])
    svg = drawing.inline("vi", "w", '"><script>', "<b>")
    assert "<script" not in svg
    assert "<b>" not in svg


def test_a_picture_has_a_name_and_a_description_and_its_parts_none() -> None:
    drawing = trend(*points_of([figure(2018, 1.0), broken(2019, 2.0)]), places=2)
    svg = drawing.inline("en", "one", "Name", "What it shows")
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in svg
    assert 'role="img" aria-labelledby="one-title one-text"' in svg
    assert '<title id="one-title">Name</title><desc id="one-text">What it shows</desc>' in svg
    assert svg.count("role=") == 1


def test_nothing_in_a_picture_styles_runs_or_is_fetched() -> None:
    svg = trend(*points_of([figure(2018, 1.0), broken(2019, 2.0)]), places=2).inline("vi", "one", "T", "D")
    assert re.findall(r"<(?:script|style|image|use|foreignObject)|\sstyle=|\son\w+=|href=|url\(", svg) == []


def test_a_break_is_drawn_as_a_dashed_rule_with_its_letter() -> None:
    drawing = trend(*points_of([figure(2018, 1.0), broken(2019, 2.0), figure(2020, 2.5)]), places=2)
    svg = drawing.inline("vi", "a", "T", "D")
    assert 'stroke-dasharray="4,4"' in svg
    assert ">A<" in svg
