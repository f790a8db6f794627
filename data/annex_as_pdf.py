"""The PDF form of an annex: ruled text tables on A4 landscape, as ministries attach them to decisions.

The bytes are the same on every run: no dates, and an embedded font that must be the one named here.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from annex_tables import HEADERS, AnnexDocument

#: Debian's fonts-dejavu-core: a free font with every Vietnamese letter.
FONT_FILE = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansCondensed.ttf")
_FONT = "DejaVuSansCondensed"
_WIDTHS = (26, 104, 122, 38, 44, 38, 46, 190, 178)
_MARGIN = 28
_WRAPPED = {"Đơn vị", "Chỉ tiêu", "Nguồn", "Ghi chú"}

_CELL = ParagraphStyle("cell", fontName=_FONT, fontSize=7, leading=9)
_HEADER = ParagraphStyle("header", parent=_CELL, alignment=TA_CENTER)
_TITLE = ParagraphStyle("title", fontName=_FONT, fontSize=12, leading=16, alignment=TA_CENTER)
_LINE = ParagraphStyle("line", fontName=_FONT, fontSize=8, leading=11, alignment=TA_CENTER)
_SECTION = ParagraphStyle("section", fontName=_FONT, fontSize=10, leading=14, spaceBefore=8, spaceAfter=4)

_GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.4, colors.black),
        ("BACKGROUND", (0, 0), (-1, 0), colors.Color(0.9, 0.9, 0.9)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("FONT", (0, 0), (-1, -1), _FONT, 7, 9),
        ("ALIGN", (0, 0), (-1, -1), "CENTER"),
        ("ALIGN", (3, 0), (3, -1), "RIGHT"),
        ("ALIGN", (5, 0), (5, -1), "RIGHT"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
)


class _NumberedCanvas(Canvas):  # type: ignore[misc]  # reportlab carries no types
    """Prints "Trang 2/3" under every page, which needs the page count and so a second pass."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self._pages: list[dict[str, object]] = []

    def showPage(self) -> None:
        """Keep the page until their number is known."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write the kept pages, each with its number."""
        for page in self._pages:
            self.__dict__.update(page)
            self.setFont(_FONT, 7)
            self.drawRightString(landscape(A4)[0] - _MARGIN, 16, f"Trang {self._pageNumber}/{len(self._pages)}")
            super().showPage()
        super().save()


def write_pdf(annex: AnnexDocument, target: Path) -> None:
    """Write the annex as a PDF.

    Raises:
        SystemExit: the font is not installed; another one would give other bytes.
    """
    if not FONT_FILE.is_file():
        raise SystemExit(f"{FONT_FILE} is missing: apt-get install fonts-dejavu-core, then run this again")
    rl_config.invariant = 1
    rl_config.useA85 = 0
    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(_FONT, str(FONT_FILE)))
    story: list[Flowable] = [Paragraph(escape(text), _TITLE) for text in annex.headings[:2]]
    story += [Paragraph(escape(text), _LINE) for text in annex.headings[2:]]
    story.append(Spacer(1, 6))
    for section in annex.sections:
        story.append(Paragraph(escape(section.title), _SECTION))
        rows: list[list[str | Paragraph]] = [[Paragraph(escape(text), _HEADER) for text in HEADERS]]
        rows += [
            [_cell(header, str(content)) for header, content in zip(HEADERS, row, strict=True)] for row in section.rows
        ]
        story.append(Table(rows, colWidths=_WIDTHS, repeatRows=1, style=_GRID))
    document = SimpleDocTemplate(
        str(target),
        pagesize=landscape(A4),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=annex.headings[1],
        lang="vi",
    )
    document.build(story, canvasmaker=_NumberedCanvas)


def _cell(header: str, text: str) -> str | Paragraph:
    """Only what may need several lines is a paragraph: those take twice as many drawing commands to read."""
    return Paragraph(escape(text), _CELL) if text and header in _WRAPPED else text
