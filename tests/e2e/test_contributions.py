"""The weights of PCI are in no source: solved again from the printed figures, they are those of the reference table."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.e2e.independent import pci_figures, slugs_of
from warehouse.home import REFERENCE_DIR

pytestmark = pytest.mark.e2e

# 2005 is no exact weighted sum of what is printed; in 2011 a part printed is not the one the total was made with.
EXACT_YEARS = (2006, 2007, 2008, 2009, 2010, 2012, 2013)


@pytest.mark.parametrize("year", EXACT_YEARS)
def test_weights_solved_from_the_printed_totals_are_the_recorded_ones(shared_data: Path, year: int) -> None:
    with (REFERENCE_DIR / "unit.csv").open(encoding="utf-8", newline="") as reading:
        codes = [row["unit_code"] for row in csv.DictReader(reading) if row["unit_type"] == "province"]
    figures = pci_figures(shared_data / "pci", slugs_of(codes))
    with (REFERENCE_DIR / "indicator_weight.csv").open(encoding="utf-8", newline="") as reading:
        recorded: dict[str, float] = {
            row["indicator_code"]: float(row["weight"])
            for row in csv.DictReader(reading)
            if int(row["year_from"]) <= year <= int(row["year_to"] or 9999)
        }
    parts = sorted(recorded)
    units = sorted({unit for unit, _, of_year in figures if of_year == year})
    printed_parts: Any = np.array([[figures[unit, part, year] for part in parts] for unit in units])
    printed_totals: Any = np.array([figures[unit, "PCI", year] for unit in units])
    solved = np.linalg.lstsq(printed_parts, printed_totals, rcond=None)[0]
    assert dict(zip(parts, solved, strict=True)) == pytest.approx(recorded, abs=2e-4)
    assert np.abs(printed_parts @ np.array([recorded[part] for part in parts]) - printed_totals).max() < 2e-5


def test_pci_total_of_a_year_with_weights_is_explained_to_the_rounding(release: Any) -> None:
    rows = release.execute(
        "select data_year, max(abs(contribution)) from marts.metric_contribution where total_code = 'PCI' "
        "and contribution_kind = 'remainder' and boundary = 'published' "
        "and data_year in (2007, 2008, 2009, 2010, 2013) "
        "group by data_year order by data_year"
    ).fetchall()
    assert [year for year, _ in rows] == [2007, 2008, 2009, 2010, 2013]
    assert max(worst for _, worst in rows) < 2e-5
