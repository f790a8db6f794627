"""Two units beside each other: a small data file a unit, and a table of all present provinces that needs no script."""

from __future__ import annotations

import json
from dataclasses import dataclass

from warehouse.scorecards.material import Figure, Material, Unit


@dataclass(frozen=True)
class CompareView:
    """What the page holds by itself: the units to choose from, and the newest totals of every present province."""

    units: tuple[Unit, ...]
    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[Unit, tuple[Figure | None, ...]], ...]


def view_of(material: Material, unit_codes: list[str], columns: list[tuple[str, int]]) -> CompareView:
    """The view; `columns` are the index and year of each column, all on the map of 34."""
    chosen = (material.units[code] for code in unit_codes)
    units = tuple(sorted(chosen, key=lambda unit: (unit.kind != "province", unit.place)))
    rows = []
    for unit in units:
        if unit.kind != "province" or not unit.is_current:
            continue
        found = {
            (one.index_code, one.year): one
            for one in material.of_unit.get(unit.code, [])
            if one.boundary == "2025" and one.indicator_code == one.index_code
        }
        rows.append((unit, tuple(found.get(column) for column in columns)))
    return CompareView(units, tuple(columns), tuple(rows))


def data_file(material: Material, unit: Unit) -> str:
    """A script that hands the figures of `unit` to the page: a page opened as a file may load scripts, not data.

    A figure is: indicator, year, map, value as text with a decimal point, rank, of how many, signs of its marks.
    """
    figures = [
        [one.indicator_code, one.year, one.boundary,
         None if one.value is None else f"{one.value:.{material.indicators[one.indicator_code].places}f}",
         one.rank, one.out_of, "".join(mark.sign for mark in one.value_marks)]
        for one in material.of_unit.get(unit.code, [])
        if one.value is not None or one.rank is not None
    ]  # fmt: skip
    vi, en = unit.full_name
    content = {"code": unit.code, "kind": unit.kind, "vi": vi, "en": en, "figures": figures}
    # `<` cannot end a script element in a file of its own; it is escaped all the same, for who puts it into a page.
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"reformScorecards.take({text});\n"


def names_file(material: Material) -> str:
    """The names of all indicators, for the same page."""
    names = {
        code: {"vi": one.name[0], "en": one.name[1], "index": one.index_code, "level": one.level}
        for code, one in material.indicators.items()
        if code in material.of_indicator
    }
    text = json.dumps(names, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"reformScorecards.names({text});\n"
