"""The cell of a figure among its neighbours, as the source prints it.

Whoever publishes reads the rows once from the archived bytes (`ingestion.surroundings`; docs/decisions/0028) and puts
them into the release as `surroundings.parquet`, so that a release answers for itself wherever it is copied to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SURROUNDINGS_FILE = "surroundings.parquet"

#: Grain: one row of a sheet, table, text or JSON list of one document; the key is the first three columns.
SURROUNDINGS_SCHEMA = pa.schema(
    [
        pa.field("source_document_id", pa.string(), nullable=False),
        pa.field("place", pa.string(), nullable=False),  # sheet; `page 2`; `record 7 $`; empty for a text file
        pa.field("row_number", pa.int32(), nullable=False),  # as the locator counts
        pa.field("is_heading", pa.bool_(), nullable=False),  # above the first figure of its place
        pa.field("cells", pa.list_(pa.string()), nullable=False),  # texts as printed; of JSON `"KEY": value`
    ]
)

_FORMS = (
    ("pdf", re.compile(r"(page [0-9]+)(?:, table ([0-9]+) row|, table row) ([0-9]+), column (.*)", re.S)),
    ("text", re.compile(r"()()line ([0-9]+), column (.*)", re.S)),
    ("json", re.compile(r"(record [0-9]+ \$(?:\.data)?)()\[([0-9]+)\](?:\.(.*))?", re.S)),
)
_SHEET = re.compile(r"(.*)!([A-Z]{1,3})([0-9]{1,7})", re.S)
_NUMBER = re.compile(r"[-+−]?[0-9.,\s]*%?")
#: Neighbours shown on each side of the cell, and cells of words shown at the head of its row.
_BESIDE = 2
_HEADS = 2


@dataclass(frozen=True)
class Spot:
    """A locator taken apart: `kind` is sheet, pdf, text or json; `column` letters, a header's text or a JSON key."""

    kind: str
    place: str
    row_number: int
    column: str


@dataclass(frozen=True)
class SourceRow:
    """One row as its source prints it."""

    row_number: int
    is_heading: bool
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Fragment:
    """A cell among its neighbours. `columns` names the columns shown; `marked_column` is None where the row is known
    and the cell in it is not. Every row has a cell for every column.
    """

    kind: str
    place: str
    columns: tuple[str, ...]
    rows: tuple[SourceRow, ...]
    marked_row: int
    marked_column: int | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


def spot_of(locator: str | None) -> Spot | None:
    """Where `locator` points, or None when it names no single cell."""
    if not locator:
        return None
    for kind, form in _FORMS:
        found = form.fullmatch(locator)
        if found:
            place = f"{found[1]}, table {found[2]}" if found[2] else found[1]
            return Spot(kind, place, int(found[3]), found[4] or "")
    found = _SHEET.fullmatch(locator)
    return Spot("sheet", found[1], int(found[3]), found[2]) if found else None


class Surroundings:
    """The rows around figures of the documents of a release."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._places: dict[tuple[str, str], dict[int, SourceRow]] = {}
        self._headings: dict[str, list[SourceRow]] = {}
        for row in rows:
            source_row = SourceRow(row["row_number"], row["is_heading"], tuple(row["cells"]))
            document = row["source_document_id"]
            self._places.setdefault((document, row["place"]), {})[source_row.row_number] = source_row
            if source_row.is_heading:
                self._headings.setdefault(document, []).append(source_row)

    @classmethod
    def of_release(cls, folder: Path, documents: Iterable[str] | None = None) -> Surroundings:
        """What the release in `folder` holds, of `documents` or of all; nothing for a release from before there was."""
        path = folder / SURROUNDINGS_FILE
        if not path.exists():
            return cls(())
        filters = None if documents is None else [("source_document_id", "in", sorted(set(documents)) or [""])]
        return cls(pq.read_table(path, filters=filters).to_pylist())

    def rows_at(self, document: str, place: str) -> dict[int, SourceRow]:
        """Every row kept of one place, by its number."""
        return self._places.get((document, place), {})

    def headings(self, document: str, place: str) -> list[SourceRow]:
        """The rows above the figures of a place; a table that goes on over pages has them on its first."""
        own = [row for row in self.rows_at(document, place).values() if row.is_heading]
        return own or self._headings.get(document, [])

    def column_of(self, document: str, spot: Spot) -> int | None:
        """The index of the column of `spot`, or None where no heading bears its name."""
        if spot.kind == "sheet":
            return column_index(spot.column)
        if spot.kind == "json":
            row = self.rows_at(document, spot.place).get(spot.row_number)
            start = f"{json.dumps(spot.column, ensure_ascii=False)}:"
            return next((at for at, cell in enumerate(row.cells if row else ()) if cell.startswith(start)), None)
        for row in self.headings(document, spot.place):
            for at, cell in enumerate(row.cells):
                if " ".join(cell.split()) == spot.column:
                    return at
        return None

    def around(self, document: str, locator: str | None) -> Fragment | None:
        """The cell `locator` of `document` with its neighbours and headings, or None where they are not known."""
        spot = spot_of(locator)
        rows = self.rows_at(document, spot.place) if spot else {}
        if spot is None or spot.row_number not in rows:
            return None
        marked = rows[spot.row_number]
        column = self.column_of(document, spot)
        near = [rows[number] for number in range(spot.row_number - 1, spot.row_number + 2) if number in rows]
        if spot.kind == "json":
            near = [marked]
        shown = [*(row for row in self.headings(document, spot.place) if row not in near), *near]
        columns = _columns_shown(marked, column)
        return Fragment(
            kind=spot.kind,
            place=spot.place,
            columns=tuple(column_letters(at) if spot.kind == "sheet" else str(at + 1) for at in columns),
            rows=tuple(
                SourceRow(row.row_number, row.is_heading, tuple(_cell(row, at) for at in columns)) for row in shown
            ),
            marked_row=spot.row_number,
            marked_column=columns.index(column) if column in columns else None,
        )


def heads_of(row: SourceRow, before: int) -> list[int]:
    """The columns that say what the row is about: the nearest cells of words left of `before`.

    The nearest, not the first: some sheets hold a ranking of their own beside every score.
    """
    words = [at for at, cell in enumerate(row.cells[:before]) if cell.strip() and not _NUMBER.fullmatch(cell)]
    return words[-_HEADS:]


def _columns_shown(row: SourceRow, column: int | None) -> list[int]:
    if column is None:
        return list(range(min(len(row.cells), 2 * _BESIDE + _HEADS + 1)))
    near = range(max(0, column - _BESIDE), min(max(len(row.cells), column + 1), column + _BESIDE + 1))
    return sorted({*heads_of(row, column), *near})


def _cell(row: SourceRow, at: int) -> str:
    return row.cells[at] if at < len(row.cells) else ""


def column_index(letters: str) -> int:
    """The place of a spreadsheet column from 0: `A` is 0, `AA` 26."""
    index = 0
    for letter in letters:
        index = 26 * index + ord(letter) - 64
    return index - 1


def column_letters(index: int) -> str:
    """The letters a spreadsheet shows for a column counted from 0."""
    letters, rest = "", index + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return letters
