"""The charts of the pages. All are readable in black and white: what differs, differs in shape, dash, fill or label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from warehouse.scorecards.drawing import ACCENT, INK, PALE, QUIET, Drawing, Lexicon, drawn
from warehouse.scorecards.series import Break, Point
from warehouse.scorecards.wording import Words

_WIDTH = 620
#: More years than that are named every second one, or their names would run into each other.
_YEARS_NAMED = 15
#: From the lowest quarter to the highest: lightness alone tells them apart, so does a copy in grey.
_QUARTERS = ["#ffffff", "#e4ebf3", "#aac3dd", "#5c88b5", "#1f4e79"]


def trend(
    points: Sequence[Point],
    breaks: Sequence[Break],
    *,
    places: int,
    spread: dict[int, tuple[float, float]] | None = None,
) -> Drawing:
    """A line over the years, interrupted at every break, which a dashed rule and its letter mark.

    `spread` is drawn as an upright rule at a year: the middle half of the provinces, for one.
    """
    ends = [point.value for point in points] + [end for pair in (spread or {}).values() for end in pair]
    low, high = min(ends), max(ends)
    margin = (high - low or abs(high) or 1.0) * 0.18
    years = list(range(points[0].year, points[-1].year + 1))
    named = years if len(years) <= _YEARS_NAMED else years[::2]
    rows = [
        {"year": point.year, "value": point.value, "piece": point.piece, "shape": point.shape,
         "label": f"{point.value:.{min(places, 2)}f}", "side": _side(points, place)}
        for place, point in enumerate(points)
    ]  # fmt: skip
    x = {"field": "year", "type": "quantitative", "title": None,
         "scale": {"domain": [years[0] - 0.5, years[-1] + 0.5], "nice": False},
         "axis": {"values": named, "format": "d", "grid": False}}  # fmt: skip
    y = {"field": "value", "type": "quantitative", "title": None,
         "scale": {"domain": [low - margin * 1.3, high + margin * 1.4], "nice": False, "zero": False},
         "axis": {"tickCount": 4, "format": ".1f" if high - low > 0.5 else ".2f"}}  # fmt: skip
    layers: list[dict[str, Any]] = []
    if breaks:
        marks = [{"at": one.year - 0.5, "letter": one.letter} for one in breaks]
        layers += [
            {"data": {"values": marks}, "mark": {"type": "rule", "strokeDash": [4, 4], "color": INK},
             "encoding": {"x": {**x, "field": "at"}}},
            {"data": {"values": marks},
             "mark": {"type": "text", "align": "left", "dx": 3, "fontSize": 12, "fontWeight": "bold", "color": INK},
             "encoding": {"x": {**x, "field": "at"}, "y": {"value": 6}, "text": {"field": "letter"}}},
        ]  # fmt: skip
    if spread:
        bars = [{"year": year, "value": ends[0], "high": ends[1]} for year, ends in spread.items()]
        layers.append({"data": {"values": bars},
                       "mark": {"type": "rule", "color": QUIET, "strokeWidth": 3, "opacity": 0.5},
                       "encoding": {"x": x, "y": y, "y2": {"field": "high"}}})  # fmt: skip
    layers += [
        {"mark": {"type": "line", "color": ACCENT, "strokeWidth": 2},
         "encoding": {"x": x, "y": y, "detail": {"field": "piece"}}},
        {"mark": {"type": "point", "filled": True, "size": 60, "color": ACCENT, "opacity": 1},
         "encoding": {"x": x, "y": y, "shape": {"field": "shape", "type": "nominal", "scale": None}}},
        *(
            {"transform": [{"filter": f"datum.side == '{side}'"}],
             "mark": {"type": "text", "dy": dy, "fontSize": 11, "color": INK},
             "encoding": {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}}}
            for side, dy in (("above", -11), ("below", 13))
        ),
    ]  # fmt: skip
    return drawn({"width": _WIDTH, "height": 170, "data": {"values": rows}, "layer": layers})


def _side(points: Sequence[Point], place: int) -> str:
    """Where the number of a point stands clear of the line: below a dent, above all else."""
    own = points[place]
    near = [one.value for one in points[max(place - 1, 0) : place + 2] if one is not own and one.piece == own.piece]
    return "below" if near and all(value > own.value for value in near) else "above"


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall; `amount` is None for the totals at both ends."""

    label: Words
    start: float
    end: float
    amount: float | None
    is_comparable: bool = True


def _kind(step: Step) -> str:
    if step.amount is None:
        return "total"
    if not step.is_comparable:
        return "rest"
    return "up" if step.amount >= 0 else "down"


def waterfall(steps: Sequence[Step]) -> Drawing:
    """From the value of one year to that of the next by what every part put in.

    Filled: the part grew; empty with a full outline: it fell; empty with a dashed outline: what cannot be said of
    single parts.
    """
    lexicon = Lexicon()
    rows = []
    for step in steps:
        kind = _kind(step)
        label = f"{step.end:.2f}" if step.amount is None else f"{step.amount:+.2f}".replace("-", "−")
        name = lexicon.place(*step.label, limit=42)
        rows.append({"name": name, "from": step.start, "to": step.end, "right": max(step.start, step.end),
                     "label": label, "kind": kind})  # fmt: skip
    ends = [step.end for step in steps] + [step.start for step in steps if step.amount is not None]
    low, high = min(ends), max(ends)
    margin = (high - low or 1.0) * 0.12
    for row in rows:
        if row["kind"] == "total":
            row["from"] = low - margin
    names = [row["name"] for row in rows]
    scale = {"domain": [low - margin, high + margin * 1.6], "nice": False, "zero": False}
    y = {"field": "name", "type": "nominal", "sort": names, "title": None,
         "axis": {"minExtent": 265, "maxExtent": 265, "labelLimit": 400, "domain": False, "ticks": False}}  # fmt: skip
    x = {"field": "from", "type": "quantitative", "title": None, "scale": scale,
         "axis": {"tickCount": 5, "format": ".1f"}}  # fmt: skip
    kinds = ["total", "up", "down", "rest"]
    return drawn(
        {
            "width": _WIDTH - 270,
            "height": {"step": 24},
            "data": {"values": rows},
            "layer": [
                {"mark": {"type": "bar", "height": 14, "strokeWidth": 1.5, "stroke": INK},
                 "encoding": {
                     "y": y, "x": x, "x2": {"field": "to"},
                     "fill": {"field": "kind", "type": "nominal", "legend": None,
                              "scale": {"domain": kinds, "range": [QUIET, ACCENT, PALE, PALE]}},
                     "strokeDash": {"field": "kind", "type": "nominal", "legend": None,
                                    "scale": {"domain": kinds, "range": [[1, 0], [1, 0], [1, 0], [3, 3]]}}}},
                {"mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": INK},
                 "encoding": {"y": y, "x": {**x, "field": "right"}, "text": {"field": "label", "type": "nominal"}}},
            ],
        },
        lexicon,
    )  # fmt: skip


@dataclass(frozen=True)
class Tile:
    """One tile of the map; `quarter` 4 is the highest quarter, 0 has no figure, None is an archipelago."""

    column: int
    row: int
    label: Words
    text: str
    quarter: int | None


def tile_map(tiles: Sequence[Tile]) -> Drawing:
    """The tile map: the name, the value and the rank stand in every tile; darker is higher."""
    lexicon = Lexicon()
    rows = [
        {"column": tile.column, "row": tile.row, "name": lexicon.place(*tile.label), "text": tile.text,
         "fill": _QUARTERS[tile.quarter or 0], "ink": PALE if tile.quarter in (3, 4) else INK,
         "dash": [1, 0] if tile.quarter else [3, 3]}
        for tile in tiles
    ]  # fmt: skip
    columns, lines = max(tile.column for tile in tiles) + 1, max(tile.row for tile in tiles) + 1
    x = {"field": "column", "type": "ordinal", "axis": None, "scale": {"domain": list(range(columns))}}
    y = {"field": "row", "type": "ordinal", "axis": None, "scale": {"domain": list(range(lines))}}

    def text(field: str, dy: int, size: float) -> dict[str, Any]:
        return {"mark": {"type": "text", "dy": dy, "fontSize": size},
                "encoding": {"x": x, "y": y, "text": {"field": field, "type": "nominal"},
                             "color": {"field": "ink", "type": "nominal", "scale": None}}}  # fmt: skip

    return drawn(
        {
            "width": {"step": 78},
            "height": {"step": 36},
            "data": {"values": rows},
            "layer": [
                {"mark": {"type": "rect", "stroke": QUIET, "strokeWidth": 1},
                 "encoding": {"x": x, "y": y, "fill": {"field": "fill", "type": "nominal", "scale": None},
                              "strokeDash": {"field": "dash", "type": "nominal", "scale": None}}},
                text("name", -7, 11.5),
                text("text", 8, 11.5),
            ],
        },
        lexicon,
    )  # fmt: skip


def distribution(values: Sequence[float], median: float) -> Drawing:
    """How many provinces lie in each span of values, the number on every bar, and the median as a dashed rule."""
    lexicon = Lexicon()
    rows = [{"value": value} for value in values]
    count = {"aggregate": "count", "type": "quantitative", "title": None, "axis": None}
    x = {"field": "value", "bin": {"maxbins": 12}, "type": "quantitative", "title": None, "axis": {"format": "~f"}}
    middle = [{"at": median, "text": lexicon.place(f"trung vị {median:.2f}".replace(".", ","), f"median {median:.2f}")}]
    return drawn(
        {
            "width": _WIDTH,
            "height": 130,
            "data": {"values": rows},
            "layer": [
                {"mark": {"type": "bar", "color": "#aac3dd", "stroke": INK, "strokeWidth": 0.8},
                 "encoding": {"x": x, "y": count}},
                {"mark": {"type": "text", "dy": -7, "fontSize": 12, "color": INK},
                 "encoding": {"x": x, "y": count, "text": {"aggregate": "count", "type": "quantitative"}}},
                {"data": {"values": middle},
                 "mark": {"type": "rule", "strokeDash": [5, 3], "color": INK, "strokeWidth": 1.5},
                 "encoding": {"x": {"field": "at", "type": "quantitative"}}},
                {"data": {"values": middle},
                 "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 12, "color": INK, "fontWeight": "bold"},
                 "encoding": {"x": {"field": "at", "type": "quantitative"}, "y": {"value": -18},
                              "text": {"field": "text", "type": "nominal"}}},
            ],
        },
        lexicon,
    )  # fmt: skip


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval."""

    label: Words
    value: float
    low: float
    high: float


def intervals(rows: Sequence[Interval]) -> Drawing:
    """Estimates one below the other, each with its interval as a line and its value beside it."""
    lexicon = Lexicon()
    data = [
        {"name": lexicon.place(*row.label, limit=46), "value": row.value, "low": row.low, "high": row.high,
         "label": f"{row.value:.1f}"}
        for row in rows
    ]  # fmt: skip
    y = {"field": "name", "type": "nominal", "sort": [row["name"] for row in data], "title": None,
         "axis": {"minExtent": 285, "maxExtent": 285, "labelLimit": 400, "domain": False, "ticks": False}}  # fmt: skip
    lowest = min(50.0, *(row.low for row in rows))
    x = {"type": "quantitative", "title": None, "scale": {"domain": [lowest, 102], "nice": False, "zero": False},
         "axis": {"format": "d"}}  # fmt: skip
    return drawn(
        {
            "width": _WIDTH - 290,
            "height": {"step": 26},
            "data": {"values": data},
            "layer": [
                {"mark": {"type": "rule", "color": INK, "strokeWidth": 2},
                 "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}}},
                {"mark": {"type": "point", "filled": True, "shape": "diamond", "size": 70, "color": ACCENT,
                          "opacity": 1},
                 "encoding": {"y": y, "x": {**x, "field": "value"}}},
                {"mark": {"type": "text", "dy": -9, "fontSize": 11, "color": INK},
                 "encoding": {"y": y, "x": {**x, "field": "value"}, "text": {"field": "label", "type": "nominal"}}},
            ],
        },
        lexicon,
    )  # fmt: skip


@dataclass(frozen=True)
class MonthPoint:
    """One month of the portal; months of one `piece` are joined."""

    month: str
    on_time_pct: float | None
    online_pct: float | None
    piece: int


def months(points: Sequence[MonthPoint]) -> Drawing:
    """Share returned on time (full line, dots) and filed online (dashed line, squares) over the months."""
    lexicon = Lexicon()
    names = {
        "on_time": lexicon.place("trả đúng hạn", "on time"),
        "online": lexicon.place("nộp trực tuyến", "filed online"),
    }
    rows = [
        {"month": point.month, "value": value, "series": series, "piece": f"{series}{point.piece}"}
        for point in points
        for series, value in (("on_time", point.on_time_pct), ("online", point.online_pct))
        if value is not None
    ]
    last = [
        {**next(row for row in reversed(rows) if row["series"] == series), "text": name}
        for series, name in names.items()
        if any(row["series"] == series for row in rows)
    ]
    series = ["on_time", "online"]
    x = {"field": "month", "type": "ordinal", "title": None, "sort": [point.month for point in points],
         "axis": {"labelAngle": 0}}  # fmt: skip
    y = {"field": "value", "type": "quantitative", "title": None, "scale": {"domain": [0, 100]},
         "axis": {"values": [0, 25, 50, 75, 100], "format": "d"}}  # fmt: skip
    return drawn(
        {
            "width": _WIDTH - 90,
            "height": 150,
            "padding": {"left": 4, "top": 4, "bottom": 4, "right": 100},
            "autosize": {"type": "pad", "contains": "content"},
            "data": {"values": rows},
            "layer": [
                {"mark": {"type": "line", "color": ACCENT, "strokeWidth": 2},
                 "encoding": {"x": x, "y": y, "detail": {"field": "piece"},
                              "strokeDash": {"field": "series", "type": "nominal", "legend": None,
                                             "scale": {"domain": series, "range": [[1, 0], [5, 4]]}}}},
                {"mark": {"type": "point", "filled": True, "size": 40, "color": ACCENT, "opacity": 1},
                 "encoding": {"x": x, "y": y, "shape": {"field": "series", "type": "nominal", "legend": None,
                              "scale": {"domain": series, "range": ["circle", "square"]}}}},
                {"data": {"values": last},
                 "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 12, "color": INK},
                 "encoding": {"x": x, "y": y, "text": {"field": "text", "type": "nominal"}}},
            ],
        },
        lexicon,
    )  # fmt: skip


