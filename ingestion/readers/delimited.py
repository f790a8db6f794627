"""Delimited text (CSV), read strictly: one encoding, one width, every line accounted for.

A reader that repairs, guesses or skips would turn a broken transfer into wrong figures.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ingestion.readers.limits import MAX_CSV_BYTES, MAX_CSV_COLUMNS, MAX_CSV_ROWS
from ingestion.readers.refusing import refuse

_DELIMITERS = (",", ";", "\t")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class CsvRow:
    """One record: the line it starts on (from 1, the header's included) and its texts, in the header's order."""

    line: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class CsvTable:
    """A header and its records; texts are NFC with their spaces as they stand."""

    file_name: str
    header: tuple[str, ...]
    rows: tuple[CsvRow, ...]
    delimiter: str
    reader: str


def read_csv(path: Path, file_name: str) -> CsvTable:
    """Read the text table at `path`, which its owner calls `file_name`.

    Raises:
        Refused: empty, too large, not UTF-8, not text, ragged, badly quoted, or columns without a name of their own.
            No other exception leaves, whatever the bytes.
    """
    size = path.stat().st_size
    if size == 0:
        raise refuse(file_name, "file_empty", found="0 bytes", expected="a CSV file")
    if size > MAX_CSV_BYTES:
        raise refuse(file_name, "too_large", found=f"{size:,} bytes", expected=f"at most {MAX_CSV_BYTES:,}")
    text = _decode(path.read_bytes(), file_name)
    if not text.strip():
        raise refuse(file_name, "file_empty", found="only spaces", expected="a CSV file")
    delimiter = _delimiter(text, file_name)
    records = _records(text, delimiter, file_name)
    header, rows = records[0], records[1:]
    _check_header(header, file_name)
    for row in rows:
        if len(row.values) != len(header.values):
            raise refuse(
                file_name,
                "ragged_line",
                found=f"{len(row.values)} columns",
                expected=f"{len(header.values)} columns",
                place=f"line {row.line}",
            )
    names = tuple(name.strip() for name in header.values)
    return CsvTable(file_name, names, tuple(rows), delimiter, "csv of the Python standard library")


def _decode(data: bytes, file_name: str) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        kind = "a PDF" if data.startswith(b"%PDF") else "a workbook or archive"
        raise refuse(file_name, "not_a_csv", found=kind, expected="text")
    zero = data.find(b"\x00")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or zero >= 0:
        looks_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:1000].count(0) > len(data[:1000]) // 4
        found = "probably UTF-16" if looks_utf16 else "a zero byte, which text never holds"
        raise refuse(file_name, "wrong_encoding", found=found, expected="UTF-8", place=_place(data, max(zero, 0)))
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        position = error.start + (len(_BOM) if data.startswith(_BOM) else 0)
        raise refuse(
            file_name,
            "wrong_encoding",
            expected="UTF-8",
            place=_place(data, position),
            found=f"byte 0x{data[position]:02x}, {_likely_encoding(data)}",
        ) from None
    return unicodedata.normalize("NFC", text)


def _place(data: bytes, position: int) -> str:
    line_start = data.rfind(b"\n", 0, position) + 1
    return f"line {data.count(10, 0, position) + 1}, byte {position - line_start + 1}"


def _likely_encoding(data: bytes) -> str:
    """A guess for the owner's next try, never used to read: few control bytes mean an 8-bit Vietnamese code page."""
    controls = sum(1 for byte in data[:4096] if byte < 32 and byte not in b"\t\r\n")
    if controls > len(data[:4096]) // 50:
        return "probably not text at all"
    return "probably windows-1258 or another 8-bit code page"


def _delimiter(text: str, file_name: str) -> str:
    """The separator that splits the header into most columns; a single column may do without one."""
    first_line = text.lstrip("\r\n").splitlines()[0]
    counts = {mark: _width(first_line, mark) for mark in _DELIMITERS}
    best = max(counts.values())
    winners = [mark for mark, count in counts.items() if count == best]
    if best > 1 and len(winners) > 1:
        raise refuse(
            file_name,
            "not_a_csv",
            found="a header that splits equally well at two separators",
            expected="one separator",
            place="line 1",
        )
    return winners[0]


def _width(line: str, mark: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=mark)))
    except (csv.Error, StopIteration):
        return 1


def _records(text: str, delimiter: str, file_name: str) -> list[CsvRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[CsvRow] = []
    blank_at: int | None = None
    line = 1
    try:
        for values in reader:
            if not values:
                blank_at = blank_at or line
            elif blank_at and records:
                raise refuse(
                    file_name, "ragged_line", found="a blank line", expected="values", place=f"line {blank_at}"
                )
            else:
                blank_at = None
                records.append(CsvRow(line, tuple(values)))
            if len(records) > MAX_CSV_ROWS or len(values) > MAX_CSV_COLUMNS:
                raise refuse(
                    file_name,
                    "too_many_cells",
                    found=f"more than {MAX_CSV_ROWS:,} lines or {MAX_CSV_COLUMNS:,} columns",
                    expected="an index table",
                    place=f"line {line}",
                )
            line = reader.line_num + 1
    except csv.Error as error:
        raise refuse(
            file_name, "not_a_csv", found=str(error), expected="correctly quoted values", place=f"line {line}"
        ) from None
    return records


def _check_header(header: CsvRow, file_name: str) -> None:
    seen: set[str] = set()
    for name in header.values:
        if not name.strip() or name.strip() in seen:
            raise refuse(
                file_name,
                "duplicate_column",
                found=name.strip() or "a column without a name",
                expected="a name of its own for every column",
                place=f"line {header.line}",
            )
        seen.add(name.strip())
