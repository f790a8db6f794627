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


def write_text(sheet: Worksheet, line: int, column: int, text: str) -> Cell:
    """Write `text` into a cell of a workbook: what looks like a formula stays letters, also when somebody edits it."""
    cell = sheet.cell(line, column)
    assert isinstance(cell, Cell)  # merged cells take no text
    safe = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)[:_LARGEST_CELL]
    if safe:
        cell.value = safe
        cell.data_type = "s"
        cell.quotePrefix = True  # type: ignore[misc, unused-ignore]
    cell.number_format = "@"
    return cell
