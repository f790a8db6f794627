"""Panels the detector of breaks is measured on: the real PAPI and PCI of a release, and simulated ones fitted to them.

`bench/break_fit.csv` keeps what the simulation needs of the real panels, so that it runs where the real files are not:
one row an indicator with its level, the spread of provinces, the size of an undisturbed year's step, the rank
correlation from year to year and how much the spread itself varies. `--fit` of bench/break_detector.py writes it anew.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FIT = Path(__file__).with_name("break_fit.csv")
PROVINCES = 63
#: The last year an index has whole tables for; later years hold a handful of provinces.
LAST_YEAR = {"PAPI": 2022, "PCI": 2013}
MINIMUM_PROVINCES = 20
#: How far a step of a year is shared: by the survey, by the siblings, and by nothing.
_SHARED = (0.62, 0.5, 0.6)
#: Loadings of a province's lasting place on what is common to the index and to its siblings.
_COMMON_PLACE = (0.35, 0.45)


@dataclass(frozen=True)
class Panel:
    """The components of one index: `values` by indicator, year and province (NaN where none), `maxima` by indicator and
    year, `judged` the indicator-years in which nothing is known to break, `known` those the reference data explains."""

    index_code: str
    indicators: tuple[str, ...]
    parents: tuple[str, ...]
    years: tuple[int, ...]
    values: Floats
    maxima: Floats
    judged: Flags
    known: frozenset[tuple[str, int]]


def quartile_distance(values: Floats) -> float:
    """Distance between the quartiles of the provinces present."""
    low, high = np.nanpercentile(values, [25, 75])
    return float(high - low)


def shared_provinces(values: Floats, year: int) -> Flags:
    """Which provinces have a value in the year at this place and the one before."""
    return np.isfinite(values[year]) & np.isfinite(values[year - 1])


def real_panels(database: Path, suspected_before: frozenset[tuple[str, int]]) -> list[Panel]:
    """PAPI and PCI as a release holds them, components only.

    `suspected_before` are the indicator-years a person had set aside before this detector was made.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        return [_real_panel(connection, index_code, suspected_before) for index_code in LAST_YEAR]


def _real_panel(
    connection: duckdb.DuckDBPyConnection, index_code: str, suspected_before: frozenset[tuple[str, int]]
) -> Panel:
    rows = connection.execute(
        "select v.indicator_code, i.parent_code, v.data_year, v.unit_code, v.value, v.max_value "
        "from marts.fct_indicator_value as v join marts.dim_indicator as i using (indicator_code) "
        "where v.boundary = 'published' and v.unit_type = 'province' and v.value is not null and v.index_code = ? "
        "and v.data_year <= ? and i.parent_code is not null and v.indicator_code not in "
        "(select parent_code from marts.dim_indicator where parent_code is not null) "
        "order by v.indicator_code, v.data_year, v.unit_code",
        [index_code, LAST_YEAR[index_code]],
    ).fetchall()
    known = connection.execute(
        "select indicator_code, first_year from marts.dim_indicator_break "
        "where origin <> 'detected' and reason not in ('boundary_changed', 'scale_changed')"
    ).fetchall()
    parents = {row[0]: row[1] for row in rows}
    indicators, years, units = tuple(parents), sorted({row[2] for row in rows}), sorted({row[3] for row in rows})
    values = np.full((len(indicators), len(years), len(units)), np.nan)
    maxima = np.full((len(indicators), len(years)), np.nan)
    for indicator, _, year, unit, value, maximum in rows:
        place = indicators.index(indicator), years.index(year)
        values[(*place, units.index(unit))] = value
        maxima[place] = np.nan if maximum is None else maximum
    left_out = frozenset((str(code), int(year)) for code, year in known)
    judged = np.array(
        [
            [
                year > 0
                and shared_provinces(values[place], year).sum() >= MINIMUM_PROVINCES
                and (code, years[year]) not in left_out | suspected_before
                for year in range(len(years))
            ]
            for place, code in enumerate(indicators)
        ]
    )
    return Panel(index_code, indicators, tuple(parents.values()), tuple(years), values, maxima, judged, left_out)


def fit(panels: list[Panel]) -> list[dict[str, Any]]:
    """What `simulated` needs of real panels, from their undisturbed years."""
    return [_fit_one(panel, place) for panel in panels for place in range(len(panel.indicators))]


def _fit_one(panel: Panel, place: int) -> dict[str, Any]:
    values = panel.values[place]
    alive = [year for year in range(len(panel.years)) if np.isfinite(values[year]).any()]
    spread = float(np.median([quartile_distance(values[year]) for year in alive])) / 1.349
    steps, orders, ratios = [], [], []
    for year in np.flatnonzero(panel.judged[place]):
        both = shared_provinces(values, year)
        now, before = values[year][both], values[year - 1][both]
        steps.append(abs(float(np.median(now - before))))
        orders.append(float(np.corrcoef(now.argsort().argsort(), before.argsort().argsort())[0, 1]))
        ratios.append(float(np.log(quartile_distance(now) / quartile_distance(before))))
    order = float(np.clip(np.median(orders), 0.05, 0.95)) if orders else 0.5
    step = float(np.median(steps)) / 0.6745 if len(steps) >= MINIMUM_YEARS else 0.3 * spread
    # What the median of 63 provinces owes to chance is in the noise of the provinces already.
    chance = 1.2533 * spread * np.sqrt(2 * (1 - order) / PROVINCES)
    figures = {
        "level": float(np.median([np.nanmedian(values[year]) for year in alive])),
        "spread": spread,
        "step": float(np.sqrt(max(step**2 - chance**2, (0.3 * step) ** 2))),
        "order": order,
        "spread_noise": float(np.std(ratios)) if len(ratios) >= MINIMUM_YEARS else 0.25,
    }
    return {
        "index_code": panel.index_code,
        "indicator_code": panel.indicators[place],
        "parent_code": panel.parents[place],
        "first_year": panel.years[alive[0]],
        "last_year": panel.years[alive[-1]],
        "max_value": round(float(np.nanmax(panel.maxima[place])), 6),
        **{name: round(figure, 6) for name, figure in figures.items()},
    }


MINIMUM_YEARS = 3


def read_fit() -> dict[str, list[dict[str, str]]]:
    """The fitted figures by index."""
    with FIT.open(encoding="utf-8", newline="") as reading:
        rows = list(csv.DictReader(reading))
    return {index: [row for row in rows if row["index_code"] == index] for index in LAST_YEAR}


def write_fit(rows: list[dict[str, Any]]) -> None:
    """Replace `bench/break_fit.csv`."""
    with FIT.open("w", encoding="utf-8", newline="") as writing:
        writer = csv.DictWriter(writing, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def simulated(index_code: str, rows: list[dict[str, str]], random: np.random.Generator) -> Panel:
    """A panel in which nothing breaks: levels walk in steps of Student's t with five degrees of freedom (the real steps
    have such tails), partly together; provinces keep their places as far as the real ones do."""
    years = tuple(range(min(int(row["first_year"]) for row in rows), max(int(row["last_year"]) for row in rows) + 1))
    parents = tuple(row["parent_code"] for row in rows)
    survey = random.standard_normal(len(years))
    sibling_shock = {parent: random.standard_normal(len(years)) for parent in sorted(set(parents))}
    sibling_place = {parent: random.standard_normal(PROVINCES) for parent in sorted(set(parents))}
    common_place = random.standard_normal(PROVINCES)
    own_weight = np.sqrt(1 - sum(weight**2 for weight in _COMMON_PLACE))
    values = np.full((len(rows), len(years), PROVINCES), np.nan)
    for place, row in enumerate(rows):
        parent, order, spread = row["parent_code"], float(row["order"]), float(row["spread"])
        lasting = (
            _COMMON_PLACE[0] * common_place
            + _COMMON_PLACE[1] * sibling_place[parent]
            + own_weight * random.standard_normal(PROVINCES)
        )
        level = float(row["level"])
        for year in range(int(row["first_year"]) - years[0], int(row["last_year"]) - years[0] + 1):
            own_step = random.standard_t(5) / np.sqrt(5 / 3)
            shared = _SHARED[0] * survey[year] + _SHARED[1] * sibling_shock[parent][year]
            level += float(row["step"]) * (shared + _SHARED[2] * own_step)
            lasting = 0.97 * lasting + np.sqrt(1 - 0.97**2) * random.standard_normal(PROVINCES)
            noise = random.standard_normal(PROVINCES)
            width = spread * np.exp(random.normal(0, float(row["spread_noise"]) / np.sqrt(2)))
            values[place, year] = level + width * (np.sqrt(order) * lasting + np.sqrt(1 - order) * noise)
    maxima = np.array([[float(row["max_value"])] * len(years) for row in rows])
    judged = np.isfinite(values).any(axis=2)
    judged[:, 1:] &= judged[:, :-1]
    judged[:, 0] = False
    return Panel(
        index_code, tuple(row["indicator_code"] for row in rows), parents, years, values, maxima, judged, frozenset()
    )
