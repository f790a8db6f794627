"""Workbooks as plain cells: XLS and XLSX, told apart by their content and never by their name.

python-calamine reads; where it gives up on an XLSX, or would hide error cells, openpyxl reads, and the workbook says
which of them did.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from ingestion.readers import calamine_child
from ingestion.readers.compound import ErrorCells, inspect_compound
from ingestion.readers.limits import MAX_WORKBOOK_BYTES
from ingestion.readers.package import inspect_package
from ingestion.readers.refusing import refuse
from warehouse.errors import EnvironmentBroken

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Waited for calamine, whose own limit is on the time it computes: the machine may be busy with other things.
_CHILD_SECONDS = 60
_EXPECTED = "an .xls or .xlsx workbook"


class Cell(NamedTuple):
    """A cell that holds something. Texts are NFC; error cells are texts such as `#DIV/0!`."""

    value: str | float | int | bool | date


@dataclass(frozen=True)
class Sheet:
    """One sheet. `cells[row][column]`, both from 0, starts at A1; every row is as long; blank cells are None."""

    name: str
    cells: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True)
class Workbook:
    """The sheets in the workbook's order, empty and hidden ones too, and the library that read them."""

    file_name: str
    sheets: tuple[Sheet, ...]
    reader: str


def cell_name(row: int, column: int) -> str:
    """The name a spreadsheet program shows for a cell counted from 0: (2, 2) is `C3`."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def looks_like_workbook(path: Path) -> bool:
    """Whether the first bytes are those of a zip or compound file; says nothing about the rest."""
    with path.open("rb") as file:
        return file.read(8).startswith((_ZIP, _OLE))


def read_workbook(path: Path, file_name: str) -> Workbook:
    """Read all sheets of the workbook at `path`, which its owner calls `file_name`.

    Raises:
        Refused: the file cannot be read in full and in safety; no other exception leaves, whatever the bytes.
    """
    size = path.stat().st_size
    if size == 0:
        raise refuse(file_name, "file_empty", found="0 bytes", expected=_EXPECTED)
    if size > MAX_WORKBOOK_BYTES:
        raise refuse(file_name, "too_large", found=f"{size:,} bytes", expected=f"at most {MAX_WORKBOOK_BYTES:,}")
    data = path.read_bytes()
    if data.startswith(_ZIP):
        return _read_package(data, file_name)
    if data.startswith(_OLE):
        errors = inspect_compound(data, file_name)
        try:
            sheets = _with_errors(_read_with_calamine(data), errors)
        except _ReaderGaveUp as error:
            raise refuse(file_name, "workbook_truncated", found=str(error), expected="a complete .xls file") from None
        return Workbook(file_name, sheets, _calamine())
    raise refuse(file_name, "not_a_workbook", found=_describe(data), expected=_EXPECTED)


class _ReaderGaveUp(Exception):
    """A library could not read the bytes; its message is the reason."""


def _read_package(data: bytes, file_name: str) -> Workbook:
    facts = inspect_package(data, file_name)
    reason = "the workbook has error cells, which calamine reads as blanks"
    if not facts.has_error_cells:
        try:
            return Workbook(file_name, _read_with_calamine(data), _calamine())
        except _ReaderGaveUp as error:
            reason = f"calamine raised {error}"
    try:
        return Workbook(file_name, _read_with_openpyxl(data), f"openpyxl {version('openpyxl')} ({reason})")
    except _ReaderGaveUp as error:
        raise refuse(
            file_name, "workbook_truncated", found=f"{reason}; openpyxl: {error}", expected="a complete .xlsx file"
        ) from None


def _calamine() -> str:
    return f"python-calamine {version('python-calamine')}"


def _read_with_calamine(data: bytes) -> tuple[Sheet, ...]:
    """All sheets as calamine reads them, in a process of its own with limits of time and memory."""
    # Without the start-up of site packages, which takes longer than reading.
    command = [sys.executable, "-I", "-S", "-X", "utf8", calamine_child.__file__, _packages()]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=_CHILD_SECONDS)
    except subprocess.TimeoutExpired:
        raise _ReaderGaveUp(f"calamine was not done after {_CHILD_SECONDS} seconds") from None
    if done.returncode != 0:
        raise _ReaderGaveUp(
            f"calamine needed more than {calamine_child.MAX_CPU_SECONDS} seconds or "
            f"{calamine_child.MAX_MEMORY_BYTES / 1e9:g} GB"
        )
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise _ReaderGaveUp(str(answer["error"]))
    return tuple(
        Sheet(
            unicodedata.normalize("NFC", name),
            tuple((*(_cell(_dated(value)) for value in row), *(None,) * (width - len(row))) for row in rows),
        )
        for name, width, rows in answer["sheets"]
    )


@lru_cache(maxsize=1)
def _packages() -> str:
    found = find_spec("python_calamine")
    if found is None or found.origin is None:
        raise EnvironmentBroken("python-calamine is not installed: `make env`")
    return str(Path(found.origin).parent.parent)


def _dated(value: Any) -> Any:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["moment"]) if "moment" in value else date.fromisoformat(value["date"])
    return value


def _read_with_openpyxl(data: bytes) -> tuple[Sheet, ...]:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        return tuple(
            _sheet(sheet.title, sheet.iter_rows(values_only=True))
            if hasattr(sheet, "iter_rows")
            else Sheet(sheet.title, ())
            for sheet in [*workbook.worksheets, *workbook.chartsheets]
        )
    except Exception as error:
        raise _ReaderGaveUp(_one_line(error)) from None


def _sheet(name: str, rows: Iterable[Sequence[Any]]) -> Sheet:
    cells = [tuple(_cell(value) for value in row) for row in rows]
    return Sheet(unicodedata.normalize("NFC", name), tuple(cells))


def _cell(value: Any) -> Cell | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        text = value if value.isascii() else unicodedata.normalize("NFC", value)
        return Cell(text) if text.strip() else None
    if isinstance(value, datetime):
        return Cell(value.date() if value.time() == time.min else value)
    if isinstance(value, bool | int | float | date):
        return Cell(value)
    return Cell(str(value))


def _with_errors(sheets: tuple[Sheet, ...], errors: list[ErrorCells]) -> tuple[Sheet, ...]:
    """Put the error cells back that the reader handed over as blanks."""
    if not any(errors) or len(errors) != len(sheets):
        return sheets
    return tuple(_patched(sheet, found) if found else sheet for sheet, found in zip(sheets, errors, strict=True))


def _patched(sheet: Sheet, errors: ErrorCells) -> Sheet:
    height = max(len(sheet.cells), *(row + 1 for row, _ in errors))
    width = max(len(sheet.cells[0]) if sheet.cells else 0, *(column + 1 for _, column in errors))
    rows = [list(row) + [None] * (width - len(row)) for row in sheet.cells]
    rows += [[None] * width for _ in range(height - len(rows))]
    for (row, column), text in errors.items():
        rows[row][column] = Cell(text)
    return Sheet(sheet.name, tuple(tuple(row) for row in rows))


def _describe(data: bytes) -> str:
    """What the bytes seem to be, for the owner to recognise."""
    start = data[:512].lstrip(b"\xef\xbb\xbf\r\n\t ").lower()
    for mark, kind in (
        (b"%pdf", "a PDF"),
        (b"<!doctype html", "a web page saved under a workbook's name"),
        (b"<html", "a web page saved under a workbook's name"),
        (b"<?xml", "an XML file"),
        (b"{\\rtf", "a rich text document"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"rar!", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7-Zip archive"),
        (b"\x09\x08", "a workbook of Excel 4 or older"),
    ):
        if start.startswith(mark):
            return kind
    if not any(data[:4096]):
        return "nothing but zero bytes"
    try:
        data[:4096].decode("utf-8")
    except UnicodeDecodeError:
        return f"unknown bytes, starting {data[:8].hex(' ')}"
    return "plain text"


def _one_line(error: BaseException) -> str:
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}"[:200]
