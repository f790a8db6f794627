"""Where series break, worked out from the reference files with plain Python, by the rules as the docs state them."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PRECEDENCE = (
    "population_changed",
    "definition_changed",
    "method_changed",
    "scale_changed",
    "break_suspected",
)
_REDEFINED = {"definition_changed", "method_changed", "population_changed"}
_FAR = 9999


def read(folder: Path, table: str) -> list[dict[str, str]]:
    """The rows of one reference table."""
    (path,) = folder.rglob(f"{table}.csv")
    with path.open(encoding="utf-8", newline="") as reading:
        return list(csv.DictReader(reading))


@dataclass(frozen=True)
class Methodology:
    """What the reference files say of the indicators."""

    indicators: dict[str, dict[str, str]]
    periods: dict[str, list[tuple[int, int]]]
    maxima: dict[str, list[tuple[int, int, float]]]
    changes: list[dict[str, str]]

    @classmethod
    def of(cls, folder: Path) -> Methodology:
        """Read the reference files."""
        periods: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row in read(folder, "indicator_period"):
            periods[row["indicator_code"]].append((int(row["year_from"]), int(row["year_to"] or _FAR)))
        maxima: dict[str, list[tuple[int, int, float]]] = defaultdict(list)
        for row in read(folder, "indicator_max"):
            maxima[row["indicator_code"]].append(
                (int(row["year_from"] or 0), int(row["year_to"] or _FAR), float(row["max_value"]))
            )
        indicators = {row["indicator_code"]: row for row in read(folder, "indicator")}
        return cls(indicators, periods, maxima, read(folder, "methodology_change"))

    def exists(self, code: str, year: int) -> bool:
        """Whether the indicator existed in the year."""
        return any(first <= year <= last for first, last in self.periods.get(code, []))

    def maximum(self, code: str, year: int) -> float | None:
        """The highest possible score in a year in which the indicator existed."""
        if not self.exists(code, year):
            return None
        fitting = [row for row in self.maxima.get(code, []) if row[0] <= year <= row[1]]
        return max(fitting)[2] if fitting else None

    def children(self, code: str) -> list[str]:
        """The parts counted into a total."""
        if self.indicators[code]["total_rule"] == "none":
            return []
        return [part for part, row in self.indicators.items() if row["parent_code"] == code]

    def totals_above(self, code: str) -> Iterable[str]:
        """Every total the indicator is counted into."""
        parent = self.indicators[code]["parent_code"]
        while parent and self.indicators[parent]["total_rule"] != "none":
            yield parent
            parent = self.indicators[parent]["parent_code"]

    def lived_across(self, code: str, year: int) -> bool:
        """Whether the indicator as a whole is older than the year and lasts to it."""
        row = self.indicators[code]
        return int(row["first_year"] or 0) < year <= int(row["last_year"] or _FAR)


Reasons = dict[tuple[str, int], set[str]]


def _declared(methodology: Methodology) -> tuple[Reasons, Reasons, set[tuple[str, int]]]:
    """What somebody stated: of single indicators, of whole indices and totals, and of the map."""
    own, wide, remapped = defaultdict(set), defaultdict(set), set()
    for change in methodology.changes:
        for code, indicator in methodology.indicators.items():
            if indicator["index_code"] != change["index_code"] or not (
                change["scope"] == "index"
                or (change["scope"] == "total" and indicator["indicator_level"] == "total")
                or (change["scope"] == "indicator" and change["indicator_code"] == code)
            ):
                continue
            key = (code, int(change["first_year"]))
            if change["reason"] == "boundary_changed":
                remapped.add(key)
            else:
                (own if change["scope"] == "indicator" else wide)[key].add(change["reason"])
    return own, wide, remapped


def _followed(methodology: Methodology, years: range) -> Reasons:
    """What follows from maxima that moved and parts that came or went."""
    own: Reasons = defaultdict(set)
    for code in methodology.indicators:
        for year in years:
            now, before = methodology.maximum(code, year), methodology.maximum(code, year - 1)
            if now is not None and before is not None and now != before:
                own[code, year].add("scale_changed")
            if methodology.lived_across(code, year) and any(
                methodology.exists(part, year) != methodology.exists(part, year - 1)
                for part in methodology.children(code)
            ):
                own[code, year].add("method_changed")
    return own


def breaks(
    methodology: Methodology, detected: Iterable[tuple[str, int]], years: range
) -> tuple[dict[tuple[str, int], tuple[str, bool]], set[tuple[str, int]]]:
    """The reason that forbids each (indicator, year), whether more than the scale moved, and the remapped years.

    `detected` are breaks found from the figures themselves; they are judged elsewhere (docs/breaks.md).
    """
    own, wide, remapped = _declared(methodology)
    for key, reasons in _followed(methodology, years).items():
        own[key] |= reasons
    inherited: Reasons = defaultdict(set)
    for (code, year), reasons in own.items():
        for total in methodology.totals_above(code):
            if reasons & _REDEFINED and methodology.lived_across(total, year):
                inherited[total, year].add("method_changed")
    for key in detected:
        wide[key].add("break_suspected")
    found = {}
    for key in {*own, *wide, *inherited}:
        every = own[key] | wide[key] | inherited[key]
        found[key] = (min(every, key=_PRECEDENCE.index), bool(every - {"scale_changed"}))
    return found, remapped
