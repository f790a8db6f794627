"""An attacker with every published cell must not find a withheld one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from ingestion.survey.estimates.privacy import Cell, determined, lines_of, withhold

NATIONAL = "viet_nam"


def table(sizes: dict[tuple[str, str], dict[str, int]]) -> dict[Cell, int]:
    """All cells of respondents counted by (unit, breakdown) and category, with the sums."""
    cells: dict[Cell, int] = {}
    for (unit, breakdown), categories in sizes.items():
        for category, size in categories.items():
            cells[unit, breakdown, category] = size
            cells[NATIONAL, breakdown, category] = cells.get((NATIONAL, breakdown, category), 0) + size
        cells[unit, "all", "all"] = sum(categories.values())
    cells[NATIONAL, "all", "all"] = sum(size for (unit, b, _), size in cells.items() if b == "all" and unit != NATIONAL)
    return cells


def reach(cells: dict[Cell, int], withheld: set[Cell], target: Cell) -> tuple[float, float]:
    """The least and the most the attacker can say of `target`: linear programs over all non-negative solutions."""
    unknown = sorted(withheld)
    place = {cell: index for index, cell in enumerate(unknown)}
    rows, sums = [], []
    for line in lines_of(cells, NATIONAL):
        row, known = np.zeros(len(unknown)), 0
        for position, cell in enumerate(line):
            sign = -1 if position == len(line) - 1 else 1
            if cell in place:
                row[place[cell]] = sign
            else:
                known += sign * cells[cell]
        if row.any():
            rows.append(row)
            sums.append(-known)
    goal = np.zeros(len(unknown))
    goal[place[target]] = 1
    ends = []
    for sign in (1, -1):
        # Where nothing adds up to a cell, only its being a count bounds it.
        found = linprog(sign * goal, A_eq=np.array(rows), b_eq=sums, bounds=(0, 10**6))
        assert found.status == 0
        ends.append(sign * found.fun)
    return ends[0], ends[1]


CELLS = table(
    {
        ("a", "sex"): {"male": 120, "female": 8},
        ("b", "sex"): {"male": 90, "female": 100},
        ("c", "sex"): {"male": 80, "female": 95},
        ("a", "age"): {"young": 60, "old": 68},
        ("b", "age"): {"young": 12, "old": 178},
        ("c", "age"): {"young": 100, "old": 75},
    }
)


def test_a_small_cell_is_withheld_with_others_that_keep_it_so() -> None:
    found = withhold(CELLS, 30, NATIONAL)
    assert found.small == {("a", "sex", "female"), ("b", "age", "young")}
    assert determined(lines_of(CELLS, NATIONAL), found.cells) == []


def test_withholding_the_small_cells_alone_would_give_them_away() -> None:
    small = withhold(CELLS, 30, NATIONAL).small
    assert set(determined(lines_of(CELLS, NATIONAL), small)) == small


def test_nothing_is_withheld_where_nothing_is_small() -> None:
    large = {cell: size + 1000 for cell, size in CELLS.items()}
    assert withhold(large, 30, NATIONAL).cells == set()


def test_a_unit_without_a_country_is_protected_too() -> None:
    cells = {cell: size for cell, size in CELLS.items() if cell[0] == "a"}
    found = withhold(cells, 30, NATIONAL)
    assert determined(lines_of(cells, NATIONAL), found.cells) == []


@pytest.mark.parametrize("target", sorted(withhold(CELLS, 30, NATIONAL).small))
def test_subtraction_leaves_a_small_cell_open(target: Cell) -> None:
    low, high = reach(CELLS, withhold(CELLS, 30, NATIONAL).cells, target)
    assert high - low >= 8


counts = st.integers(0, 120)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.lists(counts, min_size=3, max_size=3), st.lists(counts, min_size=2, max_size=2)),
             min_size=2, max_size=6),
    st.booleans(),
)  # fmt: skip
def test_no_drawn_table_gives_a_withheld_cell_away(units: list[tuple[list[int], list[int]]], is_national: bool) -> None:
    """Both breakdowns count the same people: the second is topped up to the first's sum."""
    sizes = {}
    for number, (drawn, others) in enumerate(units):
        missing = sum(drawn) - sum(others)
        second = [others[0] + max(missing, 0), others[1]]
        first = [drawn[0] + max(-missing, 0), *drawn[1:]]
        sizes[f"u{number}", "age"] = {f"g{place}": size for place, size in enumerate(first) if size}
        sizes[f"u{number}", "sex"] = {f"s{place}": size for place, size in enumerate(second) if size}
    cells = table({key: value for key, value in sizes.items() if value})
    if not is_national:
        cells = {cell: size for cell, size in cells.items() if cell[0] != NATIONAL}
    cells = {cell: size for cell, size in cells.items() if size}
    found = withhold(cells, 30, NATIONAL)
    published = set(cells) - found.cells
    assert not any(0 < cells[cell] < 30 for cell in published)
    assert determined(lines_of(cells, NATIONAL), found.cells) == []
