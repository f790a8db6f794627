"""The letter as PDF: the same page as the DOCX, with its letters in it, so that it looks alike everywhere."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import HRFlowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from warehouse.marks import MARKS
from warehouse.reports import wording
from warehouse.reports.content import Report

_FONTS = Path(__file__).parent / "fonts"
_FONT = "Tinos"
#: Signs Tinos' Vietnamese subset lacks; Bitstream Vera, which comes with reportlab, has them.
_SIGN_FONT = "Vera"
_WIDTH = 165 * mm
_COLUMNS = {True: (66 * mm, 99 * mm), False: (64 * mm, 22 * mm, 22 * mm, 26 * mm, 31 * mm)}


def write_pdf(report: Report, path: Path) -> None:
    """Write the letter; it holds no time but the release's, so that it is the same bytes every time."""
    _register_fonts()
    document = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        leftMargin=30 * mm,
        rightMargin=15 * mm,
        title=wording.subject(report),
        author="reform-indicators",
        subject=report.release_id,
        lang="vi",
        invariant=1,
    )
    document.build(_story(report))


def _story(report: Report) -> list[Any]:
    story: list[Any] = [
        _head(report),
        Spacer(1, 8),
        _text(wording.TITLE, 14, bold=True, align=TA_CENTER),
        _text(wording.subject(report), 14, bold=True, align=TA_CENTER),
        Spacer(1, 6),
        _text(wording.introduction(report), 13, align=TA_JUSTIFY),
        _text("1. Kết quả gần nhất", 13, bold=True),
        _table(wording.TOTALS_HEAD, [("", wording.totals_rows(report))]),
    ]
    if report.points_year:
        groups = [("Điểm mạnh", wording.points_rows(report.strong)), ("Điểm yếu", wording.points_rows(report.weak))]
        story += [
            _text(wording.points_title(report), 13, bold=True),
            _table(wording.POINTS_HEAD, [(title, rows) for title, rows in groups if rows]),
        ]
    notes = [*wording.mark_sentences(report), wording.source_sentence(report)]
    story += [Spacer(1, 3), *(_text(sentence, 10, align=TA_JUSTIFY) for sentence in notes)]
    return [*story, Spacer(1, 8), KeepTogether(_foot())]


def _head(report: Report) -> Table:
    above, office = report.office
    left = [_text(above, 12, align=TA_CENTER)] if above else []
    left += [_text(office, 12, bold=True, align=TA_CENTER), _rule("33%")]
    right = [
        _text(wording.NATION, 12, bold=True, align=TA_CENTER),
        _text(wording.MOTTO, 13, bold=True, align=TA_CENTER),
        _rule("52%"),
    ]
    below = (_text(wording.NUMBER, 13, align=TA_CENTER),
             _text(wording.PLACE_AND_DATE, 13, italic=True, align=TA_CENTER))  # fmt: skip
    return Table([[left, right], list(below)], colWidths=_COLUMNS[True], style=_plain())


def _foot() -> Table:
    first, *others = wording.RECIPIENTS
    left = [_text(first, 12, bold=True, italic=True), *(_text(text, 11) for text in others)]
    return Table(
        [[left, _text(wording.SIGNATURE, 13, bold=True, align=TA_CENTER)]],
        colWidths=(62 * mm, 103 * mm),
        style=_plain(),
    )


def _table(head: tuple[str, ...], groups: list[tuple[str, list[tuple[str, ...]]]]) -> Table:
    lines: list[list[Any]] = [[_text(text, 11, bold=True, align=TA_CENTER) for text in head]]
    style: list[Any] = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                        ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 2)]  # fmt: skip
    for title, rows in groups:
        if title:
            style.append(("SPAN", (0, len(lines)), (-1, len(lines))))
            lines.append([_text(title, 11, bold=True, italic=True), *[""] * (len(head) - 1)])
        for row in rows:
            ends = len(row) - 1
            lines.append([_text(text, 11, align=TA_RIGHT if 0 < at < ends else TA_LEFT) for at, text in enumerate(row)])
    return Table(lines, colWidths=_COLUMNS[False], style=TableStyle(style), repeatRows=1)


def _plain() -> TableStyle:
    sides = ("LEFTPADDING", "RIGHTPADDING", "TOPPADDING")
    return TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("ALIGN", (0, 0), (-1, -1), "CENTER"),
                       *((side, (0, 0), (-1, -1), 0) for side in sides)])  # fmt: skip


def _rule(width: str) -> HRFlowable:
    return HRFlowable(width=width, thickness=0.5, color=colors.black, spaceBefore=1, spaceAfter=3)


def _text(text: str, size: int, *, bold: bool = False, italic: bool = False, align: int = TA_LEFT) -> Paragraph:
    marked = escape(text, quote=False)
    for mark in MARKS.values():
        marked = marked.replace(mark.sign, f'<font name="{_SIGN_FONT}" size="{size - 2}">{mark.sign}</font>')
    if italic and bold:
        marked = f"<i>{marked}</i>"
    return Paragraph(marked, _style(size, bold, italic, align))


@lru_cache(maxsize=64)
def _style(size: int, bold: bool, italic: bool, align: int) -> ParagraphStyle:
    face = f"{_FONT}-Bold" if bold else f"{_FONT}-Italic" if italic else _FONT
    return ParagraphStyle(f"{face}{size}{align}", fontName=face, fontSize=size, leading=size * 1.2, alignment=align)


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    for face, file in (("", "Regular"), ("-Bold", "Bold"), ("-Italic", "Italic")):
        pdfmetrics.registerFont(TTFont(f"{_FONT}{face}", str(_FONTS / f"Tinos-{file}-vi.ttf")))
    # A bold italic word is set in italics: the fourth face would be carried for one word.
    for bold in (False, True):
        face = f"{_FONT}-Bold" if bold else _FONT
        pdfmetrics.registerFontFamily(face, face, f"{_FONT}-Bold", f"{_FONT}-Italic", f"{_FONT}-Italic")
    pdfmetrics.registerFont(TTFont(_SIGN_FONT, str(Path(rl_config.__file__).parent / "fonts" / "Vera.ttf")))
