"""The PAPI files: the bilingual workbook, the CSV of each year, and the code books; told apart by their content."""

from __future__ import annotations

from pathlib import Path

from ingestion import papi_csv, papi_workbook
from ingestion.figure_rows import Resolver
from ingestion.readers import looks_like_workbook, read_csv
from ingestion.resolver import default_resolver
from warehouse.errors import Refused
from warehouse.figures import ParsedBatch, SourceDocument


def parse(document: SourceDocument, path: Path, *, resolver: Resolver | None = None) -> ParsedBatch:
    """Read one PAPI file. A code book gives a batch without figures, once it agrees with the layout data.

    Raises:
        Refused: the file cannot be read, its layout or year is unknown, or it contradicts itself or the code book.
    """
    if looks_like_workbook(path):
        return papi_workbook.parse_workbook(document, path, resolver or default_resolver())
    table = read_csv(path, document.file_name)
    if papi_csv.is_codebook_header(table.header):
        return papi_csv.parse_codebook(document, table)
    return papi_csv.parse_scores(document, table, resolver or default_resolver())


def is_codebook(path: Path) -> bool:
    """Whether the file is a PAPI code book, by its header; False for a file no reader accepts."""
    if looks_like_workbook(path):
        return False
    try:
        return papi_csv.is_codebook_header(read_csv(path, path.name).header)
    except Refused:
        return False
