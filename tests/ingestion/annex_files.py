"""Small annexes made for a test: as workbooks and as PDFs, good and bad."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from warehouse.figures import SourceDocument

Row = Sequence[object]
TITLE = "Chỉ số cải cách hành chính năm 2023"
LONG_HEADER = ("STT", "Đơn vị", "Chỉ tiêu", "Điểm số", "Đơn vị tính", "Thứ hạng", "Tình trạng", "Nguồn", "Ghi chú")


def document_for(path: Path) -> SourceDocument:
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return SourceDocument(
        f"doc_{sha256[:16]}", sha256, "annex", path.name, len(content), "", "2026-11-23T00:00:00+00:00", "test"
    )


def write_workbook(path: Path, rows: Sequence[Row], *, sheet: str = "Tỉnh, thành phố") -> Path:
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def write_pdf(
    path: Path,
    titles: Sequence[str],
    tables: Sequence[Sequence[Row]],
    *,
    repeat_header: bool = True,
    ruled: bool = True,
) -> Path:
    """Titles without marks, tables one below the other; ASCII only, so that no font is needed."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

    style = getSampleStyleSheet()["BodyText"]
    grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    story: list[object] = [Paragraph(title, style) for title in titles]
    for rows in tables:
        cells = [[Paragraph(str(cell), style) if " " in str(cell)[12:] else str(cell) for cell in row] for row in rows]
        story.append(
            Table(
                cells, colWidths=90, repeatRows=1 if repeat_header else 0, splitInRow=1, style=grid if ruled else None
            )
        )
    SimpleDocTemplate(str(path), pagesize=landscape(A4)).build(story)
    return path


def scanned_pdf(path: Path) -> Path:
    """A page that holds a picture and nothing else, as a scanner makes it."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    picture = io.BytesIO()
    Image.new("L", (60, 80), 200).save(picture, "PNG")
    picture.seek(0)
    canvas = Canvas(str(path))
    canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
    canvas.showPage()
    canvas.save()
    return path


def encrypted_pdf(path: Path, source: Path, password: str) -> Path:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(source))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    writer.write(path)
    return path
