"""Real input documents as grids a mutation can change, and their way back to bytes of the same format.

PCI's XLS files go back as XLSX, which the reader tells by content: nothing here writes XLS. A bundled PDF annex is
drawn again from the words it was made of. What the parser reads from an unchanged document written so is what it reads
from the original; `bench.mutations` checks that before it changes anything.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from ingestion.readers import read_workbook
from warehouse.figures import ParsedBatch
from warehouse.home import PROJECT_ROOT

FAMILIES = ("pci", "papi_csv", "papi_workbook", "annex_xlsx", "annex_pdf")
Grid = list[list[Any]]
_CSV_PLACE = re.compile(r"line ([0-9]+), column (.+)")


@dataclass(frozen=True)
class Spot:
    """A cell the parser reads a figure from; row and column from 0."""

    sheet: str
    row: int
    column: int
    role: str  # value, rank or unit


@dataclass
class Book:
    """One document: its sheets by name, the cells that matter, and the words above the table."""

    family: str
    file_name: str
    sheets: dict[str, Grid]
    spots: list[Spot]
    headings: list[str] = field(default_factory=list)

    def columns(self, role: str) -> dict[tuple[str, int], list[Spot]]:
        """The spots of a role by sheet and column, from top to bottom."""
        found: dict[tuple[str, int], list[Spot]] = defaultdict(list)
        for spot in sorted({one for one in self.spots if one.role == role}, key=lambda one: one.row):
            found[spot.sheet, spot.column].append(spot)
        return found

    def at(self, spot: Spot) -> Any:
        """What stands there."""
        return self.sheets[spot.sheet][spot.row][spot.column]

    def put(self, spot: Spot, content: Any) -> None:
        """Write into a cell."""
        self.sheets[spot.sheet][spot.row][spot.column] = content


def family_of(batch: ParsedBatch, path_suffix: str) -> str | None:
    """The family of a document; None for code books, which carry no figures."""
    if batch.dataset == "annex":
        return f"annex_{path_suffix.lstrip('.').lower()}"
    return batch.dataset if batch.dataset in FAMILIES else None


def open_book(family: str, batch: ParsedBatch, path: Path) -> Book:
    """The document of `batch`, whose bytes stand at `path`."""
    name = batch.document.file_name
    if family == "annex_pdf":
        return _annex_book(name)
    if family == "papi_csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            sheets: dict[str, Grid] = {"": [list(row) for row in csv.reader(stream)]}
    else:
        sheets = {
            sheet.name: [[cell.value if cell else None for cell in row] for row in sheet.cells]
            for sheet in read_workbook(path, name).sheets
        }
    return Book(family, name, sheets, _spots(batch, sheets))


def _spots(batch: ParsedBatch, sheets: dict[str, Grid]) -> list[Spot]:
    found = []
    for row in batch.figures.select(["unit_locator", "value_locator", "rank_locator"]).to_pylist():
        for role in ("unit", "value", "rank"):
            place = row[f"{role}_locator"]
            if place is None:
                continue
            if line := _CSV_PLACE.fullmatch(place):
                found.append(Spot("", int(line[1]) - 1, sheets[""][0].index(line[2]), role))
            else:
                sheet, cell = place.rsplit("!", 1)
                letters, number = coordinate_from_string(cell)
                found.append(Spot(sheet, number - 1, column_index_from_string(letters) - 1, role))
    return list(dict.fromkeys(found))


def to_bytes(book: Book) -> bytes:
    """The document as it would be sent."""
    if book.family == "annex_pdf":
        return _annex_bytes(book)
    if book.family == "papi_csv":
        written = io.StringIO(newline="")
        csv.writer(written, lineterminator="\n").writerows(book.sheets[""])
        return written.getvalue().encode("utf-8")
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, grid in book.sheets.items():
        sheet = workbook.create_sheet()
        sheet.title = name
        for down, row in enumerate(grid, 1):
            for across, content in enumerate(row, 1):
                if content is not None:
                    cell = sheet.cell(down, across)
                    cell.value = content
                    if isinstance(content, str):
                        cell.data_type = "s"  # a text that begins with = is a text
    held = io.BytesIO()
    workbook.save(held)
    return held.getvalue()


# -- PDF annexes: the words they were drawn from ----------------------------------------------------------------------

_UNIT, _VALUE, _RANK = 1, 3, 5


@lru_cache(maxsize=1)
def _annexes() -> dict[str, Any]:
    _own_modules()
    from annex_tables import read_annexes

    return {annex.stem: annex for annex in read_annexes(PROJECT_ROOT / "data" / "annex_figures.csv")}


def _own_modules() -> None:
    folder = str(PROJECT_ROOT / "data")
    if folder not in sys.path:
        sys.path.insert(0, folder)


def _annex_book(name: str) -> Book:
    annex = _annexes()[Path(name).stem]
    sheets = {section.title: [list(row) for row in section.rows] for section in annex.sections}
    spots = [
        Spot(title, at, column, role)
        for title, grid in sheets.items()
        for at, row in enumerate(grid)
        for column, role in ((_UNIT, "unit"), (_VALUE, "value"), (_RANK, "rank"))
        if row[column] != ""
    ]
    return Book("annex_pdf", name, sheets, spots, list(annex.headings))


def _annex_bytes(book: Book) -> bytes:
    _own_modules()
    from annex_as_pdf import write_pdf
    from annex_tables import Section

    annex = _annexes()[Path(book.file_name).stem]
    sections = tuple(
        Section(title, tuple(tuple("" if content is None else content for content in row) for row in grid))
        for title, grid in book.sheets.items()
    )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "annex.pdf"
        write_pdf(replace(annex, headings=tuple(book.headings), sections=sections), target)
        return target.read_bytes()
