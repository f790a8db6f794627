"""Which cells are withheld: small ones, and enough others that no small one follows by subtraction.

Cells add up along lines: the categories of a breakdown to the unit, the units to the country. All measures of one
indicator are withheld alike, so that no question gives away another. A withheld cell must not be determined by what is
published, and what a line hides together must not be small either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import linalg

#: (unit, breakdown, category); everybody of a unit is (unit, "all", "all").
Cell = tuple[str, str, str]
Line = tuple[Cell, ...]

_TOLERANCE = 1e-9


@dataclass
class Withheld:
    """The cells withheld because they are small, and those that keep them so."""

    small: set[Cell] = field(default_factory=set)
    complementary: set[Cell] = field(default_factory=set)

    @property
    def cells(self) -> set[Cell]:
        """All of them."""
        return self.small | self.complementary


def lines_of(cells: Iterable[Cell], national: str) -> list[Line]:
    """The lines along which cells add up: members first, the sum last."""
    present = set(cells)
    lines: dict[tuple[str, ...], list[Cell]] = {}
    for unit, breakdown, category in sorted(present):
        if breakdown != "all":
            lines.setdefault(("unit", unit, breakdown), []).append((unit, breakdown, category))
        if unit != national:
            lines.setdefault(("country", breakdown, category), []).append((unit, breakdown, category))
    sums: dict[tuple[str, ...], Cell] = {
        key: (key[1], "all", "all") if key[0] == "unit" else (national, key[1], key[2]) for key in lines
    }
    return [(*members, sums[key]) for key, members in lines.items() if sums[key] in present]


def withhold(sizes: Mapping[Cell, int], minimum: int, national: str) -> Withheld:
    """The cells to withhold, where `sizes` are the respondents of each cell that exists."""
    found = Withheld(small={cell for cell, size in sizes.items() if 0 < size < minimum})
    lines = lines_of(sizes, national)
    while True:
        more = _thin_lines(lines, sizes, found.cells, minimum) or _given_away(lines, sizes, found.cells)
        if not more:
            return found
        found.complementary |= more


def _thin_lines(lines: list[Line], sizes: Mapping[Cell, int], withheld: set[Cell], minimum: int) -> set[Cell]:
    """One more cell for every line that hides a single cell, or cells that are small together."""
    more: set[Cell] = set()
    for line in lines:
        hidden = [cell for cell in line if cell in withheld or cell in more]
        if hidden and (len(hidden) == 1 or sum(sizes[cell] for cell in hidden) < minimum):
            more |= _smallest_open(line, sizes, withheld | more)
    return more


def _given_away(lines: list[Line], sizes: Mapping[Cell, int], withheld: set[Cell]) -> set[Cell]:
    """One more cell beside every cell that what is published determines."""
    more: set[Cell] = set()
    for cell in determined(lines, withheld):
        for line in lines:
            if cell in line:
                open_one = _smallest_open(line, sizes, withheld | more)
                more |= open_one
                if open_one:
                    break
    return more


def _smallest_open(line: Line, sizes: Mapping[Cell, int], withheld: set[Cell]) -> set[Cell]:
    # The sum comes last among equals: hiding it hides more than one line.
    open_cells = [
        (sizes[cell], place == len(line) - 1, cell)
        for place, cell in enumerate(line)
        if cell not in withheld and sizes[cell]
    ]
    return {min(open_cells)[2]} if open_cells else set()


def determined(lines: Iterable[Line], withheld: set[Cell]) -> list[Cell]:
    """The withheld cells that follow from the published ones by adding and subtracting.

    A cell follows exactly when no solution of the lines with the published cells fixed moves it: when it is zero in the
    whole null space of the lines restricted to the withheld cells.
    """
    unknown = sorted(withheld)
    place = {cell: index for index, cell in enumerate(unknown)}
    rows = []
    for line in lines:
        row = np.zeros(len(unknown))
        for position, cell in enumerate(line):
            if cell in place:
                row[place[cell]] = -1.0 if position == len(line) - 1 else 1.0
        if row.any():
            rows.append(row)
    if not unknown or not rows:
        return []
    free = linalg.null_space(np.array(rows))
    moves = np.abs(free).max(axis=1) if free.shape[1] else np.zeros(len(unknown))
    return [cell for cell, index in place.items() if moves[index] < _TOLERANCE]
