"""Reading an edited work list back: each line with a decision becomes an edit, or is returned with the reason."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from ingestion.numbers import read_number
from ingestion.readers import read_workbook
from ingestion.readers.tabular import Sheet, cell_name
from ingestion.worklist.layout import COLUMNS, DECISIONS, FIELDS, LIST_SHEET, MAX_ROWS
from warehouse.corrections import Action, CorrectedField
from warehouse.errors import Refusal, Refused

_FILLED_IN = tuple(column.name for column in COLUMNS if column.is_filled_in)
_MAX_TEXT = 2000
_Name = TypeVar("_Name", bound=str)


@dataclass(frozen=True)
class Line:
    """A line of the list that somebody decided on; `entered` is what stands in its yellow cells, NFC, trimmed."""

    key: str
    place: str  # of the line in the list, "Danh sách!N3"
    entered: dict[str, str]


@dataclass(frozen=True)
class Edit:
    """A decision that can be tried. `new_value` is empty unless the action is override, `factor` belongs to scale."""

    key: str
    action: Action
    field: CorrectedField
    new_value: str | None
    factor: float | None
    reason_vi: str
    reason_en: str
    source_url: str
    decided_by: str


def read_list(path: Path) -> tuple[Line, ...]:
    """The lines of the work list at `path` that carry a decision.

    Raises:
        Refused: the file is no work list, or the same line stands in it twice.
    """
    book = read_workbook(path, path.name)
    sheet = next((sheet for sheet in book.sheets if sheet.name == LIST_SHEET), None)
    if sheet is None:
        raise _no_list(path, f"the sheets {', '.join(repr(sheet.name) for sheet in book.sheets)[:200]}")
    header, columns = _header(path, sheet)
    rows = sheet.cells[header + 1 :]
    if len(rows) > MAX_ROWS + 1:
        raise _no_list(path, f"{len(rows):,} lines")
    lines: dict[str, Line] = {}
    for number, row in enumerate(rows, header + 1):
        text = {name: _text(row[column].value if row[column] else "") for name, column in columns.items()}  # type: ignore[union-attr]
        if not text["decision"] or not text["key"]:
            continue
        place = f"{LIST_SHEET}!{cell_name(number, columns['decision'])}"
        if text["key"] in lines:
            raise _no_list(path, f"a line twice, at {lines[text['key']].place} and {place}")
        lines[text["key"]] = Line(text["key"], place, {name: text[name] for name in _FILLED_IN})
    return tuple(lines.values())


def edit_of(line: Line) -> Edit | str:
    """The decision in `line`, or what is missing in it, in Vietnamese and English."""
    entered = line.entered
    action = _choice(entered["decision"], DECISIONS)
    field = _choice(entered["field"], FIELDS)
    reason_vi, reason_en = entered["reason_vi"] or entered["reason_en"], entered["reason_en"] or entered["reason_vi"]
    new_value, number = entered["new_value"], read_number(entered["new_value"]).value
    if action is None:
        return "quyết định không có trong danh sách chọn · the decision is none of those offered"
    if action in {"move_to_rank", "scale"}:
        field = "value"
    if field is None:
        return "chưa chọn phần cần sửa · which part is wrong is not chosen"
    if not reason_vi or not entered["source"] or not entered["decided_by"]:
        return "thiếu lý do, căn cứ hoặc người quyết định · a reason, where it is seen or who decided is missing"
    if max(map(len, entered.values())) > _MAX_TEXT:
        return f"một ô dài hơn {_MAX_TEXT} ký tự · a cell is longer than {_MAX_TEXT} characters"
    if action == "override" and not new_value:
        return "thiếu nội dung đúng · what is right is missing"
    if action == "scale" and not number:
        return "«nhân» cần một số khác 0 ở «Nội dung đúng» · scale needs a number other than 0 under «What is right»"
    return Edit(
        key=line.key,
        action=action,
        field=field,
        new_value=new_value if action == "override" else None,
        factor=number if action == "scale" else None,
        reason_vi=reason_vi,
        reason_en=reason_en,
        source_url=entered["source"],
        decided_by=entered["decided_by"],
    )


def _header(path: Path, sheet: Sheet) -> tuple[int, dict[str, int]]:
    """The row of the titles, and where each column stands now: people move columns."""
    wanted = {column.name for column in COLUMNS}
    for number, row in enumerate(sheet.cells[:5]):
        names = {str(cell.value): column for column, cell in enumerate(row) if cell}
        if {"key", "decision"} <= names.keys():
            missing = sorted(wanted - names.keys() - {"result"})
            if missing:
                raise _no_list(path, f"no column {', '.join(missing)}")
            return number + 1, {name: names[name] for name in wanted if name in names}
    raise _no_list(path, "no row with the names of the columns (the hidden first row)")


def _text(value: str | float | bool | date) -> str:
    """A cell as text; a whole number has no fraction, as people typed it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFC", str(value)).strip()


def _choice(text: str, offered: Mapping[_Name, str]) -> _Name | None:
    """The choice meant by the words of the drop-down, or by either half of them."""
    wanted = text.casefold()
    for name, words in offered.items():
        if wanted in {words.casefold(), *(half.strip().casefold() for half in words.split("·"))}:
            return name
    return None


def _no_list(path: Path, found: str) -> Refused:
    return Refused(
        Refusal(
            file_name=path.name,
            rule="not_a_work_list",
            found=found,
            expected=f"a list of `reform quarantine export`, with its sheet «{LIST_SHEET}» and hidden columns",
            text_en="this is no work list as it was exported, so nothing of it was used",
            text_vi="tệp này không phải danh sách đã xuất, nên không nội dung nào được dùng",
            action="export the list again and copy the decisions into it · xuất lại rồi chép các quyết định sang",
        )
    )
