"""The Provincial Competitiveness Index workbooks: one summary of scores a year, in one of the known shapes.

The workbook's other sheets (the indicators below each sub-index) are named as skipped. Where a workbook says the
same thing twice (a ranking sheet, a summary in another language) both are read, and they must agree.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.figure_rows import Figure, FigureMaker, Resolver, figure_table
from ingestion.headers import HeaderBlock, find_header, known_indicators
from ingestion.layouts import Layout, batch_id_for, load_layout, years_in
from ingestion.readers import Sheet, Workbook, read_workbook
from ingestion.resolver import default_resolver
from ingestion.table_figures import attach_ranks, score_figures
from ingestion.table_refusals import refuse_other_indicators, unknown_layout
from ingestion.tables import Table, read_table
from warehouse.errors import Refusal, Refused
from warehouse.figures import ParsedBatch, SourceDocument

#: Both printings come from one calculation, so they may differ by how binary fractions are stored, not by rounding.
_SAME = 1e-9
_MOST_REFUSALS = 20
_LAYOUT = "pci"


@dataclass
class _Found:
    """The tables of a workbook by what they are for."""

    summaries: list[Table] = field(default_factory=list)
    rankings: list[Table] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def parse(document: SourceDocument, path: Path, *, resolver: Resolver | None = None) -> ParsedBatch:
    """Read one PCI workbook.

    Raises:
        Refused: the file cannot be read, its layout is unknown, its year is not told or told twice differently, or
            two of its sheets contradict each other.
    """
    layout = load_layout(_LAYOUT)
    workbook = read_workbook(path, document.file_name)
    found = _find_tables(workbook, layout)
    year = _year(found, document.file_name)
    main = found.summaries[0]
    refuse_other_indicators(main, year, layout, document.file_name, _LAYOUT)
    known = layout.years.get(year)
    geography = known.geography_version if known else None
    maker = FigureMaker(resolver or default_resolver(), layout.unit_type, year, geography)
    figures = score_figures(main, maker)
    figures += attach_ranks(figures, main, maker)
    for twin in found.summaries[1:]:
        found.skipped += _compare_twin(figures, twin, main, maker, document.file_name)
    for ranking in found.rankings:
        figures += _take_ranks(figures, ranking, maker, document.file_name)
    tables = found.summaries + found.rankings
    source_key = f"pci:{year}"
    return ParsedBatch(
        batch_id=batch_id_for(document.sha256, source_key, layout.version),
        document=document,
        dataset="pci",
        source_key=source_key,
        layout_id=f"{layout.layout_id}/{main.form}",
        reader=workbook.reader,
        data_years=(year,),
        published_at=None,
        publisher=None,
        title=_title(main),
        sheets_read=tuple(table.sheet.name for table in tables),
        sheets_skipped=(*found.skipped, *(f"{t.sheet.name}: {note}" for t in tables for note in t.left_aside)),
        figures=figure_table(figures),
    )


# -- which sheets are read ---------------------------------------------------------------------------------------


def _find_tables(workbook: Workbook, layout: Layout) -> _Found:
    found = _Found()
    best: tuple[int, Sheet, HeaderBlock | None] | None = None
    for sheet in workbook.sheets:
        header = find_header(sheet, layout)
        codes = known_indicators(header, layout) if header else frozenset()
        parts = codes - {layout.total}
        if best is None or len(codes) > best[0]:
            best = (len(codes), sheet, header)
        if header is not None and (layout.total in codes or len(parts) >= layout.min_parts):
            table = read_table(sheet, header, layout, workbook.file_name)
            printed = {column.code for column in table.scores}
            if layout.total in printed and len(printed) > layout.min_parts:
                found.summaries.append(table)
            elif printed == {layout.total}:
                found.rankings.append(table)
            else:
                raise unknown_layout(workbook.file_name, sheet, header, layout, _LAYOUT)
        else:
            found.skipped.append(f"{sheet.name}: {_why_skipped(sheet, header)}")
    if not found.summaries:
        _, sheet, header = best or (0, Sheet("", ()), None)
        raise unknown_layout(workbook.file_name, sheet, header, layout, _LAYOUT)
    return found


def _why_skipped(sheet: Sheet, header: HeaderBlock | None) -> str:
    if not any(any(row) for row in sheet.cells):
        return "empty"
    if header is None:
        return "no header of a known table"
    return "no total: the indicators below one sub-index, which this layout does not read"


# -- the year ----------------------------------------------------------------------------------------------------


def _year(found: _Found, file_name: str) -> int:
    """The year the headers say; else titles and sheet names; else the file's name. They may not contradict."""
    tables = found.summaries + found.rankings
    said: dict[int, str] = {}
    for table in tables:
        said.update(dict.fromkeys(table.years, f"the header of sheet {table.sheet.name!r}"))
    if not said:
        for table in tables:
            said.update(dict.fromkeys(_title_years(table), f"the title of sheet {table.sheet.name!r}"))
    by_name = years_in(file_name)
    if len(said) > 1:
        words = ", ".join(f"{year} in {place}" for year, place in sorted(said.items()))
        raise _year_conflict(file_name, words)
    if said:
        year, place = next(iter(said.items()))
        if by_name and year not in by_name:
            words = f"{year} in {place}, {sorted(by_name)[0]} in the file's name"
            raise _year_conflict(file_name, words)
        return year
    if len(by_name) != 1:
        words = "no year in a header, a title, or the file's name"
        raise _year_missing(file_name, words if not by_name else f"only {sorted(by_name)} in the name")
    return next(iter(by_name))


def _year_missing(file_name: str, found: str) -> Refused:
    return Refused(
        Refusal(
            file_name,
            rule="year_missing",
            found=found,
            expected="one year the figures are about",
            text_en="the document does not say its year",
            text_vi="tài liệu không cho biết năm số liệu",
            action="name the file after the year of its figures, such as PCI_2014.xlsx",
        )
    )


def _year_conflict(file_name: str, found: str) -> Refused:
    return Refused(
        Refusal(
            file_name,
            rule="year_conflict",
            found=found,
            expected="one year the figures are about",
            text_en="the document names different years",
            text_vi="tài liệu ghi các năm khác nhau",
            action="check which year the figures are about, and correct the header or the file's name",
        )
    )


def _title_years(table: Table) -> frozenset[int]:
    texts = [table.sheet.name, *_title_texts(table)]
    return frozenset(year for text in texts for year in years_in(text))


def _title_texts(table: Table) -> list[str]:
    above = table.sheet.cells[: table.header.first]
    return [" ".join(cell.value.split()) for row in above for cell in row if cell and isinstance(cell.value, str)]


def _title(table: Table) -> str | None:
    return next(iter(_title_texts(table)), None)


# -- sheets that say the same thing ------------------------------------------------------------------------------


def _by_key(figures: list[Figure]) -> dict[tuple[str, str], list[Figure]]:
    found: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for figure in figures:
        found[figure.unit_key, figure.indicator_code].append(figure)
    return found


def _compare_twin(figures: list[Figure], twin: Table, main: Table, maker: FigureMaker, file_name: str) -> list[str]:
    """Compare a second summary with the first, and say what could not be compared."""
    others = score_figures(twin, maker)
    others += attach_ranks(others, twin, maker)
    here, there = _by_key(figures), _by_key(others)
    refusals = []
    for key in sorted(here.keys() | there.keys()):
        if key[0].startswith("text: "):
            continue
        pair = [(f.value, f.rank) for f in here[key]], [(f.value, f.rank) for f in there[key]]
        if not _same(*pair):
            one = (here[key] or there[key])[0]
            other = (there[key] or here[key])[0]
            refusals.append(_disagreement(file_name, one, other, f"{pair[0]} and {pair[1]}"))
    if refusals:
        raise Refused(*refusals[:_MOST_REFUSALS])
    strangers = sorted({f.unit_text for f in others if f.unit_code is None})
    return [
        f"{twin.sheet.name}: agrees with {main.sheet.name!r}, whose figures are taken"
        + (f"; names not resolved and not compared: {', '.join(strangers)}" if strangers else "")
    ]


def _same(one: list[tuple[float | None, int | None]], other: list[tuple[float | None, int | None]]) -> bool:
    if len(one) != len(other):
        return False
    return all(
        a_rank == b_rank and (a == b or (a is not None and b is not None and abs(a - b) <= _SAME))
        for (a, a_rank), (b, b_rank) in zip(one, other, strict=True)
    )


def _take_ranks(figures: list[Figure], ranking: Table, maker: FigureMaker, file_name: str) -> list[Figure]:
    """Give the summary's totals the ranks of a ranking sheet whose totals agree; returns what found no owner."""
    owners = _by_key(figures)
    ranked = score_figures(ranking, maker)
    alone = attach_ranks(ranked, ranking, maker)
    refusals = []
    for figure in ranked:
        matches = owners[figure.unit_key, figure.indicator_code]
        if len(matches) != 1:
            alone.append(figure)
            continue
        owner = matches[0]
        if not _same([(owner.value, None)], [(figure.value, None)]):
            refusals.append(_disagreement(file_name, owner, figure, f"{owner.value_text} and {figure.value_text}"))
        owner.rank, owner.rank_text, owner.rank_locator = figure.rank, figure.rank_text, figure.rank_locator
        owner.parse_issue = owner.parse_issue or figure.parse_issue
    if refusals:
        raise Refused(*refusals[:_MOST_REFUSALS])
    return alone


def _disagreement(file_name: str, one: Figure, other: Figure, found: str) -> Refusal:
    return Refusal(
        file_name,
        "sheets_disagree",
        found=f"{one.unit_text}, {one.indicator_code}: {found}",
        expected="the same figure in both sheets",
        place=f"{one.value_locator or one.rank_locator} and {other.value_locator or other.rank_locator}",
        text_en="two sheets of the workbook contradict each other",
        text_vi="hai trang tính của tệp mâu thuẫn nhau",
        action="ask the publisher which sheet is right",
    )
