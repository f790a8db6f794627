"""Charts as Vega-Lite specifications, drawn to SVG when a page is made: a reader's browser runs and fetches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_FONT = "system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif"
_CONFIG = {
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "gridColor": "#e5e5e5"},
    "legend": {"labelFontSize": 12, "titleFontSize": 12},
}
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"


def bars_over_releases(rows: Sequence[dict[str, Any]], *, measure_title: str, width: int = 640) -> str:
    """SVG: one small chart a measure, a bar a release. Rows have `release` (text, in order), `measure`, `count`."""
    order = list(dict.fromkeys(row["release"] for row in rows))
    return draw(
        {
            "data": {"values": list(rows)},
            "facet": {
                "row": {
                    "field": "measure",
                    "type": "nominal",
                    "title": None,
                    "sort": list(dict.fromkeys(row["measure"] for row in rows)),
                    "header": {"labelAngle": 0, "labelAlign": "left", "labelLimit": 220, "labelFontSize": 12},
                }
            },
            "resolve": {"scale": {"y": "independent"}},
            "spec": {
                "width": min(width, max(80, 42 * len(order))),
                "height": 54,
                "layer": [
                    {"mark": {"type": "bar", "color": "#3b6ea5"}},
                    {
                        "mark": {"type": "text", "baseline": "bottom", "dy": -2, "fontSize": 11},
                        "encoding": {"text": {"field": "count", "type": "quantitative"}},
                    },
                ],
                "encoding": {
                    "x": {"field": "release", "type": "ordinal", "sort": order, "title": None,
                          "axis": {"labelAngle": -30}},
                    "y": {"field": "count", "type": "quantitative", "title": None, "axis": None},
                },
            },
            "title": {"text": measure_title, "anchor": "start", "fontSize": 13},
        }
    )  # fmt: skip


def share_by_year(rows: Sequence[dict[str, Any]], *, title: str, row_title: str) -> str:
    """SVG: a table of cells, darker the greater the share, with the share as text; rows have `name`, `year`, `share`
    (0 to 1, or None where nothing could be compared at all) and `label` (the share as people read it).
    """
    return draw(
        {
            "data": {"values": list(rows)},
            "title": {"text": title, "anchor": "start", "fontSize": 13},
            "width": {"step": 44},
            "height": {"step": 26},
            "encoding": {
                "x": {"field": "year", "type": "ordinal", "title": None, "axis": {"labelAngle": 0}},
                "y": {"field": "name", "type": "nominal", "title": row_title, "sort": None},
            },
            "layer": [
                {
                    "mark": {"type": "rect", "stroke": "#ffffff"},
                    "encoding": {
                        "color": {
                            "field": "share",
                            "type": "quantitative",
                            "scale": {"domain": [0, 1], "range": ["#f3e3d3", "#2f6d4f"]},
                            "legend": None,
                        }
                    },
                },
                {
                    "mark": {"type": "text", "fontSize": 11},
                    "encoding": {
                        "text": {"field": "label", "type": "nominal"},
                        "color": {"condition": {"test": "datum.share > 0.55", "value": "white"}, "value": "#1b1b1b"},
                    },
                },
            ],
        }
    )  # fmt: skip


def draw(specification: dict[str, Any]) -> str:
    """SVG of a Vega-Lite specification; what it says itself goes before what all charts share."""
    import vl_convert  # starts an engine of its own, so only where a chart is drawn

    return str(vl_convert.vegalite_to_svg({"$schema": _SCHEMA, "config": _CONFIG, **specification}))
