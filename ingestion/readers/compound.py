"""Looking into an OLE compound file (XLS, or a password-protected XLSX) before any library trusts it.

Two things the reader would not tell: calamine hands error cells over as blanks, and it follows sector chains and
allocates rectangles the file asks for. Rules: MS-CFB (sectors), MS-XLS (records).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from ingestion.readers.limits import MAX_SHEET_CELLS, MAX_WORKBOOK_CELLS
from ingestion.readers.refusing import refuse
from warehouse.errors import Refused

_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _DIMENSIONS = 0x0809, 0x000A, 0x002F, 0x0085, 0x0200
_FORMULA, _BOOLERR, _SHARED_TEXTS = 0x0006, 0x0205, 0x00FC
#: Records that start with the row and the column of a cell; of the two MUL records the last column stands at the end.
_CELLS = frozenset({_FORMULA, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, _BOOLERR, 0x027E})
_MULTIPLE = frozenset({0x00BD, 0x00BE})
_ERROR_TEXTS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


@dataclass
class _Substream:
    """What one sheet's records say; `start` is its position, by which the sheet list names it."""

    start: int
    rows: int = 0
    columns: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


ErrorCells = dict[tuple[int, int], str]


def inspect_compound(data: bytes, file_name: str) -> list[ErrorCells]:
    """The error cells of each sheet in the workbook's order, as (row, column) -> text, both from 0.

    Raises:
        Refused: not a workbook, damaged, encrypted, or too many cells.
    """
    try:
        stream = _workbook_stream(data, file_name)
    except Refused:
        raise
    except Exception as error:  # olefile raises whatever its bytes lead it to
        raise refuse(
            file_name,
            "workbook_truncated",
            found=f"its sectors cannot be read ({error})",
            expected="a complete .xls file",
        ) from None
    starts, substreams = _walk(stream, file_name)
    by_start = {substream.start: substream for substream in substreams}
    total = 0
    for substream in substreams:
        cells = substream.rows * substream.columns
        total += cells
        if cells > MAX_SHEET_CELLS or total > MAX_WORKBOOK_CELLS:
            raise refuse(
                file_name,
                "too_many_cells",
                expected=f"at most {MAX_SHEET_CELLS:,} cells a sheet",
                found=f"{substream.rows:,} rows by {substream.columns:,} columns",
            )
    if not starts or not all(start in by_start for start in starts):
        # A library would follow the list to whatever stands there, of which nothing above has been checked.
        raise refuse(
            file_name,
            "workbook_truncated",
            found="the list of sheets names places where no sheet begins",
            expected="a complete .xls file",
        )
    return [by_start[start].errors for start in starts]


def _workbook_stream(data: bytes, file_name: str) -> bytes:
    sector_size = 1 << struct.unpack_from("<H", data, 30)[0] if len(data) > 512 else 0
    if sector_size not in (512, 4096):
        raise OSError("the header is not that of a compound file")
    # Numbers of directory, FAT, mini FAT and DIFAT sectors; readers allocate room for them unasked.
    if max(struct.unpack_from("<I", data, at)[0] for at in (40, 44, 64, 72)) > len(data) // sector_size:
        raise OSError("the header asks for more sectors than the file has")
    with olefile.OleFileIO(io.BytesIO(data)) as container:
        names = {entry.name: entry for entry in container.direntries if entry is not None}
        if "EncryptedPackage" in names or "EncryptionInfo" in names:
            raise refuse(file_name, "workbook_encrypted", found="an encrypted package", expected="no password")
        name = next((name for name in ("Workbook", "Book") if name in names), None)
        if name is None:
            kind = "a Word document" if "WordDocument" in names else "a compound file without a workbook"
            raise refuse(file_name, "not_a_workbook", found=kind, expected="an .xls workbook")
        if max(entry.size for entry in names.values()) > len(data):
            raise OSError("a stream says it is longer than the file")
        for entry in names.values():
            short = 0 < entry.size < container.minisectorcutoff and entry is not container.root
            if short:
                container.loadminifat() if container.minifat is None else None
            _refuse_loop(entry.isectStart, container.minifat if short else container.fat)
        _refuse_loop(container.first_dir_sector, container.fat)
        content: bytes = container.openstream(name).read()
        if len(content) < names[name].size:
            raise OSError("the workbook stream is shorter than it says")
        return content


def _refuse_loop(sector: int, table: object) -> None:
    """A chain of sectors that comes back to itself would be followed for ever."""
    links = list(table) if table is not None else []  # type: ignore[call-overload]
    for _ in range(len(links) + 1):
        if sector >= len(links):
            return
        sector = links[sector]
    raise OSError("a chain of sectors has no end")


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(position, type, content) of each record; a record that does not fit ends with a marker of type -1."""
    position, size = 0, len(stream)
    while position + 4 <= size:
        kind, length = struct.unpack_from("<HH", stream, position)
        if position + 4 + length > size:
            yield position, -1, b""
            return
        yield position, kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def _walk(stream: bytes, file_name: str) -> tuple[list[int], list[_Substream]]:
    """Positions of the sheets in their order, and what each substream holds."""
    starts: list[int] = []
    substreams: list[_Substream] = []
    open_at: list[int] = []
    damaged = refuse(
        file_name, "workbook_truncated", found="records that contradict each other", expected="a complete .xls file"
    )
    for position, kind, content in _records(stream):
        if kind == _BOF:
            if not open_at:
                substreams.append(_Substream(position))
            open_at.append(position)
        elif kind == _EOF and open_at:
            open_at.pop()
        elif kind == _FILEPASS:
            raise refuse(file_name, "workbook_encrypted", found="a FILEPASS record", expected="no password")
        elif kind == _BOUNDSHEET and len(content) >= 4:
            starts.append(struct.unpack_from("<I", content)[0])
        elif kind == _SHARED_TEXTS and (len(content) < 8 or struct.unpack_from("<I", content, 4)[0] > len(stream)):
            raise damaged
        elif substreams and len(open_at) == 1:
            if not _note(substreams[-1], kind, content):
                raise damaged
        elif not open_at:
            break
    if not substreams or open_at:
        raise refuse(
            file_name,
            "workbook_truncated",
            found="the records end before the workbook does",
            expected="a complete .xls file",
        )
    return starts, substreams


def _note(sheet: _Substream, kind: int, content: bytes) -> bool:
    """Take in one record of a sheet; False when it makes no sense."""
    if kind == _DIMENSIONS and len(content) >= 10:
        wide = len(content) >= 14
        first_row, last_row = struct.unpack_from("<II" if wide else "<HH", content)
        first_column, last_column = struct.unpack_from("<HH", content, 8 if wide else 4)
        if last_row and last_column:
            if last_row <= first_row or last_column <= first_column:
                return False
            sheet.rows, sheet.columns = max(sheet.rows, last_row), max(sheet.columns, last_column)
    elif kind in _CELLS and len(content) >= 6:
        row, column = struct.unpack_from("<HH", content)
        last = struct.unpack_from("<H", content, len(content) - 2)[0] if kind in _MULTIPLE else column
        sheet.rows, sheet.columns = max(sheet.rows, row + 1), max(sheet.columns, last + 1)
        if kind == _BOOLERR and len(content) >= 8 and content[7]:
            sheet.errors[row, column] = _ERROR_TEXTS.get(content[6], "#ERROR")
        elif kind == _FORMULA and len(content) >= 14 and content[12:14] == b"\xff\xff" and content[6] == 2:
            sheet.errors[row, column] = _ERROR_TEXTS.get(content[8], "#ERROR")
    return True
