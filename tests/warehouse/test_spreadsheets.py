"""No export holds a text that a spreadsheet would run, whichever way it leaves the project."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest
from openpyxl import Workbook, load_workbook

from cli.metrics_view import print_csv
from ingestion.worklist.writing import write_list
from warehouse.home import PROJECT_ROOT
from warehouse.release_files import _write_rows
from warehouse.reports.workbook import _rows
from warehouse.serving.rendering import csv_page
from warehouse.spreadsheets import FORMULA_PATTERN, FORMULA_STARTS, harmless

FORMULAS = [f"{start}cmd|' /C calc'!A0" for start in FORMULA_STARTS]
#: How a file that people open in a spreadsheet can be written; who writes one goes through `warehouse.spreadsheets`.
_WRITERS = re.compile(
    r"csv\.writer\(|DictWriter\(|\.write_csv\(|\.to_csv\(|\.to_excel\(|write_excel\(|openpyxl import [^\n]*\bWorkbook"
)


def _of_the_api(text: str, _: Path) -> list[str]:
    return _fields(csv_page(("name",), [(text,)]).decode("utf-8-sig"))


def _of_a_release(text: str, _: Path) -> list[str]:
    sink = io.BytesIO()
    _write_rows(pa.table({"name": [text]}), sink)
    return _fields("name\r\n" + sink.getvalue().decode())


def _of_metrics(text: str, _: Path) -> list[str]:
    sink = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", sink)
        print_csv(cast(Any, SimpleNamespace(columns=["name"], rows=[[text]], marks=[()])))
    return _fields(sink.getvalue())[:1]


def _fields(content: str) -> list[str]:
    _, *rows = list(csv.reader(io.StringIO(content, newline="")))
    return [field for row in rows for field in row]


@pytest.mark.parametrize("export", [_of_the_api, _of_a_release, _of_metrics])
@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_in_csv_has_an_apostrophe_before_it(
    export: Callable[[str, Path], list[str]], text: str, tmp_path: Path
) -> None:
    assert export(text, tmp_path) == ["'" + text]


def test_a_formula_in_the_work_list_is_text_and_stays_text_when_edited(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write_list(path, [], units=FORMULAS, refused_files=[(text, text) for text in FORMULAS])
    cells = [cell for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    assert {str(cell.value)[0] for cell in cells} >= set("=+-@")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_in_the_workbook_of_a_unit_is_text(text: str, tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    _rows(sheet, [[text, "\x07", 1.5, "Hà Nội"]])
    book.save(tmp_path / "unit.xlsx")
    (row,) = load_workbook(tmp_path / "unit.xlsx").active.iter_rows()
    assert [cell.data_type for cell in row] == ["s", "s", "n", "s"]
    assert row[0].quotePrefix
    assert row[1].value == "\N{REPLACEMENT CHARACTER}"


def test_numbers_and_words_stay_as_they_are() -> None:
    assert harmless("Hà Nội") == "Hà Nội"
    assert csv_page(("value",), [(-1.5,)]).decode("utf-8-sig").splitlines()[1] == "-1.5"


def test_the_signs_of_a_formula_are_the_same_for_texts_and_for_columns() -> None:
    assert all(re.match(FORMULA_PATTERN, start) for start in FORMULA_STARTS)


def test_whoever_writes_a_spreadsheet_goes_through_the_one_helper() -> None:
    writers = [
        path
        for folder in ("cli", "dags", "expectations", "ingestion", "warehouse")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        if _WRITERS.search(path.read_text("utf-8"))
    ]
    without = [path.name for path in writers if "warehouse.spreadsheets" not in path.read_text("utf-8")]
    assert writers
    assert not without
