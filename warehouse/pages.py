"""The pages of a release are templates filled in once for every language; here is what they share.

They hold no style, script or handler of their own (`warehouse.page_policy`): what they look like is `assets/style.css`.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

Language = Literal["vi", "en"]
_TEMPLATES = Path(__file__).parent / "templates"


#: The first page of a release.
FRONT_PAGES: dict[Language, str] = {"vi": "index.html", "en": "index.en.html"}


def web_address(text: str | None) -> str:
    """`text` where it is an address of the web, else nothing: a source's text must not become a script in a link."""
    return text if text is not None and text.startswith(("https://", "http://")) else ""


def day(value: date | None, language: Language) -> str:
    """`01/7/2025` as official Vietnamese texts write it, `2025-07-01` in English."""
    if value is None:
        return "–"
    return value.isoformat() if language == "en" else f"{value.day:02d}/{value.month}/{value.year}"


@lru_cache(maxsize=2)
def page_environment(language: Language) -> Environment:
    """Templates with `t(vietnamese, english)`, `name(row, column)` and the filters `count`, `moment`, `number`,
    `signed`, `share` and `link`.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    is_english = language == "en"

    def count(number: int) -> str:
        return f"{number:,}" if is_english else f"{number:,}".replace(",", ".")

    def words(vietnamese: str, english: str) -> str:
        return english if is_english else vietnamese

    def in_language(row: dict[str, Any], column: str) -> str:
        return str(row[f"{column}_{language}"] or "")

    def moment(value: datetime | None) -> str:
        return "–" if value is None else value.strftime("%Y-%m-%d %H:%M" if is_english else "%d/%m/%Y %H:%M")

    def number(value: float | None) -> str:
        text = "–" if value is None else f"{value:.10g}"
        return text if is_english else text.replace(".", ",")

    def signed(value: float | None) -> str:
        return number(value) if value is None or value <= 0 else f"+{number(value)}"

    def share(value: float) -> str:
        return number(float(f"{value:.4g}"))

    environment.globals.update(t=words, name=in_language, language=language)
    environment.filters.update(count=count, moment=moment, number=number, signed=signed, share=share, link=web_address)
    return environment
