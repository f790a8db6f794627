"""A corrected file, as a user lives it: publish, correct, publish, and ask what was said before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from tests.e2e.conftest import reform
from warehouse.home import Home
from warehouse.release_list import list_releases

pytestmark = pytest.mark.e2e

FIGURE = ("binh_dinh", "PCI.ENTRY_COSTS", 2012)
PRINTED, CORRECTED = 9.598186, 9.597186


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> tuple[Home, str, str]:
    """A home with PCI 2011 and 2012 published, then published again with one cell of 2012 corrected: both ids."""
    folder = tmp_path_factory.mktemp("corrected")
    home, sent = Home(folder / "home"), folder / "sent" / "pci"
    sent.mkdir(parents=True)
    for name in ("PCI_2011.xls", "PCI_2012.xlsx"):
        shutil.copyfile(shared_data / "pci" / name, sent / name)
    first = reform(home, "run", "--json", "--input", sent.parent)
    assert first.returncode == 0, first.stdout[-3000:] + first.stderr[-3000:]
    # The results of its formulas, as the person who saves a corrected workbook sends them.
    book = openpyxl.load_workbook(sent / "PCI_2012.xlsx", data_only=True)
    cell = book["Tong hop"]["C2"]
    assert (book["Tong hop"]["B2"].value, cell.value) == ("Bình Định", PRINTED)
    cell.value = CORRECTED
    # Its weight in the total is 1: a correction that leaves the total as it was is rightly set aside.
    columns = [cell.value for cell in book["Tong hop"][1]]
    place = columns.index("PCI 2012")
    total = next(row[place] for row in book["Tong hop"].iter_rows(min_row=2) if row[place - 1].value == "Bình Định")
    total.value += CORRECTED - PRINTED
    mended = folder / "PCI_2012_dinh_chinh.xlsx"
    book.save(mended)
    for arguments in (("ingest", "pci", mended), ("build",), ("publish",)):
        done = reform(home, *arguments, "--json")
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    old, new = (str(manifest["release_id"]) for manifest in list_releases(home))
    return home, old, new


def test_diff_shows_the_restated_figure_with_both_files(corrected: tuple[Home, str, str]) -> None:
    done = reform(corrected[0], "releases", "diff", "previous", "current")
    assert done.returncode == 0, done.stderr
    assert "9.598186 → 9.597186" in done.stdout
    assert "PCI_2012.xlsx · Tong hop!C2" in done.stdout
    assert "PCI_2012_dinh_chinh.xlsx · Tong hop!C2" in done.stdout
    assert "superseded by PCI_2012_dinh_chinh.xlsx" in done.stdout


def test_diff_for_machines_restates_the_figure_and_its_total_on_both_maps_and_nothing_else(
    corrected: tuple[Home, str, str],
) -> None:
    home, old, new = corrected
    found: dict[str, Any] = json.loads(reform(home, "releases", "diff", old, new, "--json").stdout)
    restated_figures = {
        (figure["unit_code"], figure["indicator_code"], figure["data_year"]) for figure in found["figures"]["restated"]
    }
    # The second is the province of today that Bình Định went into.
    assert restated_figures == {
        (unit, code, 2012) for unit in ("binh_dinh", "gia_lai_2025") for code in ("PCI", "PCI.ENTRY_COSTS")
    }
    assert (found["figures"]["added"], found["figures"]["removed"]) == ([], [])
    restated = next(one for one in found["figures"]["restated"] if one["unit_code"] == FIGURE[0])
    moved = restated["after"]["change"] - restated["before"]["change"]
    assert moved == pytest.approx(CORRECTED - PRINTED)


@pytest.mark.parametrize("place", [0, 1])
def test_trace_as_of_a_release_says_what_it_said(corrected: tuple[Home, str, str], place: int) -> None:
    home, *releases = corrected
    done = reform(home, "trace", *map(str, FIGURE), "--as-of", releases[place], "--json")
    assert done.returncode == 0, done.stderr
    form = json.loads(done.stdout)["standing"][0]
    assert form["value"] == (PRINTED, CORRECTED)[place]
    assert form["file_name"] == ("PCI_2012.xlsx", "PCI_2012_dinh_chinh.xlsx")[place]


def test_the_release_answers_as_of_by_query(corrected: tuple[Home, str, str]) -> None:
    home, old, _ = corrected
    published = {manifest["release_id"]: manifest["published_at"] for manifest in list_releases(home)}
    with duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select value from marts.as_of(?::timestamp) where (unit_code, indicator_code, data_year) = (?, ?, ?)",
            [published[old][:26], *FIGURE],
        ).fetchall()
    assert rows == [(PRINTED,)]


def test_an_unknown_release_is_wrong_use_and_the_known_ones_are_named(corrected: tuple[Home, str, str]) -> None:
    home, old, new = corrected
    done = reform(home, "releases", "diff", "nonsense", "current")
    assert done.returncode == 2
    assert old in done.stderr
    assert new in done.stderr
    assert "Traceback" not in done.stderr
