"""A chart is a Vega-Lite specification, drawn once to SVG and put into the pages of both languages.

Drawing takes most of the time the pages cost, so words are drawn as numbered places (`§3§`) and filled in for each
language; so is the decimal sign. Widths of labels therefore never decide the layout: axes with words have a fixed one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

from warehouse.charts import draw
from warehouse.pages import Language
from warehouse.scorecards.wording import Words

INK, QUIET, ACCENT, PALE = "#1b1b1b", "#555555", "#1f4e79", "#ffffff"
_CONFIG: dict[str, Any] = {
    "background": None,
    "aria": False,
    "font": "sans-serif",
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelColor": INK, "titleColor": INK,
        "gridColor": "#e6e9ed", "domainColor": "#8a929c", "tickColor": "#8a929c",
    },
}  # fmt: skip
# The picture is named as a whole, so its parts need no roles; the style sheet names the font once.
_NEEDLESS = re.compile(r' (?:role|aria-[a-z]+|class|pointer-events|font-family|xmlns:xlink|stroke-miterlimit)="[^"]*"')
_PLACE = re.compile(r"§(\d+)§")
#: What stands between two tags, and a decimal point in it.
_TEXT = re.compile(r">([^<>]+)<")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")


@dataclass
class Lexicon:
    """Hands out the places words will stand at."""

    words: list[Words] = field(default_factory=list)

    def place(self, vietnamese: str, english: str, limit: int = 60) -> str:
        """A place for a text; one over `limit` characters is cut, with dots."""
        self.words.append((_cut(vietnamese, limit), _cut(english, limit)))
        return f"§{len(self.words) - 1}§"


@dataclass(frozen=True)
class Drawing:
    """An SVG with places for words."""

    svg: str
    words: tuple[Words, ...]

    def inline(self, language: Language, name: str, title: str, description: str) -> str:
        """The SVG for a page: a named picture with its description, no style of its own, nothing that runs.

        `name` is unique on its page.
        """
        text = self.svg
        if language == "vi":
            text = _TEXT.sub(lambda found: f">{_POINT.sub(',', found[1])}<", text)
        text = _PLACE.sub(lambda found: escape(self.words[int(found[1])][language == "en"]), text)
        head, _, rest = text.partition(">")
        return (
            f'{head} role="img" aria-labelledby="{name}-title {name}-text">'
            f'<title id="{name}-title">{escape(title)}</title>'
            f'<desc id="{name}-text">{escape(description)}</desc>{rest}'
        )


def drawn(specification: dict[str, Any], lexicon: Lexicon | None = None) -> Drawing:
    """Draw `specification`, whose texts with words are places of `lexicon`."""
    svg = draw({"config": _CONFIG, **specification})
    return Drawing(_NEEDLESS.sub("", svg), tuple(lexicon.words) if lexicon else ())


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
