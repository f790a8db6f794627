"""An export without some of its rows, in the format it came in. What it says of the others must stay as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyreadstat
from openpyxl import load_workbook

from warehouse.errors import EnvironmentBroken

_QUOTE, _NEWLINE = 0x22, 0x0A


def drop_rows(path: Path, kind: str, rows: set[int], target: Path) -> None:
    """Write the export at `path` to `target` without the data rows named (0 is the first below the header).

    Raises:
        EnvironmentBroken: this format or encoding cannot be written as it was.
    """
    if kind == "csv":
        _drop_lines(path, rows, target)
    elif kind == "xlsx":
        _drop_sheet_rows(path, rows, target)
    else:
        _drop_cases(path, kind, rows, target)


def _drop_lines(path: Path, rows: set[int], target: Path) -> None:
    content = path.read_bytes()
    if b"\x00" in content:
        raise EnvironmentBroken(f"{path.name} is UTF-16 text, which is not rewritten")
    with target.open("wb") as writing:
        for number, record in enumerate(_records(content)):
            if number - 1 not in rows:  # the first record is the header
                writing.write(record)


def _records(content: bytes) -> Iterator[bytes]:
    """The records of a CSV file, byte for byte; a line break inside quotes belongs to its record."""
    start, is_quoted = 0, False
    for place, byte in enumerate(content):
        if byte == _QUOTE:
            is_quoted = not is_quoted
        elif byte == _NEWLINE and not is_quoted:
            yield content[start : place + 1]
            start = place + 1
    if start < len(content):
        yield content[start:]


def _drop_sheet_rows(path: Path, rows: set[int], target: Path) -> None:
    with path.open("rb") as reading:
        book = load_workbook(reading, keep_links=False)
    sheet = book.worksheets[0]
    for row in sorted(rows, reverse=True):
        sheet.delete_rows(row + 2)
    book.save(target)


def _drop_cases(path: Path, kind: str, rows: set[int], target: Path) -> None:
    # The archive keeps content without a suffix, and the library goes by it.
    named = target.with_name(f"read.{kind}")
    named.symlink_to(path)
    if kind == "por":
        frame, meta = pyreadstat.read_por(str(named), disable_datetime_conversion=True)
    elif kind == "dta":
        frame, meta = pyreadstat.read_dta(str(named), user_missing=True, disable_datetime_conversion=True)
    else:
        frame, meta = pyreadstat.read_sav(str(named), user_missing=True, disable_datetime_conversion=True)
    named.unlink()
    frame = frame.drop(index=frame.index[sorted(rows)]).reset_index(drop=True)
    described: dict[str, Any] = {
        "file_label": meta.file_label or "",
        "column_labels": [label or "" for label in meta.column_labels],
        "variable_value_labels": meta.variable_value_labels,
    }
    formats = {name: shown for name, shown in meta.original_variable_types.items() if shown}
    written = target.with_name(f"written.{kind}")
    if kind == "dta":
        pyreadstat.write_dta(frame, str(written), **described, variable_format=formats)
    elif kind == "por":
        pyreadstat.write_por(frame, str(written), file_label=described["file_label"],
                             column_labels=described["column_labels"])  # fmt: skip
    else:
        pyreadstat.write_sav(
            frame,
            str(written),
            **described,
            missing_ranges=meta.missing_ranges,
            variable_measure=dict(meta.variable_measure),
            variable_display_width=meta.variable_display_width,
            variable_format=formats,
            compress=kind == "zsav",
            row_compress=kind == "sav",
        )
    written.replace(target)
