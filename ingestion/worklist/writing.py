"""Writing the work list as a workbook: drop-downs, the bad cell marked, nothing in it that a spreadsheet would run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ingestion.worklist.layout import (
    COLUMNS,
    DECISIONS,
    FIELDS,
    FILE_SHEET,
    HELP,
    HELP_SHEET,
    LIST_SHEET,
    UNIT_SHEET,
)
from ingestion.worklist.rows import WaitingRow
from warehouse.spreadsheets import write_text

_HEADER, _YELLOW = PatternFill("solid", fgColor="DDE6F0"), PatternFill("solid", fgColor="FFF8D6")
_RED = PatternFill("solid", fgColor="F4B6B0")
_LETTER = {column.name: get_column_letter(number) for number, column in enumerate(COLUMNS, 1)}


def write_list(
    path: Path,
    rows: Sequence[WaitingRow],
    *,
    units: Sequence[str],
    refused_files: Sequence[tuple[str, str]] = (),
    filled_in: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Write `rows` to the workbook `path`, whole or not at all.

    `units` are the names offered where a unit is wrong, `refused_files` file names with what is wrong with them,
    `filled_in` by row key what people had entered and the result, for a list that is returned.
    """
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = LIST_SHEET
    for number, column in enumerate(COLUMNS, 1):
        write_text(sheet, 1, number, column.name)
        title = write_text(sheet, 2, number, column.title)
        title.font, title.fill = Font(bold=True), _YELLOW if column.is_filled_in else _HEADER
        title.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[_LETTER[column.name]].width = column.width
    for line, row in enumerate(rows, 3):
        _write_row(sheet, line, row, (filled_in or {}).get(row.key, {}))
    last = max(len(rows) + 2, 3)
    sheet.row_dimensions[1].hidden = True
    sheet.column_dimensions["A"].hidden = True
    sheet.column_dimensions[_LETTER["result"]].hidden = not filled_in
    sheet.freeze_panes = "D3"
    sheet.auto_filter.ref = f"A2:{_LETTER['result']}{last}"
    _offer(sheet, "decision", f'"{",".join(DECISIONS.values())}"', last)
    _offer(sheet, "field", f'"{",".join(FIELDS.values())}"', last)
    _offer_units(sheet, rows, len(units))
    _plain_sheet(book, UNIT_SHEET, [(unit,) for unit in units], (30,))
    _plain_sheet(book, FILE_SHEET, [("Tệp · File", "Lý do · Why"), *refused_files], (40, 120))
    _plain_sheet(book, HELP_SHEET, HELP, (90, 90))
    _save(book, path)


def _write_row(sheet: Worksheet, line: int, row: WaitingRow, filled_in: Mapping[str, str]) -> None:
    content = {
        **{name: getattr(row, name) for name in ("key", "file_name", "place", "found", "expected", "suggested_fix")},
        **{name: getattr(row, name) for name in ("owner", "unit", "indicator", "year", "value", "rank")},
        "rule": f"{row.text_vi} · {row.text_en} ({row.rule_id})",
        "field": FIELDS[row.field],
        **filled_in,
    }
    for number, column in enumerate(COLUMNS, 1):
        cell = write_text(sheet, line, number, content.get(column.name, ""))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if column.is_filled_in:
            cell.fill = _YELLOW
        elif column.name == row.field:
            cell.fill, cell.font = _RED, Font(bold=True)


def _offer(sheet: Worksheet, column: str, choices: str, last: int) -> None:
    offered = DataValidation(type="list", formula1=choices, allow_blank=True, showErrorMessage=True)
    offered.error = "Chọn trong danh sách · Choose from the list"
    sheet.add_data_validation(offered)
    offered.add(f"{_LETTER[column]}3:{_LETTER[column]}{last}")


def _offer_units(sheet: Worksheet, rows: Sequence[WaitingRow], count: int) -> None:
    """Names of units to choose from where the unit is wrong; another name may be typed, the replay judges it."""
    lines = [line for line, row in enumerate(rows, 3) if row.field == "unit"]
    if not lines or not count:
        return
    offered = DataValidation(type="list", formula1=f"'{UNIT_SHEET}'!$A$1:$A${count}", allow_blank=True)
    offered.showErrorMessage = False
    sheet.add_data_validation(offered)
    for line in lines:
        offered.add(f"{_LETTER['new_value']}{line}")


def _plain_sheet(book: Any, name: str, rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    sheet = book.create_sheet(name)
    for line, row in enumerate(rows, 1):
        for number, content in enumerate(row, 1):
            write_text(sheet, line, number, content).alignment = Alignment(wrap_text=True, vertical="top")
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width


def _save(book: Workbook, path: Path) -> None:
    handle, partial = tempfile.mkstemp(suffix=".partial", prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        book.save(partial)
        Path(partial).chmod(0o644)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
