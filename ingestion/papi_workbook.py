"""The PAPI workbook: one sheet a year, two header rows in two languages, and a row of the highest scores.

The sheet's name is the year: the header of the total says 2015 in every sheet. The row of the highest scores is no
province; it must repeat the maximum of each column, which shows that no row was lost or moved.
"""

from __future__ import annotations

from pathlib import Path

from ingestion.figure_rows import Figure, FigureMaker, Resolver, figure_table
from ingestion.headers import HeaderBlock, find_header, known_indicators
from ingestion.layouts import Layout, batch_id_for, load_layout, plain
from ingestion.numbers import cell_text, read_number
from ingestion.readers import Sheet, read_workbook
from ingestion.table_figures import attach_ranks, score_figures
from ingestion.table_refusals import refuse_other_indicators, unknown_layout
from ingestion.tables import Column, Table, read_table
from warehouse.errors import Refusal, Refused
from warehouse.figures import ParsedBatch, SourceDocument

#: The highest scores were computed in the same sheet; they differ from the column by binary fractions at most.
_SAME = 1e-6
_MOST_REFUSALS = 20
_LAYOUT = "papi"


def parse_workbook(document: SourceDocument, path: Path, resolver: Resolver) -> ParsedBatch:
    """Read all year sheets of a PAPI workbook.

    Raises:
        Refused: the file cannot be read, no sheet is known, a sheet's name is no year or a year twice, or a row of
            highest scores contradicts its column.
    """
    layout = load_layout(_LAYOUT, "workbook")
    workbook = read_workbook(path, document.file_name)
    tables: dict[int, Table] = {}
    skipped = []
    nearest: tuple[Sheet, HeaderBlock | None] | None = None
    for sheet in workbook.sheets:
        header = find_header(sheet, layout)
        codes = known_indicators(header, layout) if header else frozenset()
        if header is None or len(codes) <= layout.min_parts:
            skipped.append(f"{sheet.name}: no header of a known table")
            if nearest is None or (header is not None and nearest[1] is None):
                nearest = sheet, header
            continue
        table = read_table(sheet, header, layout, document.file_name)
        year = _sheet_year(sheet, layout, document.file_name)
        if year in tables:
            raise Refused(
                Refusal(
                    file_name=document.file_name,
                    rule="year_conflict",
                    found=f"{year} also in sheet {tables[year].sheet.name!r}",
                    expected="each year once",
                    place=f"sheet {sheet.name!r}",
                    text_en="two sheets are about one year",
                    text_vi="hai trang tính cùng một năm",
                    action="leave one of them out",
                )
            )
        refuse_other_indicators(table, year, layout, document.file_name, _LAYOUT)
        _check_highest(table, layout, document)
        tables[year] = table
    if not tables:
        raise unknown_layout(document.file_name, *(nearest or (Sheet("", ()), None)), layout, _LAYOUT)
    figures: list[Figure] = []
    for year, table in sorted(tables.items()):
        figures += _year_figures(table, year, layout, resolver)
        skipped += [f"{table.sheet.name}: {note}" for note in table.left_aside]
    years = tuple(sorted(tables))
    source_key = f"{layout.source}:{years[0]}" + (f"-{years[-1]}" if len(years) > 1 else "")
    return ParsedBatch(
        batch_id=batch_id_for(document.sha256, source_key, layout.version),
        document=document,
        dataset=layout.source,
        source_key=source_key,
        layout_id=f"{layout.layout_id}/one_province_column",
        reader=workbook.reader,
        data_years=years,
        published_at=None,
        publisher=None,
        title=None,
        sheets_read=tuple(tables[year].sheet.name for year in years),
        sheets_skipped=tuple(skipped),
        figures=figure_table(figures),
    )


def _year_figures(table: Table, year: int, layout: Layout, resolver: Resolver) -> list[Figure]:
    known = layout.years.get(year)
    maker = FigureMaker(resolver, layout.unit_type, year, known.geography_version if known else None)
    figures = score_figures(table, maker)
    figures += attach_ranks(figures, table, maker)
    rows_with_parts = {figure.unit_locator for figure in figures if figure.indicator_code != layout.total}
    other_names = _other_names(table, maker)
    for figure in figures:
        if figure.indicator_code == layout.total and figure.unit_locator not in rows_with_parts:
            figure.note = "total_without_parts: a total is printed where every part of it is blank"
        other = other_names.get(figure.unit_locator)
        if other is not None and figure.unit_code is not None:
            figure.parse_issue, figure.unit_candidates = "name_ambiguous", f"{figure.unit_text}; {other}"
            figure.unit_code = None
    return figures


def _other_names(table: Table, maker: FigureMaker) -> dict[str, str]:
    """Rows whose two names mean two units: the place of the name -> the name in the other language."""
    if table.check_column is None:
        return {}
    unit_column = table.scores[0].unit_column
    found = {}
    for row in table.data_rows:
        other, name = table.cell(row, table.check_column), table.cell(row, unit_column)
        if other is None or name is None:
            continue
        if maker.match(cell_text(other.value)).unit_code != maker.match(cell_text(name.value)).unit_code:
            found[table.place(row, unit_column)] = cell_text(other.value)
    return found


def _sheet_year(sheet: Sheet, layout: Layout, file_name: str) -> int:
    match = layout.sheet_year.fullmatch(plain(sheet.name)) if layout.sheet_year else None
    if match is None:
        raise Refused(
            Refusal(
                file_name,
                "year_missing",
                found=sheet.name,
                expected="a sheet name such as 2016_PAPI",
                place=f"sheet {sheet.name!r}",
                text_en="the sheet's name does not say the year of its figures",
                text_vi="tên trang tính không cho biết năm số liệu",
                action="name the sheet after the year of its figures",
            )
        )
    return int(match["year"])


def _check_highest(table: Table, layout: Layout, document: SourceDocument) -> None:
    """The row of highest scores against its columns; a difference means lost, moved or changed rows."""
    unit_column = table.scores[0].unit_column
    highest = {column.code: _highest(table, column) for column in table.scores}
    parts = [value for code, value in highest.items() if code in layout.highest_total_adds_up and value is not None]
    highest[layout.total] = sum(parts)
    refusals = []
    for row in table.summary_row_indexes:
        name = table.cell(row, unit_column)
        if name is None or plain(cell_text(name.value)) not in layout.highest_rows:
            continue
        for column in table.scores:
            printed = table.cell(row, column.index)
            said = read_number(printed.value).value if printed is not None else None
            expected = highest[column.code]
            if said is not None and (expected is None or abs(said - expected) > _SAME):
                refusals.append(
                    Refusal(
                        document.file_name,
                        "highest_row_disagrees",
                        found=str(said),
                        place=table.place(row, column.index),
                        expected=f"{expected}, the highest of the column (for the total: of its dimensions added up)",
                        text_en="the row of highest scores does not fit the scores above it",
                        text_vi="dòng điểm cao nhất không khớp với các điểm bên trên",
                        action="ask the publisher whether rows were lost or changed",
                    )
                )
    if refusals:
        raise Refused(*refusals[:_MOST_REFUSALS])


def _highest(table: Table, column: Column) -> float | None:
    cells = [table.cell(row, column.index) for row in table.data_rows]
    values = [read_number(cell.value).value for cell in cells if cell is not None]
    return max((value for value in values if value is not None), default=None)
