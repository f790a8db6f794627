"""An annex as tables of cells, whatever file it came in, and what its title block says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ingestion.annex_layout import AnnexLayout, contains_phrase, phrase_key
from ingestion.annex_refusing import refuse_annex
from ingestion.numbers import CellValue, cell_text

_YEAR = re.compile(r"\b20[0-9]{2}\b")
_DATE = re.compile(r"\b(?:ngay )?([0-9]{1,2}) (?:thang )?([0-9]{1,2}) (?:nam )?(20[0-9]{2})\b")
_PERIOD = re.compile(r"\b(?:giai doan|period) 20[0-9]{2} 20[0-9]{2}\b")
_NUMBER = re.compile(r"^(?:phu luc|annex|appendix)(?: so)?(?: ([0-9]{1,2}|i{1,3}|iv|vi{0,3}|ix|x))\b")
_GEOGRAPHY = re.compile(r"\b(64|63|34) (?:tinh|provinces)\b")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}


@dataclass(frozen=True)
class AnnexCell:
    """One cell: its value as the reader gave it, and where it stands, in words for its owner."""

    value: CellValue
    place: str

    @property
    def text(self) -> str:
        """The content in NFC, with single spaces; empty for a blank cell."""
        return " ".join(cell_text(self.value).split())


@dataclass(frozen=True)
class AnnexTable:
    """One table with the lines above it. `page_starts` are the rows (from 0) that open a further page."""

    name: str
    lines_above: tuple[str, ...]
    rows: tuple[tuple[AnnexCell, ...], ...]
    page_starts: frozenset[int] = frozenset()


@dataclass(frozen=True)
class AnnexFile:
    """What a reader found in one file: tables in order, the library that read it, and what it left aside."""

    media: str  # xlsx | pdf
    reader: str
    tables: tuple[AnnexTable, ...]
    parts_read: tuple[str, ...]
    parts_skipped: tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """What the title block says; `data_year` is None where it says that the year is unknown, or nothing."""

    index_code: str
    data_year: int | None
    number: int
    geography_version: str | None
    publisher: str | None
    published_at: date | None
    title: str


def read_heading(file_name: str, tables: Sequence[AnnexTable], headers: Iterable[str], layout: AnnexLayout) -> Heading:
    """Read the lines above the tables, and where they do not name the index or year, the column headers.

    Raises:
        Refused: no index or several (`unknown_index`), or several years or numbers (`conflicting_headings`).
    """
    lines = list(dict.fromkeys(line for table in tables for line in table.lines_above))
    keys = [phrase_key(line) for line in lines]
    about_decision = [
        any(key == start or key.startswith(f"{start} ") for start in layout.headings["decision_lines"]) for key in keys
    ]
    # A decision's own pages speak of other years and indices: the annex begins where it is numbered.
    begins = next((at for at, key in enumerate(keys) if _NUMBER.match(key)), 0)
    title_keys = [key for key, decision in list(zip(keys, about_decision, strict=True))[begins:] if not decision]
    header_keys = [phrase_key(header) for header in headers]
    index_code = _one_index(file_name, lines, title_keys, header_keys, layout)
    titles = [line for line in lines[begins:] if index_code in layout.index_in(phrase_key(line))]
    geographies = {found[1] for key in title_keys if (found := _GEOGRAPHY.search(key))}
    return Heading(
        index_code=index_code,
        data_year=_year(file_name, title_keys, header_keys),
        number=_annex_number(file_name, keys),
        geography_version=geographies.pop() if len(geographies) == 1 else None,
        publisher=_publisher(lines, keys, layout),
        published_at=_published_at([key for key, decision in zip(keys, about_decision, strict=True) if decision]),
        title=titles[0] if titles else (lines[0] if lines else ""),
    )


def _one_index(
    file_name: str, lines: list[str], title_keys: list[str], header_keys: list[str], layout: AnnexLayout
) -> str:
    # Joined, because a long title breaks over lines.
    named = layout.index_in(" ".join(title_keys)) or layout.index_in(" ".join(header_keys))
    if len(named) == 1:
        return named.pop()
    raise refuse_annex(
        file_name,
        "unknown_index",
        found=", ".join(sorted(named)) or "; ".join(lines) or "no title",
        expected=f"the name of one of {', '.join(sorted(layout.index_measures))}",
        place="title",
    )


def _year(file_name: str, title_keys: list[str], header_keys: list[str]) -> int | None:
    years = {int(year) for key in (*title_keys, *header_keys) for year in _YEAR.findall(_without_dates(key))}
    if len(years) > 1:
        raise refuse_annex(
            file_name,
            "conflicting_headings",
            found=f"the years {', '.join(map(str, sorted(years)))}",
            expected="one year of the data, the same in the title and the headers",
            place="title and headers",
        )
    return years.pop() if years else None


def _without_dates(key: str) -> str:
    return _PERIOD.sub(" ", _DATE.sub(" ", key))


def _annex_number(file_name: str, keys: list[str]) -> int:
    written = {found[1] for key in keys if (found := _NUMBER.match(key))}
    numbers = {_ROMAN.get(text) or int(text) for text in written}
    if len(numbers) > 1:
        raise refuse_annex(
            file_name,
            "conflicting_headings",
            found=f"annexes {', '.join(map(str, sorted(numbers)))}",
            expected="one annex in one file",
            place="title",
        )
    return numbers.pop() if numbers else 1


def _publisher(lines: list[str], keys: list[str], layout: AnnexLayout) -> str | None:
    for line, key in zip(lines, keys, strict=True):
        if ":" in line and phrase_key(line.partition(":")[0]) in layout.headings["publisher_labels"]:
            return line.partition(":")[2].strip() or None
        begins = any(key.startswith(f"{start} ") for start in layout.headings["publisher_starts"])
        if begins and line.isupper() and not layout.index_in(key) and layout.section_type(line) is None:
            return line
    return None


def _published_at(decision_keys: list[str]) -> date | None:
    for key in decision_keys:
        if found := _DATE.search(key):
            try:
                return date(int(found[3]), int(found[2]), int(found[1]))
            except ValueError:
                continue
    return None


def unit_type_of(layout: AnnexLayout, table: AnnexTable, unit_header: str) -> set[str]:
    """The kinds of unit that the header, else the section, else the title give; one if the annex is clear."""
    named = {layout.section_type(text) for text in (table.name, *table.lines_above)} - {None}
    of_header = layout.unit_type_of_header.get(phrase_key(unit_header))
    if of_header:
        named.add(of_header)
    if not named:
        title = " ".join(phrase_key(line) for line in table.lines_above)
        named = {kind for phrase, kind in layout.unit_type_of_title.items() if contains_phrase(title, phrase)}
    return {kind for kind in named if kind}
