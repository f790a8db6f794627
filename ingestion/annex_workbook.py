"""The sheets of a workbook annex as tables of cells."""

from __future__ import annotations

from pathlib import Path

from ingestion.annex_columns import likely_header_row, looks_tabular
from ingestion.annex_layout import AnnexLayout
from ingestion.annex_tables import AnnexCell, AnnexFile, AnnexTable
from ingestion.readers import Sheet, cell_name, read_workbook
from ingestion.readers.refusing import refuse

#: Cells of one sheet; the longest real annexes, with every criterion of every province, have some ten thousand.
MAX_CELLS = 200_000


def read_annex_workbook(path: Path, file_name: str, layout: AnnexLayout) -> AnnexFile:
    """Read all sheets; empty ones and those that hold only words are left aside and named.

    Raises:
        Refused: the workbook cannot be read (see `ingestion.readers`).
    """
    workbook = read_workbook(path, file_name)
    tables: list[AnnexTable] = []
    skipped: list[str] = []
    for sheet in workbook.sheets:
        cells = sum(len(row) for row in sheet.cells)
        if cells > MAX_CELLS:
            raise refuse(
                file_name,
                "too_many_cells",
                found=f"{cells:,} cells",
                expected=f"at most {MAX_CELLS:,}",
                place=sheet.name,
            )
        table = _table(sheet, layout)
        if not any(cell.text for row in table.rows for cell in row):
            skipped.append(f"{sheet.name}: empty")
        elif likely_header_row(table.rows, layout) is None and not looks_tabular(table):
            skipped.append(f"{sheet.name}: words, no table")
        else:
            tables.append(table)
    return AnnexFile("xlsx", workbook.reader, tuple(tables), tuple(table.name for table in tables), tuple(skipped))


def _table(sheet: Sheet, layout: AnnexLayout) -> AnnexTable:
    rows = tuple(
        tuple(
            AnnexCell(cell.value if cell else None, f"{sheet.name}!{cell_name(down, across)}")
            for across, cell in enumerate(row)
        )
        for down, row in enumerate(sheet.cells)
    )
    header_row = likely_header_row(rows, layout)
    above = rows[:header_row] if header_row is not None else ()
    return AnnexTable(sheet.name, tuple(cell.text for row in above for cell in row if cell.text), rows)
