"""Refusals every table parser words alike: no known table, and a known year with other scores than it had."""

from __future__ import annotations

from ingestion.headers import HeaderBlock, known_indicators
from ingestion.layouts import Layout
from ingestion.numbers import cell_text
from ingestion.readers import Sheet
from ingestion.tables import Table
from warehouse.errors import Refusal, Refused


def unknown_layout(
    file_name: str, sheet: Sheet, header: HeaderBlock | None, layout: Layout, layout_file: str
) -> Refused:
    """No sheet holds a known table; `sheet` and `header` are what comes nearest."""
    if header is not None:
        texts = [text for column in header.texts for _, text in column]
    else:
        first = next((row for row in sheet.cells if any(row)), ())
        texts = [cell_text(cell.value) for cell in first if cell is not None]
    codes = known_indicators(header, layout) if header else frozenset()
    return Refused(
        Refusal(
            file_name,
            "unknown_layout",
            found="header: " + " | ".join(" ".join(text.split()) for text in texts)[:400] if texts else "no header",
            expected=f"a sheet with provinces, {layout.total} and at least {layout.min_parts} of its parts; "
            f"nearest known layout: {layout.nearest_layout(codes)}",
            place=f"sheet {sheet.name!r}" + (f", row {header.first + 1}" if header else ""),
            text_en="the workbook has no table in a known shape",
            text_vi="bảng tính không có bảng nào theo bố cục đã biết",
            action=f"compare the header with data/reference/layouts/{layout_file}.yml, and add its words there "
            "if their meaning is sure",
        )
    )


def refuse_other_indicators(table: Table, year: int, layout: Layout, file_name: str, layout_file: str) -> None:
    """A year that was seen must hold the scores it had then; any year must hold the total.

    Raises:
        Refused: it does not.
    """
    known = layout.years.get(year)
    printed = {column.code for column in table.scores}
    expected = known.indicators if known else printed | {layout.total}
    if printed == expected:
        return
    missing, extra = sorted(expected - printed), sorted(printed - expected)
    raise Refused(
        Refusal(
            file_name,
            "unexpected_indicators",
            found=f"missing: {missing or 'none'}; not expected: {extra or 'none'}",
            expected=f"the scores of {layout.total} {year} as listed in data/reference/layouts/{layout_file}.yml",
            place=f"sheet {table.sheet.name!r}, row {table.header.first + 1}",
            text_en=f"the scores are not those of {layout.total} {year}",
            text_vi=f"các chỉ số không đúng với {layout.total} năm {year}",
            action="check the year of the figures, and whether columns were deleted",
        )
    )
