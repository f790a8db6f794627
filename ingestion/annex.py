"""Annexes of index figures as ministries send them: XLSX, or PDF with text tables; told apart by their content.

One reading for both: what a column, a sheet and a title mean is found by words, which are data
(`data/reference/layouts/annex.yml`), and the figures of an annex are the same whichever of its two files is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingestion.annex_columns import Columns, find_columns, is_column_numbers, nearest_indicators
from ingestion.annex_layout import AnnexLayout, edition_geographies, load_annex_layout, phrase_key
from ingestion.annex_pdf import read_pdf
from ingestion.annex_pdf_safety import is_pdf
from ingestion.annex_refusing import refuse_annex
from ingestion.annex_tables import AnnexCell, AnnexFile, AnnexTable, Heading, read_heading, unit_type_of
from ingestion.annex_workbook import read_annex_workbook
from ingestion.layouts import batch_id_for, plain
from ingestion.names import UnitMatch
from ingestion.numbers import NumberReading, read_number
from ingestion.resolver import default_resolver
from warehouse.figures import FIGURE_SCHEMA, ParsedBatch, SourceDocument

_BLANK = AnnexCell(None, "")
_HIGHEST_RANK = 999
_ROW_NUMBER = re.compile(r"[0-9]{1,4}")
_SEVERAL_NUMBERS = re.compile(r"[0-9]+(?: [0-9]+)+")


def parse(document: SourceDocument, path: Path) -> ParsedBatch:
    """Read one annex.

    Raises:
        Refused: the file cannot be read, or is not in a known form; nothing was guessed.
    """
    file_name = document.file_name
    if path.stat().st_size == 0:
        raise refuse_annex(file_name, "file_empty", found="0 bytes", expected="an XLSX or a PDF with text tables")
    layout = load_annex_layout()
    annex = read_pdf(path, file_name, layout) if is_pdf(path) else read_annex_workbook(path, file_name, layout)
    if not annex.tables:
        found = "no table with ruling lines" if annex.media == "pdf" else "no table"
        raise refuse_annex(
            file_name,
            "unknown_layout",
            found=found,
            expected="a table with a header row; in a PDF, ruled",
        )
    reading = _Reading(document, annex, layout)
    rows = list(reading.figures())
    heading = reading.heading
    source_key = _source_key(heading, annex.media)
    return ParsedBatch(
        batch_id=batch_id_for(document.sha256, source_key, layout.version),
        document=document,
        dataset="annex",
        source_key=source_key,
        layout_id=reading.columns[0].layout_id,
        reader=annex.reader,
        data_years=(heading.data_year,) if heading.data_year else (),
        published_at=heading.published_at,
        publisher=heading.publisher,
        title=heading.title,
        sheets_read=annex.parts_read,
        sheets_skipped=(*annex.parts_skipped, *reading.rows_skipped),
        figures=pa.Table.from_pylist([{"row_id": at, **row} for at, row in enumerate(rows, 1)], schema=FIGURE_SCHEMA),
    )


def _source_key(heading: Heading, media: str) -> str:
    """The logical document. Annex 1 of a ministry is another document than annex 1 that names no publisher."""
    key = f"annex:{heading.index_code}:{heading.data_year or 'unknown'}:{heading.number}:{media}"
    return f"{key}:{plain(heading.publisher).replace(' ', '_')}" if heading.publisher else key


@dataclass(frozen=True)
class _Line:
    """One row of a table under its columns."""

    cells: tuple[AnnexCell, ...]
    columns: Columns

    def cell(self, role: str) -> AnnexCell:
        at = self.columns.by_role.get(role)
        return self.cells[at] if at is not None and at < len(self.cells) else _BLANK

    def text(self, role: str) -> str:
        return self.cell(role).text

    @property
    def is_figure(self) -> bool:
        return bool(self.text("value") or self.text("rank"))

    @property
    def place(self) -> str:
        return next((cell.place for cell in self.cells if cell.text), "")


class _Reading:
    """One annex on its way from cells to figures."""

    def __init__(self, document: SourceDocument, annex: AnnexFile, layout: AnnexLayout) -> None:
        self._file_name = document.file_name
        self._annex = annex
        self._layout = layout
        self.columns = [find_columns(self._file_name, table, layout) for table in annex.tables]
        headers = [header for columns in self.columns for header in columns.headers.values()]
        self.heading: Heading = read_heading(self._file_name, annex.tables, headers, layout)
        self.rows_skipped: list[str] = []

    def figures(self) -> Iterator[dict[str, Any]]:
        """The rows of FIGURE_SCHEMA without their row_id."""
        for table, columns in zip(self._annex.tables, self.columns, strict=True):
            unit_type = self._unit_type(table, columns)
            lines = list(_lines(table, columns))
            self._check_row_numbers(table, lines)
            for line in lines:
                if line.is_figure:
                    yield self._figure(line, unit_type)
                elif line.place:
                    self.rows_skipped.append(f"{line.place}: neither score nor rank")

    def _check_row_numbers(self, table: AnnexTable, lines: Sequence[_Line]) -> None:
        """A damaged PDF loses rows, and rows without lines between them arrive as one: the running number tells."""
        seen: set[int] = set()
        for line in lines:
            text = line.text("number")
            if _SEVERAL_NUMBERS.fullmatch(text):
                raise refuse_annex(
                    self._file_name,
                    "unknown_layout",
                    found=f"the row numbers {text} in one cell",
                    expected="a line drawn between every two rows",
                    place=line.cell("number").place,
                )
            if _ROW_NUMBER.fullmatch(text):
                seen.add(int(text))
        missing = [str(number) for number in range(1, max(seen, default=0)) if number not in seen]
        if missing:
            raise refuse_annex(
                self._file_name,
                "rows_missing",
                found=f"no row {', '.join(missing)}",
                expected=f"rows 1 to {max(seen)}",
                place=table.name,
            )

    def _unit_type(self, table: AnnexTable, columns: Columns) -> str:
        found = unit_type_of(self._layout, table, columns.headers["unit"])
        if len(found) == 1:
            return found.pop()
        raise refuse_annex(
            self._file_name,
            "unknown_layout" if not found else "conflicting_headings",
            place=table.name,
            found=f"kinds of unit: {', '.join(sorted(found)) or 'none named'}; header {columns.headers['unit']!r}",
            expected="a sheet, section or header that says provinces, ministries, regions or the nation",
        )

    def _figure(self, line: _Line, unit_type: str) -> dict[str, Any]:
        value, rank = read_number(line.cell("value").value), read_number(line.cell("rank").value)
        rank_number = _whole_rank(rank)
        indicator_text, indicator_code = self._indicator(line)
        self._check_measure(line)
        unit_type, match = self._unit(line.text("unit"), unit_type)
        issues = (
            ("year_missing", self.heading.data_year is None),
            (match.issue, match.issue is not None),
            ("not_a_number", bool(value.text) and not value.is_number),
            ("rank_not_a_number", bool(rank.text) and rank_number is None),
        )
        return {
            "unit_text": line.text("unit"),
            "unit_locator": line.cell("unit").place or line.place,
            "unit_type": unit_type,
            "unit_code": match.unit_code,
            "unit_candidates": "; ".join(match.candidates) or None,
            "indicator_text": indicator_text,
            "indicator_code": indicator_code,
            "data_year": self.heading.data_year,
            "geography_version": match.geography_version,
            "value_text": value.text or None,
            "value": value.value,
            "value_locator": line.cell("value").place if value.text else None,
            "rank_text": rank.text or None,
            "rank": rank_number,
            "rank_locator": line.cell("rank").place if rank.text else None,
            "decimal_mark": value.decimal_mark,
            "figure_status": self._status(line),
            "source_url": _source(line.text("source")),
            "note": line.text("note") or None,
            "parse_issue": next((issue for issue, applies in issues if applies), None),
        }

    def _indicator(self, line: _Line) -> tuple[str, str]:
        index_code = self.heading.index_code
        if "indicator" not in line.columns.by_role:
            return line.columns.headers.get("value") or line.columns.headers["rank"], index_code
        text = line.text("indicator")
        code = self._layout.indicator(index_code, text)
        if code is None:
            raise refuse_annex(
                self._file_name,
                "unknown_indicator",
                found=text or "a blank cell",
                place=line.cell("indicator").place,
                expected=f"an indicator of {index_code}, nearest: "
                f"{', '.join(nearest_indicators(self._layout, index_code, text))}",
            )
        return text, code

    def _check_measure(self, line: _Line) -> None:
        text = line.text("measure")
        allowed = self._layout.index_measures[self.heading.index_code]
        if text and self._layout.measures.get(phrase_key(text)) not in allowed:
            raise refuse_annex(
                self._file_name,
                "wrong_measure",
                found=text,
                place=line.cell("measure").place,
                expected=f"{self.heading.index_code} is measured in {' or '.join(sorted(allowed))}",
            )

    def _status(self, line: _Line) -> str:
        text = line.text("status")
        status = self._layout.statuses.get(phrase_key(text)) if text else "printed"
        if status is None:
            raise refuse_annex(
                self._file_name,
                "unknown_status",
                found=text,
                place=line.cell("status").place,
                expected="công bố, suy ra or nghi ngờ, or a blank cell",
            )
        return status

    def _unit(self, text: str, unit_type: str) -> tuple[str, UnitMatch]:
        """The unit, on the map the document names, else that of its edition, else that of the year."""
        year = self.heading.data_year
        geography = self.heading.geography_version
        if geography is None and year is not None:
            geography = edition_geographies().get((self.heading.index_code, year, unit_type))
        resolver = default_resolver()
        match = resolver.resolve(text, unit_type=unit_type, data_year=year, geography_version=geography)
        if match.issue and unit_type != "national":
            # Tables of provinces end with the average of all.
            nation = resolver.resolve(text, unit_type="national", data_year=year)
            if nation.unit_code:
                return "national", nation
        return unit_type, match


def _lines(table: AnnexTable, columns: Columns) -> Iterator[_Line]:
    """The rows below the header, with what a page break tore apart put together."""
    header = [cell.text for cell in table.rows[columns.header_row]]
    before: _Line | None = None
    for at in range(columns.header_row + 1, len(table.rows)):
        row = table.rows[at]
        if not any(cell.text for cell in row) or [cell.text for cell in row] == header:
            continue
        line = _Line(row, columns)
        if before is None and is_column_numbers(row):
            continue
        if before is not None and at in table.page_starts and not line.is_figure and not line.text("number"):
            before = _Line(_joined(before.cells, row), columns)
            continue
        if before is not None:
            yield before
        before = line
    if before is not None:
        yield before


def _joined(above: Sequence[AnnexCell], below: Sequence[AnnexCell]) -> tuple[AnnexCell, ...]:
    return tuple(
        AnnexCell(f"{upper.text} {lower.text}".strip(), upper.place) if lower.text else upper
        for upper, lower in zip(above, below, strict=True)
    )


def _whole_rank(reading: NumberReading) -> int | None:
    value = reading.value
    return int(value) if value is not None and value.is_integer() and 1 <= value <= _HIGHEST_RANK else None


def _source(text: str) -> str | None:
    """An address holds no spaces: those in it come from broken lines."""
    is_one_address = text.startswith(("http://", "https://")) and text.count("://") == 1
    return ("".join(text.split()) if is_one_address else text) or None
