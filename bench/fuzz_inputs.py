"""What the fuzzing of the readers feeds them: real files as seeds, grids and records as Hypothesis draws them.

A grid is the sheet of a real layout with cells put elsewhere, so that most inputs get past the header and into the
parser; a record is one of a real XLS, changed in place, so that the container stays whole.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from functools import lru_cache

import olefile
from hypothesis import strategies as st
from openpyxl import Workbook
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table, TableStyle

from warehouse.home import BUNDLED_INPUT_DIR, PROJECT_ROOT

Mutate = Callable[[bytes, int], bytes]

SHARED_DATA = PROJECT_ROOT.parent / "shared" / "data"
#: Bytes of the largest input; seeds beyond it are left out, because the time goes into copying them.
MAX_BYTES = 400_000
_ANNEXES = BUNDLED_INPUT_DIR / "annex"
_JUNK_TEXTS = (
    "", " ", "x", "Tỉnh", "Trung bình", "Min", "12,5", "1.2.3", "1.234,5", "-0", "1e400", "nan", "#DIV/0!", "PCI 2013",
    "Thứ tự", "An Giang", "TP. Hồ Chí Minh", "Gia nhập thị trường", "\u200b\u0301", "=1+1", "Điểm số", "năm 2020",
)  # fmt: skip


def seeds(reader: str) -> list[bytes]:
    """Real files of the format, smallest first, and for PDF one of our own with nothing compressed.

    XLS has no bundled file: without the real PCI workbooks beside the project its list is empty.
    """
    patterns = {
        "csv": [(SHARED_DATA / "papi", "*.csv")],
        "xls": [(SHARED_DATA / "pci", "*.xls")],
        "xlsx": [(_ANNEXES, "*.xlsx"), (SHARED_DATA / "pci", "*.xlsx"), (SHARED_DATA / "papi", "*.xlsx")],
        "pdf": [(_ANNEXES, "*.pdf")],
    }[reader]
    found: list[bytes] = []
    for folder, pattern in patterns:
        of_folder = sorted((path.read_bytes() for path in folder.glob(pattern)), key=len)
        found += [data for data in of_folder if len(data) <= MAX_BYTES][:12]
    if reader == "csv":
        found.append(b"Province,SC11,SC12\nP01,1.5,2.5\nP02,0.5,1.25\n")
    if reader == "pdf":
        found = [*sorted(found, key=len)[:6], ruled_pdf([[list(_ANNEX_HEADER), ["1", "An Giang", "87.5", "3"]]])]
    return sorted(found, key=len)


# -- bytes: what a mutation of random bytes alone would hardly reach --------------------------------------------------


def mutated_package(data: bytes, mutate: Mutate, seed: int) -> bytes:
    """A zip whose one member (by `seed`) has been mutated and packed again; other bytes are mutated as they are."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            members = {name: source.read(name) for name in source.namelist()}
    except Exception:  # what the mutation before made is no zip any more, and that is fine
        return mutate(data, MAX_BYTES)
    if not members or seed % 5 == 0 or sum(map(len, members.values())) > 4 * MAX_BYTES:
        return mutate(data, MAX_BYTES)
    victim = sorted(members)[seed // 5 % len(members)]
    members[victim] = mutate(members[victim], len(members[victim]) + 512)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return written.getvalue()


# -- structure: what Hypothesis draws ---------------------------------------------------------------------------------

Grid = list[list[object]]

_CELLS = st.one_of(
    st.none(),
    st.sampled_from(_JUNK_TEXTS),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**9), 10**9),
    st.booleans(),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
    st.dates(date(1990, 1, 1), date(2040, 1, 1)),
)
_ANNEX_HEADER = ("No", "Province", "Score", "Rank")
_EDITS = st.lists(
    st.tuples(
        st.sampled_from(("cell", "cell", "cell", "drop_row", "blank_row", "drop_column", "copy_row", "swap_rows")),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        _CELLS,
    ),
    min_size=1,
    max_size=8,
)


@lru_cache(maxsize=1)
def _real_grids() -> tuple[tuple[str, tuple[tuple[object, ...], ...]], ...]:
    """The sheets of the real workbooks, cut to forty rows, with the parser each belongs to."""
    from ingestion.readers import read_workbook

    found = []
    for source, folder, pattern in (
        ("annex", _ANNEXES, "*202[0-3]*1.xlsx"),
        ("pci", SHARED_DATA / "pci", "*"),
        ("papi", SHARED_DATA / "papi", "*.xlsx"),
    ):
        for path in sorted(folder.glob(pattern)):
            for sheet in read_workbook(path, path.name).sheets[:3]:
                rows = tuple(tuple(cell.value if cell else None for cell in row[:40]) for row in sheet.cells[:40])
                if rows:
                    found.append((source, rows))
    return tuple(found)


def edited(grid: Grid, edits: list[tuple[str, int, int, object]]) -> Grid:
    """`grid` with `edits` done to it, each at its place modulo the size."""
    for kind, down, across, value in edits:
        if not grid or not grid[0]:
            return grid
        row, column = down % len(grid), across % len(grid[0])
        if kind == "cell":
            grid[row][column] = value
        elif kind == "drop_row":
            del grid[row]
        elif kind == "blank_row":
            grid.insert(row, [None] * len(grid[0]))
        elif kind == "copy_row":
            grid.insert(row, list(grid[across % len(grid)]))
        elif kind == "swap_rows":
            other = across % len(grid)
            grid[row], grid[other] = grid[other], grid[row]
        else:
            for line in grid:
                del line[column]
    return grid


def _as_xlsx(grids: list[Grid]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for grid in grids:
        sheet = book.create_sheet()
        for row in grid:
            sheet.append([_writable(value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _writable(value: object) -> object:
    """XML cannot hold control characters, and a text with `=` would be written as a formula: it gets an apostrophe."""
    if isinstance(value, str):
        kept = "".join(mark for mark in value if mark >= " " and mark not in "\ufffe\uffff")
        return "'" + kept if kept.startswith("=") else kept
    return value


@st.composite
def xlsx_inputs(draw: st.DrawFn) -> tuple[str, bytes]:
    """A workbook of one or two edited real sheets, or of cells drawn at random."""
    if draw(st.integers(0, 9)) == 0:
        grid = draw(st.lists(st.lists(_CELLS, min_size=4, max_size=4), max_size=12))
        return draw(st.sampled_from(("annex", "pci", "papi"))), _as_xlsx([grid])
    source, rows = draw(st.sampled_from(_real_grids()))
    grids = [edited([list(row) for row in rows], draw(_EDITS))]
    if draw(st.integers(0, 3)) == 0:
        grids.append(edited([list(row) for row in rows], draw(_EDITS)))
    return source, _as_xlsx(grids)


@st.composite
def csv_inputs(draw: st.DrawFn) -> tuple[str, bytes]:
    """A real table edited and written in some dialect and encoding, perhaps cut."""
    table = draw(st.sampled_from(seeds("csv"))).decode("utf-8-sig")
    grid: Grid = [list(row) for row in csv.reader(io.StringIO(table))][:30]
    width = max(map(len, grid))
    grid = edited([row + [None] * (width - len(row)) for row in grid], draw(_EDITS))
    written = io.StringIO()
    writer = csv.writer(
        written,
        delimiter=draw(st.sampled_from(",,,;\t|")),
        lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    writer.writerows(grid)
    encoding = draw(st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "cp1258", "latin-1"]))
    data = written.getvalue().encode(encoding, "replace")
    return "papi", data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 5)) == 0 else data


@st.composite
def xls_inputs(draw: st.DrawFn) -> tuple[str, bytes]:
    """A real XLS with some records of its stream retyped, relocated, exchanged or scribbled over."""
    data = draw(st.sampled_from(seeds("xls")[:2]))
    stream, name = _stream_of(data)
    records = _record_places(data)
    changed = bytearray(stream)
    for kind, at, other, octets in draw(
        st.lists(
            st.tuples(
                st.sampled_from(("scribble", "retype", "place", "length", "exchange")),
                st.integers(0, len(records) - 1),
                st.integers(0, 0xFFFF),
                st.binary(min_size=1, max_size=8),
            ),
            min_size=1,
            max_size=6,
        )
    ):
        position, length = records[at]
        if kind == "retype":
            struct.pack_into("<H", changed, position, other)
        elif kind == "length":
            struct.pack_into("<H", changed, position + 2, other)
        elif kind == "place" and length >= 4:
            struct.pack_into("<HH", changed, position + 4, other, octets[0])
        elif kind == "exchange":
            second, second_length = records[other % len(records)]
            if second_length == length:
                one, two = changed[position : position + 4 + length], changed[second : second + 4 + length]
                changed[position : position + 4 + length], changed[second : second + 4 + length] = two, one
        elif length >= len(octets):
            offset = position + 4 + other % (length - len(octets) + 1)
            changed[offset : offset + len(octets)] = octets
    return "pci", _with_stream(data, name, bytes(changed))


@lru_cache(maxsize=4)
def _stream_of(data: bytes) -> tuple[bytes, str]:
    with olefile.OleFileIO(io.BytesIO(data)) as container:
        name = "Workbook" if container.exists("Workbook") else "Book"
        return container.openstream(name).read(), name


@lru_cache(maxsize=4)
def _record_places(data: bytes) -> tuple[tuple[int, int], ...]:
    stream, _ = _stream_of(data)
    found, position = [], 0
    while position + 4 <= len(stream):
        length = struct.unpack_from("<H", stream, position + 2)[0]
        found.append((position, length))
        position += 4 + length
    return tuple(found)


def _with_stream(data: bytes, name: str, stream: bytes) -> bytes:
    held = io.BytesIO(data)
    with olefile.OleFileIO(held, write_mode=True) as container:
        container.write_stream(name, stream)
        container.fp = io.BytesIO()  # closing the container must not close the bytes
    return held.getvalue()


def ruled_pdf(pages: list[Grid], words: tuple[str, ...] = ("PHU LUC 1", "PAR INDEX nam 2020")) -> bytes:
    """A PDF of ruled tables, one a page, nothing compressed."""
    styles = getSampleStyleSheet()
    flow: list[object] = [Paragraph(word, styles["Title"]) for word in words]
    for grid in pages:
        table = Table([[str("" if value is None else value)[:40] for value in row] for row in grid])
        table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.4, colors.black)]))
        flow += [table, PageBreak()]
    written = io.BytesIO()
    SimpleDocTemplate(written, pagesize=landscape(A4), pageCompression=0, invariant=1).build(flow)
    return written.getvalue()


@st.composite
def pdf_inputs(draw: st.DrawFn) -> tuple[str, bytes]:
    """An annex of a few rows with cells edited, perhaps its bytes cut or scribbled over."""
    rows: Grid = [list(_ANNEX_HEADER), ["1", "An Giang", "87,5", "2"], ["2", "Ha Noi", "91,25", "1"]]
    plain_edits = st.lists(
        st.tuples(
            st.sampled_from(("cell", "cell", "drop_row", "copy_row", "drop_column", "blank_row")),
            st.integers(0, 100),
            st.integers(0, 100),
            st.one_of(st.sampled_from(("", "x", "12,5", "-1", "1 2 3", "Province", "Rank")), st.integers(-5, 10**6)),
        ),
        max_size=5,
    )
    grids = [edited([list(row) for row in rows], draw(plain_edits)) for _ in range(draw(st.integers(1, 2)))]
    year = draw(st.sampled_from(("nam 2020", "nam 1990", "", "nam 2020 nam 2021")))
    index = draw(st.sampled_from(("PAR INDEX", "SIPAS", "PAPI", "XYZ")))
    data = ruled_pdf([grid for grid in grids if grid and grid[0]] or [rows], ("PHU LUC 1", f"{index} {year}"))
    if draw(st.booleans()):
        held = bytearray(data)
        for at, octet in draw(st.lists(st.tuples(st.integers(0, len(held) - 1), st.integers(0, 255)), max_size=20)):
            held[at] = octet
        data = bytes(held)
    return "annex", data[: draw(st.integers(1, len(data)))] if draw(st.integers(0, 7)) == 0 else data


INPUTS = {"csv": csv_inputs, "xls": xls_inputs, "xlsx": xlsx_inputs, "pdf": pdf_inputs}
