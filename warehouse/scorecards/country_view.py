"""The first page: every index with its newest full year, the league of one of them, and the way to every unit."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.scorecards.league_view import LeagueView
from warehouse.scorecards.material import Figure, Indicator, Material, Unit


@dataclass(frozen=True)
class IndexRow:
    """One index: its newest year, the newest with enough provinces for a ranking, and its figure for the country."""

    indicator: Indicator
    years: tuple[int, ...]
    full_year: int | None
    newest_count: int
    national: Figure | None


@dataclass(frozen=True)
class CountryView:
    """Everything on the first page."""

    indices: tuple[IndexRow, ...]
    featured: LeagueView | None
    present: tuple[Unit, ...]
    former: tuple[Unit, ...]
    ministries: tuple[Unit, ...]


def view_of(material: Material, leagues: dict[tuple[str, int], LeagueView], unit_codes: list[str]) -> CountryView:
    """The view of the country; the featured league is the newest with a full ranking."""
    codes = [row["index_code"] for row in material.indices if row["index_code"] in material.indicators]
    indices = tuple(_index(material, code, leagues) for code in codes)
    full = [(row.full_year, row.indicator.code) for row in indices if row.full_year is not None]
    newest = max(full, default=None)
    units = sorted((material.units[code] for code in unit_codes), key=lambda unit: unit.place)
    provinces = [unit for unit in units if unit.kind == "province"]
    return CountryView(
        indices=tuple(row for row in indices if row.years),
        featured=leagues[(newest[1], newest[0])] if newest else None,
        present=tuple(unit for unit in provinces if unit.is_current),
        former=tuple(unit for unit in provinces if not unit.is_current),
        ministries=tuple(unit for unit in units if unit.kind == "ministry"),
    )


def _index(material: Material, code: str, leagues: dict[tuple[str, int], LeagueView]) -> IndexRow:
    years = tuple(sorted(year for index, year in leagues if index == code))
    full = [year for year in years if any(section.is_ranked for section in leagues[(code, year)].sections)]
    newest = years[-1] if years else 0
    figures = material.of_indicator.get(code, [])
    national = [one for one in figures if one.unit_type == "national" and one.value is not None]
    return IndexRow(
        material.indicators[code],
        years,
        full[-1] if full else None,
        sum(1 for one in figures if one.year == newest and one.boundary == "published" and one.unit_type == "province"),
        max(national, key=lambda one: one.year, default=None),
    )


