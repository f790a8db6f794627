"""A series over years or months as it may be drawn: cut into pieces wherever two neighbours cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.scorecards.material import Figure, Row
from warehouse.scorecards.wording import Words

#: The shape of a point says what its value rests on; colour says nothing.
SHAPES: dict[str, Words] = {
    "circle": ("công bố", "published"),
    "square": ("cộng từ các phần", "added up from parts"),
    "triangle-up": ("quy về bản đồ 2025", "on the map of 2025"),
    "diamond": ("nguồn mâu thuẫn hoặc chưa chắc chắn", "sources disagree, or not final"),
}
_DOUBTFUL = frozenset({"conflict", "provisional"})


@dataclass(frozen=True)
class Point:
    """One value of a series; points of one `piece` are joined by a line."""

    year: int
    value: float
    piece: int
    shape: str


@dataclass(frozen=True)
class Break:
    """Where a line is interrupted because the year cannot be compared with the one before it."""

    letter: str
    year: int
    reason: str
    text: Words
    legal_basis: str | None


def letter_of(place: int) -> str:
    """A, B … Z, AA."""
    head, tail = divmod(place, 26)
    return (letter_of(head - 1) if head else "") + chr(ord("A") + tail)


def points_of(figures: Sequence[Figure]) -> tuple[tuple[Point, ...], tuple[Break, ...]]:
    """The points of one unit and indicator in order of year, and the breaks between them.

    The line is interrupted before every year that is not comparable, whatever the reason, so also after a missing year;
    a break is named only where both years have a value.
    """
    points: list[Point] = []
    breaks: list[Break] = []
    piece = 0
    for figure in sorted(figures, key=lambda one: one.year):
        if figure.value is None:
            continue
        if points and not figure.is_comparable:
            piece += 1
        if points and figure.breaks_series and figure.reason is not None:
            breaks.append(
                Break(letter_of(len(breaks)), figure.year, figure.reason, figure.reason_text, figure.legal_basis)
            )
        points.append(Point(figure.year, figure.value, piece, _shape(figure)))
    return tuple(points), tuple(breaks)


#: Who speaks first where several reasons meet in one year: what a source declares before what was inferred.
_ORIGINS = ("declared", "components", "maximum", "inherited", "detected")


def named_breaks(rows: Sequence[Row], figures: Sequence[Figure] = ()) -> tuple[Break, ...]:
    """One break a year of an indicator, from its rows of `dim_indicator_break`.

    A year in which most of `figures` that could be compared may not be is a break too, whatever the rows say: a line
    through it would show a change that the release withholds.
    """
    order = {origin: place for place, origin in enumerate(_ORIGINS)}
    chosen: dict[int, tuple[str, Words, str | None]] = {}
    for row in sorted(rows, key=lambda one: order.get(one["origin"], len(order))):
        chosen.setdefault(row["first_year"], (row["reason"], (row["text_vi"], row["text_en"]), row["legal_basis"]))
    for year in {one.year for one in figures}:
        both = [one for one in figures if one.year == year and one.value is not None and one.previous_value is not None]
        cut = [one for one in both if not one.is_comparable]
        if cut and 2 * len(cut) >= len(both):
            chosen.setdefault(year, (cut[0].reason or "", cut[0].reason_text, cut[0].legal_basis))
    return tuple(Break(letter_of(place), year, *chosen[year]) for place, year in enumerate(sorted(chosen)))


def _shape(figure: Figure) -> str:
    if _DOUBTFUL & {mark.code for mark in figure.marks}:
        return "diamond"
    return {"derived": "square", "backcast": "triangle-up"}.get(figure.basis, "circle")
