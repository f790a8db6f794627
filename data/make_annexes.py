"""Write the bundled annexes from `data/annex_figures.csv`, as XLSX and as PDF, byte for byte the same each time.

Run it by `make annexes` after editing the figures; the files it writes are committed, so that the main job runs on a
machine that has neither the font nor the time.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import zipfile
from pathlib import Path

# The same bytes whether lxml is there or not; openpyxl asks this when it is first imported.
os.environ.setdefault("OPENPYXL_LXML", "False")

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.worksheet import Worksheet

from annex_as_pdf import write_pdf
from annex_tables import HEADERS, AnnexDocument, Section, read_annexes

INPUT_DIR = Path(__file__).resolve().parent / "input" / "annex"
FIGURES = Path(__file__).resolve().parent / "annex_figures.csv"
_WIDTHS = (6, 28, 34, 10, 12, 10, 12, 60, 60)
#: A zip member needs a date, and this is the first one the format knows.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_DATES_IN_PROPERTIES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_THIN = Side(style="thin")


def write_xlsx(annex: AnnexDocument, target: Path) -> None:
    """Write the annex as a workbook with a sheet a kind of unit; scores are text with a decimal comma."""
    book = Workbook()
    book.remove(book.active)
    for section in annex.sections:
        _write_sheet(book.create_sheet(section.title), annex.headings, section)
    book.properties.creator = "reform-indicators"
    book.properties.title = annex.headings[1]
    buffer = io.BytesIO()
    book.save(buffer)
    target.write_bytes(_without_dates(buffer.getvalue()))


def _write_sheet(sheet: Worksheet, headings: tuple[str, ...], section: Section) -> None:
    for at, heading in enumerate(headings, 1):
        cell = sheet.cell(at, 1, heading)
        cell.font = Font(name="Times New Roman", size=13, bold=at <= 2)
        cell.alignment = Alignment(horizontal="center")
        sheet.merge_cells(start_row=at, start_column=1, end_row=at, end_column=len(HEADERS))
    header_row = len(headings) + 2
    for down, row in enumerate((HEADERS, *section.rows)):
        for across, content in enumerate(row, 1):
            cell = sheet.cell(header_row + down, across, content if content != "" else None)
            cell.font = Font(name="Times New Roman", size=11, bold=down == 0)
            cell.border = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
            cell.alignment = Alignment(vertical="top", wrap_text=True, horizontal="center" if down == 0 else None)
            if isinstance(content, str):
                cell.number_format = "@"
    for across, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGHI"[across]].width = width
    sheet.freeze_panes = sheet.cell(header_row + 1, 1)
    sheet.print_title_rows = f"{header_row}:{header_row}"
    sheet.page_setup.orientation = "landscape"


def _without_dates(workbook: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(written, "w") as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _DATES_IN_PROPERTIES.sub(rb"\g<1>2026-11-23T00:00:00Z", content)
            member = zipfile.ZipInfo(name, _NO_DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            target.writestr(member, content, compresslevel=9)
    return written.getvalue()


def main() -> None:
    """Write all annexes, or those named."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("stems", nargs="*", help="only these, e.g. PAR_INDEX_2023_phu_luc_1")
    arguments.add_argument("--into", type=Path, default=INPUT_DIR)
    arguments.add_argument("--no-pdf", action="store_true", help="write the workbooks alone; needs no font")
    options = arguments.parse_args()
    annexes = [annex for annex in read_annexes(FIGURES) if not options.stems or annex.stem in options.stems]
    if not annexes:
        arguments.error(f"no annex is called {', '.join(options.stems)}")
    for annex in annexes:
        write_xlsx(annex, options.into / f"{annex.stem}.xlsx")
        if not options.no_pdf:
            write_pdf(annex, options.into / f"{annex.stem}.pdf")
    print(f"{len(annexes)} annexes written to {options.into}")


if __name__ == "__main__":
    main()
