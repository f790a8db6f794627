"""The page of one index or part of one: the middle of the provinces over the years, its breaks, its newest league."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from warehouse.scorecards.chart_specs import trend
from warehouse.scorecards.league_view import LeagueView, league_of
from warehouse.scorecards.material import PROVINCES, RANKED_SHARE, Figure, Indicator, Material, Row
from warehouse.scorecards.pictures import Picture, Table
from warehouse.scorecards.series import Break, Point, named_breaks


@dataclass(frozen=True)
class Middle:
    """The median of one year over the provinces that have a value; they are `count`."""

    year: int
    count: int
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class IndicatorView:
    """Everything on the page of an indicator."""

    indicator: Indicator
    index: Row
    parts: tuple[Indicator, ...]
    middles: tuple[Middle, ...]
    picture: Picture | None
    breaks: tuple[Break, ...]
    league: LeagueView | None
    years: tuple[int, ...]


def view_of(material: Material, code: str) -> IndicatorView:
    """The view of one indicator."""
    indicator = material.indicators[code]
    figures = [one for one in material.of_indicator.get(code, []) if one.unit_type == "province"]
    published = [one for one in figures if one.boundary == "published"]
    middles = middles_of(published)
    breaks = named_breaks(material.breaks.get(code, []), published)
    known = [one for one in material.of_indicator.get(code, []) if one.value is not None or one.rank is not None]
    years = tuple(sorted({one.year for one in known}))
    full = middles[-1].year if middles else (years[-1] if years else None)
    return IndicatorView(
        indicator=indicator,
        index=next(row for row in material.indices if row["index_code"] == indicator.index_code),
        parts=tuple(
            one
            for one in material.indicators.values()
            if one.parent_code == code and one.code in material.of_indicator
        ),
        middles=middles,
        picture=_picture(indicator, middles, breaks),
        breaks=breaks,
        league=league_of(material, code, full, is_drawn=False) if full and not indicator.is_total else None,
        years=years,
    )


def middles_of(figures: Sequence[Figure]) -> tuple[Middle, ...]:
    """A median a year, only where enough provinces have a value: of a few it would speak of whom the press named."""
    by_year: dict[int, list[float]] = defaultdict(list)
    for one in figures:
        if one.value is not None:
            by_year[one.year].append(one.value)
    found = []
    for year, values in sorted(by_year.items()):
        if len(values) >= RANKED_SHARE * PROVINCES["published"]:
            low, _, high = quantiles(values, n=4, method="inclusive")
            found.append(Middle(year, len(values), median(values), low, high))
    return tuple(found)


def _picture(indicator: Indicator, middles: Sequence[Middle], breaks: Sequence[Break]) -> Picture | None:
    if len(middles) < 2:
        return None
    cut = {one.year for one in breaks}
    points = []
    piece = 0
    for place, middle in enumerate(middles):
        if place:
            before = middles[place - 1].year
            piece += middle.year - before > 1 or middle.year in cut
        points.append(Point(middle.year, middle.median, piece, "circle"))
    shown = [one for one in breaks if middles[0].year < one.year <= middles[-1].year]
    spread = {one.year: (one.low, one.high) for one in middles}
    name = indicator.name
    return Picture(
        name=f"indicators/{indicator.code.lower()}-median",
        drawing=trend(points, shown, places=indicator.places, spread=spread),
        title=(f"{name[0]}: trung vị các tỉnh, thành phố", f"{name[1]}: median of provinces"),
        text=(
            "Điểm là trung vị, vạch đứng là nửa giữa các tỉnh; đường bị ngắt nơi hai năm không so sánh được.",
            "A dot is the median, an upright line the middle half of provinces; the line is interrupted where two "
            "years cannot be compared.",
        ),
        table=Table(
            ("indicator_code", "data_year", "boundary", "provinces_with_value", "median", "quartile_low",
             "quartile_high", "is_break"),
            tuple((indicator.code, one.year, "published", one.count, one.median, one.low, one.high, one.year in cut)
                  for one in middles),
        ),
    )  # fmt: skip
