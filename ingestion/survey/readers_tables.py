"""XLSX and CSV exports: the first row names the columns, every value is handed over as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from ingestion.readers.package import inspect_package
from ingestion.survey.export import ExportShape, Variable
from ingestion.survey.identifiers import identifier_by_values
from ingestion.survey.limits import MAX_ROWS, MAX_VARIABLES, MAX_WORKBOOK_CELLS, SAMPLE_ROWS, SAMPLE_TEXTS
from ingestion.survey.refusing import refuse

_CHUNK = 8 * 1024 * 1024
_ROWS_AT_ONCE = 20_000
_DELIMITERS = (",", ";", "\t", "|")


def table_shape(path: Path, kind: str, file_name: str, work: Path) -> ExportShape:
    """The shape of the export at `path`: names only, for tables have no labels.

    Raises:
        Refused: a damaged, hostile or too large file, or a header that does not name every column once.
    """
    if kind == "csv":
        return _csv_shape(path, file_name, work)
    header, rows = _sheet(path, file_name)
    sample: list[list[str | None]] = []
    count = 0
    for row in rows:
        count += 1
        if count <= SAMPLE_ROWS:
            sample.append(row)
    return _shape("xlsx", f"python-calamine {version('python-calamine')}", header, sample, count, is_bytes=False)


def write_table_data(
    path: Path, shape: ExportShape, columns: Sequence[str], folder: Path, file_name: str, work: Path
) -> None:
    """Write the columns named into `folder` as one Arrow file of texts."""
    target = folder / "texts_000.arrow"
    if shape.format == "csv":
        copy, delimiter = _transcoded(path, file_name, work)
        scan = pl.scan_csv(copy, separator=delimiter, infer_schema=False)
        scan.select(columns).sink_ipc(target, compression="lz4")
        copy.unlink()
        return
    header, rows = _sheet(path, file_name)
    places = [header.index(name) for name in columns]
    frames = []
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        data = {name: [row[place] for row in batch] for name, place in zip(columns, places, strict=True)}
        frames.append(pl.DataFrame(data, schema=dict.fromkeys(columns, pl.String)))
    pl.concat(frames).write_ipc(target, compression="lz4")


def _shape(
    kind: str, reader: str, header: list[str], sample: list[list[str | None]], rows: int, *, is_bytes: bool
) -> ExportShape:
    columns = [[row[place] or "" for row in sample] for place in range(len(header))]
    looks = [identifier_by_values(values) for values in columns]
    texts = {
        value
        for values, look in zip(columns, looks, strict=True)
        if not look
        for value in values
        if not value.isascii()
    }
    return ExportShape(
        format=kind,
        reader=reader,
        rows=rows,
        variables=tuple(Variable(name, "", "text", looks_like=look) for name, look in zip(header, looks, strict=True)),
        is_bytes=is_bytes,
        samples=tuple(sorted(texts)[:SAMPLE_TEXTS]),
    )


def _csv_shape(path: Path, file_name: str, work: Path) -> ExportShape:
    is_unicode = _bom(path) in {"utf-16-le", "utf-16-be"}
    copy, delimiter = _transcoded(path, file_name, work)
    with copy.open(encoding="utf-8", newline="") as reading:
        header = next(csv.reader(reading, delimiter=delimiter, strict=True))
    _check_header(header, file_name)
    scan = pl.scan_csv(copy, separator=delimiter, infer_schema=False)
    sample = [list(row) for row in scan.head(SAMPLE_ROWS).collect().rows()]
    rows = int(scan.select(pl.len()).collect().item())
    copy.unlink()
    reader = f"polars {version('polars')}"
    return _shape("csv", reader, header, sample, rows, is_bytes=not is_unicode)


def _bom(path: Path) -> str:
    with path.open("rb") as reading:
        first = reading.read(4)
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if first.startswith(mark):
            return encoding
    return ""


def _transcoded(path: Path, file_name: str, work: Path) -> tuple[Path, str]:
    """A copy in UTF-8 for polars, and the delimiter: one byte a character, or the text itself after a UTF-16 mark."""
    mark = _bom(path)
    encoding = mark if mark.startswith("utf-16") else "latin-1"
    copy = work / "copy.csv"
    with path.open("rb") as raw, copy.open("w", encoding="utf-8", newline="") as writing:
        raw.seek({"": 0, "utf-8-sig": 3}.get(mark, 2))
        reading = io.TextIOWrapper(raw, encoding=encoding, newline="")
        first = reading.readline(1_000_000)
        if not first.strip() or "\x00" in first:
            raise refuse(file_name, "survey_format_unknown", found="no header line", expected="a .csv export")
        writing.write(first)
        while chunk := reading.read(_CHUNK):
            writing.write(chunk)
    widths = {mark: len(next(csv.reader([first], delimiter=mark))) for mark in _DELIMITERS}
    return copy, max(_DELIMITERS, key=lambda mark: widths[mark])


def _check_header(header: list[str], file_name: str) -> None:
    if len(header) > MAX_VARIABLES:
        raise refuse(file_name, "survey_too_wide", found=f"{len(header):,} columns", expected=f"≤ {MAX_VARIABLES:,}")
    if len(set(header)) < len(header) or not all(name.strip() for name in header):
        raise refuse(
            file_name,
            "survey_file_damaged",
            found="columns without a name, or two of one name",
            expected="a name of its own for every column",
            place="row 1",
        )


def _sheet(path: Path, file_name: str) -> tuple[list[str], Iterator[list[str | None]]]:
    """The header and rows of the longest sheet."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    data = path.read_bytes()
    inspect_package(data, file_name, max_cells=MAX_WORKBOOK_CELLS)
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    del data
    names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    sheets = [workbook.get_sheet_by_name(name) for name in names]
    longest = max(sheets, key=lambda sheet: int(sheet.total_height))
    rows = (row for row in longest.iter_rows() if any(value != "" for value in row))
    first = next(rows, None)
    if first is None:
        raise refuse(file_name, "survey_empty", found="an empty workbook", expected="a header and respondents")
    header = [_text(value) or "" for value in first]
    while header and not header[-1]:
        header.pop()
    _check_header(header, file_name)
    return header, _bounded(rows, len(header), file_name)


def _bounded(rows: Iterator[list[Any]], width: int, file_name: str) -> Iterator[list[str | None]]:
    for number, row in enumerate(rows):
        if number >= MAX_ROWS:
            raise refuse(file_name, "survey_too_long", found=f"over {MAX_ROWS:,} rows", expected=f"≤ {MAX_ROWS:,}")
        yield [_text(value) for value in row[:width]] + [None] * (width - len(row))


def _text(value: Any) -> str | None:
    """A cell as text: whole numbers without a decimal point, dates as ISO 8601, blanks as nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value)
