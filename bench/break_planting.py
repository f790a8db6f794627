"""Breaks planted in panels, so that what the detector finds can be counted.

The range of sizes is fixed here. `magnitude` says how far a plant is from no change: 0.25 is a level a quarter lower,
a factor of 0.75 or of 1.33, or a spread twice or half as wide. The smallest rescaling these indices ever announced (a
maximum of 2.5 that became 3.33) is a quarter; a fifth and less are planted too and reported apart. Half of the plants
last to the end of the series, half for one year only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.break_panels import Flags, Floats, Panel, quartile_distance, shared_provinces

#: Rounding of the sizes must not move one out of its class.
QUARTER, FIFTH = 0.25 - 1e-9, 0.2 - 1e-9
_WIDE = 2.0
KINDS = ("rescaled", "shifted", "redefined", "replaced", "swapped")
_FACTORS = (0.5, 0.6, 2 / 3, 0.75, 0.8, 1.25, 4 / 3, 1.5, 2.0)
_SMALL_FACTORS = (0.85, 0.9, 1.1, 1.15)
_SHIFTS = (-0.5, -0.4, -0.3, -0.25, -0.2, 0.2, 0.25, 0.3, 0.4, 0.5)
_SMALL_SHIFTS = (-0.15, -0.1, 0.1, 0.15)
_CORRELATIONS = (0.0, 0.3, 0.6)
_WIDTHS = (0.5, 1.0, 2.0)
_SMALL_WIDTHS = (0.75, 1.0, 4 / 3)
#: At most so many plants in one copy of a panel, each under another parent.
_AT_ONCE = 4


@dataclass(frozen=True)
class Plant:
    """One indicator-year in which `kind` was planted; `magnitude` as the module says, `size` in words."""

    copy: str
    index_code: str
    indicator_code: str
    data_year: int
    kind: str
    size: str
    magnitude: float


@dataclass(frozen=True)
class _Spot:
    indicator: int
    year: int
    rows: slice


def plant(
    panel: Panel, kind: str, spots: Sequence[tuple[int, int]], copy: str, random: np.random.Generator, *, small: bool
) -> tuple[Panel, list[Plant]]:
    """A copy of the panel with `kind` planted at each of `spots` (indicator, year), and what was planted."""
    values, planted = panel.values.copy(), []
    for indicator, year in spots:
        end = year + 1 if random.integers(2) else values.shape[1]
        spot = _Spot(indicator, year, slice(year, end))
        done = (
            _exchange(panel, values, kind, spot, random)
            if kind in {"swapped", "replaced"}
            else _alter(values, kind, spot, random, small=small)
        )
        for place, size, magnitude in done:
            planted.append(
                Plant(copy, panel.index_code, panel.indicators[place], panel.years[year], kind, size, magnitude)
            )
    return replace(panel, values=values), planted


def _alter(
    values: Floats, kind: str, spot: _Spot, random: np.random.Generator, *, small: bool
) -> list[tuple[int, str, float]]:
    own = values[spot.indicator]
    if kind == "rescaled":
        factor = float(random.choice(_SMALL_FACTORS if small else _FACTORS))
        own[spot.rows] *= factor
        return [(spot.indicator, f"x {factor:.2f}", _distance(factor))]
    shift = float(random.choice(_SMALL_SHIFTS if small else _SHIFTS))
    if kind == "shifted":
        own[spot.rows] += shift * np.nanmedian(own[spot.year])
        return [(spot.indicator, f"{shift:+.0%} of the level", abs(shift))]
    correlation = float(random.choice(_CORRELATIONS))
    width = float(random.choice(_SMALL_WIDTHS if small else _WIDTHS))
    other = random.standard_normal(own.shape[1])
    for year in range(*spot.rows.indices(own.shape[0])):
        if not np.isfinite(own[year]).any():
            continue
        level, deviation = np.nanmedian(own[year]), np.nanstd(own[year])
        place = (own[year] - np.nanmean(own[year])) / deviation
        other = 0.7 * other + np.sqrt(1 - 0.7**2) * random.standard_normal(own.shape[1])
        mixed = correlation * place + np.sqrt(1 - correlation**2) * other
        own[year] = level * (1 + shift) + deviation * width * mixed
    size = f"{shift:+.0%}, spread x {width:.2f}, correlated {correlation:.1f}"
    return [(spot.indicator, size, max(abs(shift), _magnitude_of_width(width)))]


def _exchange(
    panel: Panel, values: Floats, kind: str, spot: _Spot, random: np.random.Generator
) -> list[tuple[int, str, float]]:
    """Put another column in the place of one: a sibling's both ways, or any other's one way."""
    own_parent = panel.parents[spot.indicator]
    others = [place for place in range(len(panel.indicators)) if place != spot.indicator]
    siblings = [place for place in others if panel.parents[place] == own_parent]
    strangers = [place for place in others if panel.parents[place] != own_parent] or siblings
    pool = [
        place
        for place in (siblings if kind == "swapped" else strangers)
        if np.isfinite(values[place, spot.year - 1 : spot.rows.stop]).any(axis=1).all()
    ]
    if not pool:
        return []
    other = int(random.choice(pool))
    scale = panel.maxima[spot.indicator, spot.year] / panel.maxima[other, spot.year]
    mine, theirs = values[spot.indicator].copy(), values[other].copy() * scale
    levels = np.nanmedian(mine[spot.year]) / np.nanmedian(theirs[spot.year])
    widths = quartile_distance(mine[spot.year]) / quartile_distance(theirs[spot.year])
    size = f"levels x {levels:.2f}, spreads x {widths:.2f}"
    magnitude = max(_distance(levels), _magnitude_of_width(widths))
    values[spot.indicator, spot.rows] = theirs[spot.rows]
    if kind == "replaced":
        return [(spot.indicator, size, magnitude)]
    values[other, spot.rows] = mine[spot.rows] / scale
    return [(spot.indicator, size, magnitude), (other, size, magnitude)]


def _distance(factor: float) -> float:
    return float(1 - min(factor, 1 / factor))


def _magnitude_of_width(factor: float) -> float:
    return 0.25 if max(factor, 1 / factor) >= _WIDE else 0.0


def spots_of(panel: Panel, random: np.random.Generator) -> list[list[tuple[int, int]]]:
    """Every undisturbed indicator-year once, in random groups of a few under different parents."""
    waiting = [(int(place), int(year)) for place, year in np.argwhere(panel.judged & _whole(panel))]
    random.shuffle(waiting)
    groups: list[list[tuple[int, int]]] = []
    while waiting:
        group: list[tuple[int, int]] = []
        for spot in list(waiting):
            if panel.parents[spot[0]] not in {panel.parents[place] for place, _ in group}:
                group.append(spot)
                waiting.remove(spot)
            if len(group) == _AT_ONCE:
                break
        groups.append(group)
    return groups


def _whole(panel: Panel) -> Flags:
    """Where the maximum did not move: planting into a year that has a known change proves nothing."""
    same = np.zeros(panel.judged.shape, dtype=bool)
    same[:, 1:] = panel.maxima[:, 1:] == panel.maxima[:, :-1]
    return same & np.array(
        [
            [year > 0 and bool(shared_provinces(panel.values[place], year).any()) for year in range(len(panel.years))]
            for place in range(len(panel.indicators))
        ]
    )
