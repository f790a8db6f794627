"""Looking into a zip container (XLSX) before any library trusts it.

The readers below believe the directory and allocate what it asks for; so everything is unpacked once here, counted,
and compared with what the directory claims. Rules: ECMA-376 part 2 (no DTD in a package), APPNOTE 6.3 (zip).
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass

from ingestion.readers.limits import (
    MAX_MEMBERS,
    MAX_SHEET_CELLS,
    MAX_UNPACK_RATIO,
    MAX_UNPACKED_BYTES,
    MAX_WORKBOOK_CELLS,
    RATIO_MATTERS_ABOVE,
)
from ingestion.readers.refusing import refuse

_LOCAL_HEADER = 30
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br\s*=\s*[\"']([0-9]{1,9})")
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*\bt\s*=\s*[\"']e[\"']")
#: A formula with no result beside it; an empty text (`t="str"`) is a result.
_NO_RESULT = re.compile(
    rb"<(?:\w+:)?c\b(?![^>]*\bt\s*=\s*[\"']str)[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(frozen=True)
class PackageFacts:
    """What decides how a package is read: calamine hands error cells over as blanks, openpyxl as their text."""

    has_error_cells: bool


def inspect_package(data: bytes, file_name: str, *, max_cells: int | None = None) -> PackageFacts:
    """Check a zip container and its sheets; `max_cells` of one sheet and of all, where it is no index table.

    Raises:
        Refused: not a workbook, damaged, encrypted, a bomb, entity declarations, too many cells, or formulas
            without results.
    """
    members = _directory(data, file_name)
    names = [member.filename for member in members]
    if "xl/workbook.xml" not in names:
        raise refuse(file_name, "not_a_workbook", found=_kind_of_package(names), expected="an .xlsx workbook")
    errors, cells, budget = False, 0, MAX_UNPACKED_BYTES
    for member in members:
        content = _unpack(data, member, file_name, budget)
        budget -= len(content)
        if not member.filename.lower().endswith((".xml", ".rels", ".vml")) and b"sheetData" not in content:
            continue
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            content = content.decode("utf-16", "replace").encode()
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise refuse(file_name, "xml_entity", found=f"a DOCTYPE or ENTITY in {member.filename}", expected="none")
        if b"sheetData" in content:
            cells += _sheet_cells(content, file_name, member.filename, max_cells or MAX_SHEET_CELLS)
            if cells > (max_cells or MAX_WORKBOOK_CELLS):
                raise refuse(
                    file_name,
                    "too_many_cells",
                    found=f"over {cells:,} cells in all sheets",
                    expected=f"at most {max_cells or MAX_WORKBOOK_CELLS:,}",
                )
            errors = errors or _ERROR_CELL.search(content) is not None
            _refuse_missing_results(content, file_name, member.filename)
    return PackageFacts(has_error_cells=errors)


def _directory(data: bytes, file_name: str) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except Exception as error:
        raise refuse(
            file_name,
            "workbook_truncated",
            found=f"the zip directory cannot be read ({error})",
            expected="a complete .xlsx file",
        ) from None
    if len(members) > MAX_MEMBERS:
        raise refuse(file_name, "zip_bomb", found=f"{len(members):,} members", expected=f"at most {MAX_MEMBERS:,}")
    if len({member.filename for member in members}) < len(members):
        raise refuse(file_name, "not_a_workbook", found="two members with one name", expected="each name once")
    total = 0
    for member in members:
        if member.flag_bits & 0x1:
            raise refuse(
                file_name, "workbook_encrypted", found=f"{member.filename} is encrypted", expected="no password"
            )
        total += member.file_size
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > RATIO_MATTERS_ABOVE and ratio > MAX_UNPACK_RATIO:
            raise refuse(
                file_name,
                "zip_bomb",
                found=f"{member.filename} unpacks to {ratio:,.0f} times its size",
                expected=f"at most {MAX_UNPACK_RATIO} times",
            )
    if total > MAX_UNPACKED_BYTES:
        raise refuse(
            file_name, "zip_bomb", found=f"{total:,} bytes unpacked", expected=f"at most {MAX_UNPACKED_BYTES:,}"
        )
    return members


def _kind_of_package(names: list[str]) -> str:
    for member, kind in (
        ("xl/workbook.bin", "a binary workbook (.xlsb)"),
        ("word/document.xml", "a Word document"),
        ("ppt/presentation.xml", "a presentation"),
        ("content.xml", "an OpenDocument file"),
    ):
        if member in names:
            return kind
    return "a zip archive that holds no workbook"


def _unpack(data: bytes, member: zipfile.ZipInfo, file_name: str, budget: int) -> bytes:
    """The content of one member, its real size checked against the directory's word."""
    damaged = refuse(
        file_name, "workbook_truncated", found=f"{member.filename} is damaged", expected="a complete .xlsx file"
    )
    header = data[member.header_offset : member.header_offset + _LOCAL_HEADER]
    if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
        raise damaged
    start = member.header_offset + _LOCAL_HEADER + sum(struct.unpack_from("<HH", header, 26))
    packed = data[start : start + member.compress_size]
    if len(packed) < member.compress_size:
        raise damaged
    if member.compress_type == zipfile.ZIP_STORED:
        content, complete = packed, True
    elif member.compress_type == zipfile.ZIP_DEFLATED:
        unpacker = zlib.decompressobj(-15)
        try:
            content = unpacker.decompress(packed, min(member.file_size, budget) + 1)
        except zlib.error:
            raise damaged from None
        complete = unpacker.eof
    else:
        raise refuse(
            file_name, "not_a_workbook", found=f"{member.filename} is packed by an unusual method", expected="deflate"
        )
    if len(content) > min(member.file_size, budget):
        raise refuse(
            file_name,
            "zip_bomb",
            found=f"{member.filename} unpacks to more than its directory entry says",
            expected=f"{member.file_size:,} bytes",
        )
    if not complete or len(content) != member.file_size or zlib.crc32(content) != member.CRC:
        raise damaged
    return content


def _sheet_cells(content: bytes, file_name: str, part: str, max_cells: int) -> int:
    """Cells of the rectangle around a sheet's content, which is what the readers allocate."""
    count = sum(1 for _ in _CELL.finditer(content))
    references = set(_REFERENCE.findall(content)) if count <= max_cells else set()
    columns = max((_column_number(letters) for letters, _ in references), default=0)
    rows = max((int(digits) for _, digits in references), default=0)
    if len(references) < count:  # cells may leave their reference out and then follow the one before
        by_row = _ROW.split(content)
        columns = max(columns, *(sum(1 for _ in _CELL.finditer(row)) for row in by_row))
        rows = max(rows, len(by_row) - 1, *(int(digits) for digits in _ROW_NUMBER.findall(content)), 0)
    if max(rows * columns, count) > max_cells:
        raise refuse(
            file_name,
            "too_many_cells",
            found=f"{rows:,} rows by {columns:,} columns",
            expected=f"at most {max_cells:,} cells",
            place=part,
        )
    return max(rows * columns, count)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _refuse_missing_results(content: bytes, file_name: str, part: str) -> None:
    missing = _NO_RESULT.search(content)
    if missing:
        reference = _REFERENCE.search(missing[0])
        place = b"".join(reference.groups()).decode() if reference else "unknown cell"
        raise refuse(
            file_name,
            "formula_without_value",
            found="a formula without its result",
            expected="a calculated value",
            place=f"{part} {place}",
        )
