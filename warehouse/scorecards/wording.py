"""Numbers, days and words as a reader of either language writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from warehouse.pages import Language, day
from warehouse.quality_page import REASONS

#: Both languages of one text: Vietnamese, English.
Words = tuple[str, str]

#: Decimal places of a measure unit; all others have two.
_PLACES = {"index_0_1": 4, "count": 0}

MEASURE_UNITS: dict[str, Words] = {
    "points": ("điểm", "points"),
    "percent": ("%", "%"),
    "index_0_1": ("thang 0–1", "on a scale of 0–1"),
    "count": ("lượt", "count"),
}
BOUNDARIES: dict[str, Words] = {
    "published": ("bản đồ của nguồn", "map of the source"),
    "2025": ("bản đồ 34 tỉnh, thành phố", "map of 34 provinces"),
}


def places_of(measure_unit: str | None) -> int:
    """Decimal places figures of this unit are shown with."""
    return _PLACES.get(measure_unit or "", 2)


def decimal(value: float | None, language: Language, places: int = 2) -> str:
    """`86,32` or `86.32`; thousands are set apart by a point or a comma; a missing value is a dash, never 0."""
    if value is None:
        return "–"
    text = f"{value:,.{places}f}".replace("-", "−")
    if text.lstrip("−").strip("0.,") == "":
        text = text.lstrip("−")
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def signed(value: float | None, language: Language, places: int = 2) -> str:
    """A change with its sign; one that rounds to nothing has none."""
    text = decimal(value, language, places)
    if value is None or text.startswith("−") or text.strip("0.,") == "":
        return text
    return f"+{text}"


def month(value: date, language: Language) -> str:
    """`8/2025` or `2025-08`."""
    return value.strftime("%Y-%m") if language == "en" else f"{value.month}/{value.year}"


def reason(code: str | None, language: Language) -> str:
    """Why a change is not printed, in few words."""
    if code is None:
        return ""
    return REASONS.get(code, (code, code))[language == "en"]


@dataclass(frozen=True)
class Writer:
    """What a template writes numbers and days with."""

    language: Language

    def pick(self, words: Words) -> str:
        """The one of the two texts that is in this language."""
        return words[self.language == "en"]

    def decimal(self, value: float | None, places: int = 2) -> str:
        """See `decimal`."""
        return decimal(value, self.language, places)

    def signed(self, value: float | None, places: int = 2) -> str:
        """See `signed`."""
        return signed(value, self.language, places)

    def day(self, value: date | None) -> str:
        """See `warehouse.pages.day`."""
        return day(value, self.language)

    def month(self, value: date) -> str:
        """See `month`."""
        return month(value, self.language)

    def reason(self, code: str | None) -> str:
        """See `reason`."""
        return reason(code, self.language)

    def unit(self, measure_unit: str | None) -> str:
        """The words of a measure unit."""
        return self.pick(MEASURE_UNITS.get(measure_unit or "", ("", "")))

    def boundary(self, code: str) -> str:
        """The words of a map."""
        return self.pick(BOUNDARIES[code])
