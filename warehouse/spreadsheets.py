"""Text that stays text in a spreadsheet: the one place where it is made so, for every export."""

from __future__ import annotations

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.worksheet.worksheet import Worksheet

#: What a spreadsheet takes for a formula when a text begins with it (OWASP, "CSV Injection"), full-width forms too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: The same as a regular expression, for engines that work on whole columns.
FORMULA_PATTERN = r"^[=+\-@\t\r\n＝＋－＠]"
#: Excel's limit is 32,767; beyond it a workbook does not open.
_LARGEST_CELL = 32_000


def harmless(text: str) -> str:
    """`text` for a CSV field: with an apostrophe before what a spreadsheet would run as a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def printable(text: str) -> str:
    """`text` as a workbook can hold it: no sign XML forbids, no longer than a cell."""
    return ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)[:_LARGEST_CELL]


def set_text(cell: Cell, text: str) -> None:
    """Put `text` into a cell of a workbook: what looks like a formula stays letters, also when somebody edits it."""
    safe = printable(text)
    if safe:
        cell.value = safe
        cell.data_type = "s"
        cell.quotePrefix = True  # type: ignore[misc, unused-ignore]


def write_text(sheet: Worksheet, line: int, column: int, text: str) -> Cell:
    """Put `text` into the cell at that place, as `set_text` does, in a format of text; returns the cell."""
    cell = sheet.cell(line, column)
    assert isinstance(cell, Cell)  # merged cells take no text
    set_text(cell, text)
    cell.number_format = "@"
    return cell
