"""The letter as DOCX, laid out as Decree 30/2020/ND-CP, annex I, asks: A4, margins, letters, head, recipients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm, Pt

from warehouse.reports import wording
from warehouse.reports.content import Report

_FONT = "Times New Roman"
_CENTRE, _RIGHT, _BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
_WIDTHS_MM = (64, 22, 22, 26, 31)


def write_docx(report: Report, path: Path) -> None:
    """Write the letter; its times are those of the release, so that it is the same bytes every time."""
    document = Document()
    _page(document)
    _head(document, report)
    _line(document, wording.TITLE, size=14, bold=True, align=_CENTRE, before=8)
    _line(document, wording.subject(report), size=14, bold=True, align=_CENTRE, after=6)
    _line(document, wording.introduction(report), size=13, align=_BOTH, after=4)
    _line(document, "1. Kết quả gần nhất", size=13, bold=True)
    _table(document, wording.TOTALS_HEAD, [("", wording.totals_rows(report))])
    if report.points_year:
        _line(document, wording.points_title(report), size=13, bold=True, before=4)
        groups = [("Điểm mạnh", wording.points_rows(report.strong)), ("Điểm yếu", wording.points_rows(report.weak))]
        _table(document, wording.POINTS_HEAD, [(title, rows) for title, rows in groups if rows])
    for sentence in [*wording.mark_sentences(report), wording.source_sentence(report)]:
        _line(document, sentence, size=10, align=_BOTH)
    _foot(document)
    properties = document.core_properties
    properties.author = properties.last_modified_by = "reform-indicators"
    properties.title, properties.comments = wording.subject(report), report.release_id
    properties.created = properties.modified = report.published_at
    document.save(str(path))


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    style = document.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(13)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    style.paragraph_format.space_after = Pt(0)


def _head(document: Any, report: Report) -> None:
    """The office at the left, the nation and its motto at the right, each with a line below."""
    table = document.add_table(rows=2, cols=2)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _widths(table, (66, 99))
    above, office = report.office
    left, right = table.rows[0].cells
    if above:
        _put(left.paragraphs[0], above, size=12, align=_CENTRE)
        _put(left.add_paragraph(), office, size=12, bold=True, align=_CENTRE, line=True)
    else:
        _put(left.paragraphs[0], office, size=12, bold=True, align=_CENTRE, line=True)
    _put(right.paragraphs[0], wording.NATION, size=12, bold=True, align=_CENTRE)
    _put(right.add_paragraph(), wording.MOTTO, size=13, bold=True, align=_CENTRE, line=True)
    _put(table.rows[1].cells[0].paragraphs[0], wording.NUMBER, size=13, align=_CENTRE)
    _put(table.rows[1].cells[1].paragraphs[0], wording.PLACE_AND_DATE, size=13, italic=True, align=_CENTRE)


def _foot(document: Any) -> None:
    table = document.add_table(rows=1, cols=2)
    _widths(table, (62, 103))
    left, right = table.rows[0].cells
    first, *others = wording.RECIPIENTS
    _put(left.paragraphs[0], first, size=12, bold=True, italic=True)
    for text in others:
        _put(left.add_paragraph(), text, size=11)
    _put(right.paragraphs[0], wording.SIGNATURE, size=13, bold=True, align=_CENTRE)


def _table(document: Any, head: tuple[str, ...], groups: list[tuple[str, list[tuple[str, ...]]]]) -> None:
    lines: list[tuple[str, ...]] = [head]
    titles: set[int] = set()
    for title, rows in groups:
        if title:
            titles.add(len(lines))
            lines.append((title, *("",) * (len(head) - 1)))
        lines += rows
    table = document.add_table(rows=len(lines), cols=len(head))
    table.style = "Table Grid"
    _widths(table, _WIDTHS_MM)
    cells = table._cells  # all at once: asking row by row takes as long again for each row
    for at, texts in enumerate(lines):
        row = cells[at * len(head) : (at + 1) * len(head)]
        if at in titles:
            _put(row[0].merge(row[-1]).paragraphs[0], texts[0], size=11, bold=True, italic=True)
            continue
        for column, (cell, text) in enumerate(zip(row, texts, strict=True)):
            align = _CENTRE if at == 0 else _RIGHT if 0 < column < len(row) - 1 else None
            _put(cell.paragraphs[0], text, size=11, bold=at == 0, align=align)


def _widths(table: Any, widths_mm: tuple[int, ...]) -> None:
    table.autofit = False
    for at, cell in enumerate(table._cells):
        cell.width = Mm(widths_mm[at % len(widths_mm)])
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)


def _line(document: Any, text: str, *, before: float = 0, after: float = 0, **how: Any) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
    _put(paragraph, text, **how)


def _put(
    paragraph: Any,
    text: str,
    *,
    size: float,
    bold: bool = False,
    italic: bool = False,
    align: Any = None,
    line: bool = False,
) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.name, run.bold, run.italic = Pt(size), _FONT, bold, italic
    if align is not None:
        paragraph.alignment = align
    if line:
        _line_below(paragraph)


def _line_below(paragraph: Any) -> None:
    """The short line the decree puts below the office and the motto."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(14)
