"""Finding the header block of a table in a sheet: one to three rows of words a layout knows."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.layouts import Layout
from ingestion.readers import Cell, Sheet

_HEADER_SEARCH_ROWS = 40
_MAX_HEADER_ROWS = 3
Row = tuple[Cell | None, ...]


@dataclass(frozen=True)
class HeaderBlock:
    """The header rows of a sheet, from 0; `rows` counts them. `texts` stand by column, top to bottom."""

    first: int
    rows: int
    texts: tuple[tuple[tuple[int, str], ...], ...]

    @property
    def below(self) -> int:
        """The first row under the header."""
        return self.first + self.rows


def find_header(sheet: Sheet, layout: Layout) -> HeaderBlock | None:
    """The first block of one to three rows without numbers in which at least two cells are known header texts."""
    for first, row in enumerate(sheet.cells[:_HEADER_SEARCH_ROWS]):
        if not is_header_row(row, layout):
            continue
        rows = 1
        while (
            rows < _MAX_HEADER_ROWS
            and first + rows < len(sheet.cells)
            and is_header_row(sheet.cells[first + rows], layout)
        ):
            rows += 1
        block = sheet.cells[first : first + rows]
        texts = tuple(
            tuple(
                (first + offset, str(cell.value))
                for offset, line in enumerate(block)
                if (cell := line[column]) is not None
            )
            for column in range(len(row))
        )
        return HeaderBlock(first, rows, texts)
    return None


def known_indicators(header: HeaderBlock, layout: Layout) -> frozenset[str]:
    """The indicators a header block names."""
    found = (layout.meaning_of(text) for column in header.texts for _, text in column)
    return frozenset(m.code for m in found if m is not None and m.kind == "indicator" and m.code is not None)


def is_header_row(row: Row, layout: Layout) -> bool:
    """Whether a row holds words only, two of them known to the layout."""
    texts = [cell.value for cell in row if cell is not None]
    if not all(isinstance(text, str) for text in texts):
        return False
    return sum(1 for text in texts if layout.meaning_of(str(text)) is not None) >= 2
