"""The ruled text tables of a PDF annex as cells: characters put into the cells that the ruling lines draw.

pdfplumber opens the file and finds cells from lines; its page objects are built from pdfminer's layout directly,
because pdfplumber's own copies of every character take as long again as reading the page. pdfium would be ten times
faster, but it is not memory-safe code and these bytes come from strangers.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from ingestion.annex_layout import AnnexLayout
from ingestion.annex_pdf_safety import MAX_RULES, inspect_pdf
from ingestion.annex_pdf_text import Char, cell_lines, join_lines, text_lines
from ingestion.annex_refusing import refuse_annex
from ingestion.annex_tables import AnnexCell, AnnexFile, AnnexTable
from ingestion.numbers import cell_text
from warehouse.errors import Refused

#: Seconds for one document; asked between pages.
MAX_SECONDS = 60
#: Points by which two rules may miss one another and still be one line.
_SNAP = 3
_SHORTEST_RULE = 3


class Box(NamedTuple):
    """A rectangle of the page in points, from its top left corner."""

    x0: float
    top: float
    x1: float
    bottom: float


@dataclass(frozen=True)
class _Grid:
    """One ruled table of one page: its rows of (box, text), with the place of each row in words."""

    box: Box
    rows: tuple[tuple[tuple[Box, str], ...], ...]


@dataclass(frozen=True)
class _Page:
    number: int
    lines: tuple[tuple[float, str], ...]  # (top, text) of the lines outside tables
    grids: tuple[_Grid, ...]


def read_pdf(path: Path, file_name: str, layout: AnnexLayout) -> AnnexFile:
    """Read all ruled tables of the PDF with the lines above them; a table that continues on the next page is one.

    Raises:
        Refused: encrypted, broken, scanned or oversized; no other exception leaves, whatever the bytes.
    """
    inspect_pdf(path, file_name)
    try:
        pages = list(_pages(path, file_name))
    except Refused:
        raise
    except Exception as error:  # the library raises whatever the hostile bytes lead to
        raise refuse_annex(
            file_name,
            "pdf_broken",
            found=f"{type(error).__name__}: {error}",
            expected="a complete PDF",
        ) from None
    return AnnexFile(
        media="pdf",
        reader=f"pdfplumber {version('pdfplumber')}",
        tables=tuple(_tables(pages, layout)),
        parts_read=tuple(f"page {page.number}" for page in pages if page.grids),
        parts_skipped=tuple(f"page {page.number}: no ruled table" for page in pages if not page.grids),
    )


def table_rows(path: Path, file_name: str) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Every row of every ruled table: its place and number as the locators of `read_pdf` name them, and its texts.

    Raises:
        Refused: as `read_pdf`.
    """
    inspect_pdf(path, file_name)
    for page in _pages(path, file_name):
        for at, grid in enumerate(page.grids, 1):
            place = f"page {page.number}, table {at}" if len(page.grids) > 1 else f"page {page.number}"
            for number, row in enumerate(grid.rows, 1):
                yield place, number, tuple(text for _, text in row)


def _pages(path: Path, file_name: str) -> Iterator[_Page]:
    import pdfplumber

    started = time.monotonic()
    with pdfplumber.open(path) as document:
        for page in document.pages:
            if time.monotonic() - started > MAX_SECONDS:
                raise refuse_annex(
                    file_name,
                    "pdf_too_long",
                    found=f"page {page.page_number} after {MAX_SECONDS} seconds",
                    expected=f"a document read within {MAX_SECONDS} seconds",
                    place=f"page {page.page_number}",
                )
            yield _read_page(page, file_name)
            page.close()


def _read_page(page: Any, file_name: str) -> _Page:
    chars, rules, has_image = _objects(page.layout)
    place = f"page {page.page_number}"
    if has_image and not any(not char.text.isspace() for char in chars):
        raise refuse_annex(
            file_name, "pdf_scanned", found="a picture and no text", expected="a page with text", place=place
        )
    if len(rules) > MAX_RULES:
        raise refuse_annex(
            file_name, "pdf_too_long", found=f"{len(rules)} lines drawn", expected=f"at most {MAX_RULES}", place=place
        )
    grids, outside = _grids(chars, rules)
    return _Page(page.page_number, tuple(text_lines(outside)), tuple(grids))


def _objects(layout: Any) -> tuple[list[Char], list[dict[str, Any]], bool]:
    """The distinct characters, the ruling lines as pdfplumber's edges, and whether there is a picture."""
    from pdfminer.layout import LTChar, LTCurve, LTFigure, LTImage

    chars: dict[tuple[str, int, int], Char] = {}
    rules: list[dict[str, Any]] = []
    has_image = False
    waiting = [layout]
    left, page_top = layout.x0, layout.y1
    while waiting:
        for item in waiting.pop():
            if isinstance(item, LTChar):
                char = Char(item.get_text(), item.x0 - left, page_top - item.y1, item.x1 - left, page_top - item.y0)
                # Some programs print letters twice to make them bold: "11" would be read where "1" is printed.
                chars.setdefault((char.text, round(char.x0), round(char.top)), char)
            elif isinstance(item, LTCurve):
                box = Box(item.x0 - left, page_top - item.y1, item.x1 - left, page_top - item.y0)
                rules.extend(_rules_of(box, layout.width * layout.height))
            elif isinstance(item, LTImage):
                has_image = True
            elif isinstance(item, LTFigure):
                waiting.append(item)
    return list(chars.values()), rules, has_image


def _rules_of(box: Box, page_area: float) -> Iterator[dict[str, Any]]:
    width, height = box.x1 - box.x0, box.bottom - box.top
    if width * height > 0.9 * page_area:
        return  # the page's background
    tops = {box.top, box.bottom} if height > _SNAP else {(box.top + box.bottom) / 2}
    lefts = {box.x0, box.x1} if width > _SNAP else {(box.x0 + box.x1) / 2}
    if width >= _SHORTEST_RULE:
        for top in tops:
            yield {
                "orientation": "h",
                "x0": box.x0,
                "x1": box.x1,
                "top": top,
                "bottom": top,
                "width": width,
                "height": 0.0,
            }
    if height >= _SHORTEST_RULE:
        for left in lefts:
            yield {
                "orientation": "v",
                "x0": left,
                "x1": left,
                "top": box.top,
                "bottom": box.bottom,
                "width": 0.0,
                "height": height,
            }


def _grids(chars: list[Char], rules: list[dict[str, Any]]) -> tuple[list[_Grid], list[Char]]:
    """The tables that the rules draw, filled with their characters, and the characters outside."""
    from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

    joined = merge_edges(rules, _SNAP, _SNAP, _SNAP, _SNAP)
    merged = merge_edges([*joined, *_closing_rules(joined)], _SNAP, _SNAP, _SNAP, _SNAP)
    cells = intersections_to_cells(edges_to_intersections(merged, _SNAP, _SNAP))
    grids = []
    outside = chars
    for boxes in cells_to_tables(cells):
        if len({box[0] for box in boxes}) == 1:
            continue  # a frame around words
        cell_boxes = sorted((Box(*box) for box in boxes), key=lambda box: (box.top, box.x0))
        around = Box(
            min(box.x0 for box in cell_boxes),
            cell_boxes[0].top,
            max(box.x1 for box in cell_boxes),
            max(box.bottom for box in cell_boxes),
        )
        inside = [char for char in outside if _holds(around, char)]
        outside = [char for char in outside if not _holds(around, char)]
        grids.append(_Grid(around, tuple(_rows(cell_boxes, inside))))
    return sorted(grids, key=lambda grid: grid.box.top), outside


def _closing_rules(rules: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Lines from side to side where the upright lines end: a row torn by a page break is often left open there."""
    for end in ("top", "bottom"):
        ending: dict[int, list[dict[str, Any]]] = {}
        for rule in rules:
            if rule["orientation"] == "v":
                ending.setdefault(round(rule[end] / _SNAP), []).append(rule)
        for sides in ending.values():
            if len(sides) > 1:
                left, right = min(rule["x0"] for rule in sides), max(rule["x0"] for rule in sides)
                yield {
                    "orientation": "h",
                    "x0": left,
                    "x1": right,
                    "top": sides[0][end],
                    "bottom": sides[0][end],
                    "width": right - left,
                    "height": 0.0,
                }


def _holds(box: Box, char: Char) -> bool:
    return box.x0 <= (char.x0 + char.x1) / 2 <= box.x1 and box.top <= (char.top + char.bottom) / 2 <= box.bottom


def _rows(boxes: list[Box], chars: list[Char]) -> Iterator[tuple[tuple[Box, str], ...]]:
    """Cells by row. A cell that spans several rows belongs to the first of them."""
    by_top: dict[float, list[Box]] = {}
    for box in boxes:
        by_top.setdefault(box.top, []).append(box)
    tops = sorted(by_top)
    held: dict[Box, list[Char]] = {box: [] for box in boxes}
    for char in chars:
        # From the char's own row upwards, because the cell that holds it may have begun there.
        for at in range(bisect_right(tops, (char.top + char.bottom) / 2) - 1, -1, -1):
            home = next((box for box in by_top[tops[at]] if _holds(box, char)), None)
            if home:
                held[home].append(char)
                break
    for top in tops:
        yield tuple((box, join_lines(cell_lines(held[box]), box.x1)) for box in by_top[top])


def _tables(pages: Sequence[_Page], layout: AnnexLayout) -> Iterator[AnnexTable]:
    """Tables over page breaks: one goes on where the next page begins with its columns and no section of its own."""
    building: _Building | None = None
    above: list[str] = []
    for page in pages:
        begins = 0.0
        for at, grid in enumerate(page.grids):
            above += [text for top, text in page.lines if begins <= top < grid.box.top]
            begins = grid.box.bottom
            names_section = any(layout.section_type(line) for line in above)
            if building is not None and at == 0 and not names_section and building.goes_on(grid):
                building.extend(page, at)
            else:
                if building is not None:
                    yield building.table()
                building = _Building(page, at, tuple(above))
            above = []
        # What stands below the last table, or on a cover page, belongs to the next one.
        above += [text for top, text in page.lines if top >= begins]
    if building is not None:
        yield building.table()


class _Building:
    """A table while its pages are read."""

    def __init__(self, page: _Page, at: int, lines_above: tuple[str, ...]) -> None:
        grid = page.grids[at]
        self._name = f"page {page.number}, table {at + 1}" if len(page.grids) > 1 else f"page {page.number}"
        self._lines_above = lines_above
        # The row with the most cells shows the columns; others span some of them.
        widest = max(grid.rows, key=len)
        self._columns = [box for box, _ in widest]
        self._header = [text for _, text in widest]
        self._rows: list[tuple[AnnexCell, ...]] = []
        self._page_starts: set[int] = set()
        self._add(page, at, grid.rows)

    def goes_on(self, grid: _Grid) -> bool:
        """Whether `grid`, first on its page, has these columns: then it is this table's next page."""
        first = grid.rows[0]
        return len(first) == len(self._columns) and all(
            abs(box.x0 - column.x0) <= _SNAP for (box, _), column in zip(first, self._columns, strict=True)
        )

    def extend(self, page: _Page, at: int) -> None:
        """Add the rows of the next page, without the header it repeats."""
        rows = page.grids[at].rows
        self._page_starts.add(len(self._rows))
        below_header = self._without_header(rows[0])
        if below_header is None:
            self._add(page, at, rows)
        elif any(text for _, text in below_header):
            self._add(page, at, (below_header, *rows[1:]))
        else:
            self._add(page, at, rows[1:], first_row=2)

    def _without_header(self, row: tuple[tuple[Box, str], ...]) -> tuple[tuple[Box, str], ...] | None:
        """What the row holds below the header it repeats; None where it does not.

        Where a row goes on from the page before, some programs draw no line between it and the repeated header.
        """
        texts = [text for _, text in row]
        repeats = len(texts) == len(self._header) and all(
            f"{text} ".startswith(f"{header} ") for text, header in zip(texts, self._header, strict=True)
        )
        if not repeats:
            return None
        return tuple((box, text[len(header) :].strip()) for (box, text), header in zip(row, self._header, strict=True))

    def _add(self, page: _Page, at: int, rows: Sequence[tuple[tuple[Box, str], ...]], first_row: int = 1) -> None:
        table = f", table {at + 1} row" if len(page.grids) > 1 else ", table row"
        for number, row in enumerate(rows, first_row):
            cells = []
            for column, header in zip(self._columns, self._header, strict=True):
                middle = (column.x0 + column.x1) / 2
                # A cell over several columns is read in the first of them.
                text = next(
                    (text for box, text in row if box.x0 <= middle <= box.x1 and abs(box.x0 - column.x0) <= _SNAP), ""
                )
                cells.append(AnnexCell(cell_text(text) or None, f"page {page.number}{table} {number}, column {header}"))
            self._rows.append(tuple(cells))

    def table(self) -> AnnexTable:
        """The table as read."""
        return AnnexTable(self._name, self._lines_above, tuple(self._rows), frozenset(self._page_starts))
