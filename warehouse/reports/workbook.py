"""The workbook of a unit: results, strong and weak points, every figure with its marks and its cell, the documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from warehouse.marks import marks_of
from warehouse.reports import wording
from warehouse.reports.content import Report
from warehouse.spreadsheets import FORMULA_STARTS, printable, set_text

_BOLD = Font(name="Times New Roman", bold=True)
_FILL = PatternFill("solid", fgColor="F2F4F7")
_WRAP = Alignment(wrap_text=True, vertical="top")
_FIGURES = (
    ("Mã (code)", 16), ("Chỉ tiêu (indicator)", 44), ("Năm (year)", 8), ("Bản đồ (boundary)", 11),
    ("Giá trị (value)", 12), ("Dấu (marks)", 8), ("Ý nghĩa của dấu (meaning)", 34), ("Tối đa (maximum)", 10),
    ("Hạng (rank)", 8), ("Trong số (of)", 8), ("Năm trước (previous)", 10), ("Thay đổi (change)", 11),
    ("Vì sao không so sánh được (why not comparable)", 44), ("Tài liệu (document)", 34), ("Ô (cell)", 34),
)  # fmt: skip


def write_workbook(report: Report, path: Path) -> None:
    """Write the workbook. Every text is written as text: what looks like a formula in a source is not one here."""
    book = Workbook(write_only=True)
    _overview(book, report)
    _points(book, report)
    _figures(book, report)
    _documents(book, report)
    book.properties.creator = book.properties.lastModifiedBy = "reform-indicators"
    book.properties.title, book.properties.description = wording.subject(report), report.release_id
    book.properties.created = report.published_at.replace(tzinfo=None)
    book.save(path)


def _overview(book: Workbook, report: Report) -> None:
    sheet = _sheet(book, "Kết quả", (44, 8, 14, 12, 26))
    _rows(sheet, [[report.name], [wording.subject(report)]], font=_BOLD)
    _rows(sheet, [[wording.introduction(report)], []])
    _head(sheet, wording.TOTALS_HEAD)
    _rows(sheet, wording.totals_rows(report))
    _rows(sheet, [[], ["Dấu (marks)"]], font=_BOLD)
    for mark in report.marks:
        _rows(sheet, [[f"{mark.sign} {mark.vi} ({mark.en})", mark.long_vi], ["", mark.long_en]])


def _points(book: Workbook, report: Report) -> None:
    sheet = _sheet(book, "Điểm mạnh, điểm yếu", (44, 12, 12, 18, 40, 90))
    for title, points in (("Điểm mạnh", report.strong), ("Điểm yếu", report.weak)):
        _rows(sheet, [[f"{title} {report.points_year or ''}"]], font=_BOLD)
        _head(sheet, (*wording.POINTS_HEAD, "Căn cứ (evidence)"))
        texts = wording.points_rows(points)
        _rows(sheet, [(*row, point["evidence_vi"]) for row, point in zip(texts, points, strict=True)])
        _rows(sheet, [[]])


def _figures(book: Workbook, report: Report) -> None:
    sheet = _sheet(book, "Số liệu", [width for _, width in _FIGURES])
    sheet.freeze_panes = "C2"
    _head(sheet, [title for title, _ in _FIGURES])
    files = {row["source_document_id"]: row["file_name"] for row in report.documents}
    for row in report.figures:
        marks = marks_of(row)
        _rows(sheet, [[
            row["indicator_code"], row["name_vi"], row["data_year"], row["boundary"], row["value"],
            "".join(mark.sign for mark in marks), "; ".join(mark.vi for mark in marks), row["max_value"], row["rank"],
            row["rank_out_of"], row["previous_year"], row["change"],
            row["reason_text_vi"] if row["change"] is None else None, files.get(row["source_document_id"]),
            row["locator"],
        ]])  # fmt: skip
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_FIGURES))}{len(report.figures) + 1}"


def _documents(book: Workbook, report: Report) -> None:
    sheet = _sheet(book, "Nguồn", (44, 60, 30, 68, 20))
    _head(sheet, ("Tệp (file)", "Tài liệu (document)", "Nơi công bố (publisher)", "SHA-256", "Nhận (received, UTC)"))
    for row in report.documents:
        texts = [row[column] for column in ("file_name", "name_vi", "publisher", "sha256")]
        _rows(sheet, [[*texts, f"{row['received_at']:%Y-%m-%d %H:%M}"]])


def _sheet(book: Workbook, title: str, widths: Sequence[float]) -> Any:
    sheet = book.create_sheet(title)
    for at, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    return sheet


def _head(sheet: Any, titles: Iterable[str]) -> None:
    cells = []
    for title in titles:
        cell = WriteOnlyCell(sheet, title)
        cell.font, cell.fill, cell.alignment = _BOLD, _FILL, _WRAP
        cells.append(cell)
    sheet.append(cells)


def _rows(sheet: Any, rows: Iterable[Sequence[Any]], *, font: Font | None = None) -> None:
    for row in rows:
        sheet.append([_cell(sheet, value, font) for value in row])


def _cell(sheet: Any, value: Any, font: Font | None) -> Any:
    """The bare value where it needs no cell of its own: a cell takes ten times as long to write."""
    is_like_formula = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    if font is None and not is_like_formula:
        return printable(value) if isinstance(value, str) else value
    cell = WriteOnlyCell(sheet)
    if isinstance(value, str):
        set_text(cell, value)
    else:
        cell.value = value
    if font is not None:
        cell.font = font
    return cell
