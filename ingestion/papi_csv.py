"""The PAPI CSV files: a province code and one column a sub-dimension, and the code books that explain both.

A column's code is not always the code book's: before 2018 the columns of a dimension hold what was measured that
year. What each column means in each year stands in `data/reference/layouts/papi.yml`, with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ingestion.figure_rows import Figure, FigureMaker, Resolver, figure_table
from ingestion.layouts import batch_id_for, layout_data, years_in
from ingestion.readers import CsvTable
from warehouse.errors import Refusal, Refused
from warehouse.figures import ParsedBatch, SourceDocument

_CODEBOOK_HEADER = ("Variable_Code", "Variable_Name")
_UNIT_TYPE = "province"


@dataclass(frozen=True)
class _Period:
    """What one column means from one year to another (None: still)."""

    year_from: int
    year_to: int | None
    indicator: str | None
    basis: str
    reason: str


def is_codebook_header(header: tuple[str, ...]) -> bool:
    """Whether a CSV header is that of a code book."""
    return header[:2] == _CODEBOOK_HEADER


def parse_scores(document: SourceDocument, table: CsvTable, resolver: Resolver) -> ParsedBatch:
    """Read the scores of one year; the file's name says which.

    Raises:
        Refused: no year or several in the name, a column that is not known, or values in a column that was not
            measured that year.
    """
    data, version = layout_data("papi")
    settings = data["csv"]
    if settings["province_column"] not in table.header:
        raise _refused(
            document,
            rule="unknown_layout",
            found="header: " + ", ".join(table.header)[:300],
            expected=f"a column {settings['province_column']} and columns SC11, SC12, ...",
            place="line 1",
            text_en="the columns are not those of a PAPI file",
            text_vi="các cột không phải của tệp PAPI",
            action="compare the header with data/reference/layouts/papi.yml",
        )
    year = _year(document, settings["first_year"])
    maker = FigureMaker(resolver, _UNIT_TYPE, year, settings["geography_version"])
    periods = _column_periods(document, table, settings["province_column"], year)
    figures = _figures(document, table, settings["province_column"], periods, maker)
    source_key = f"papi_csv:{year}"
    inferred = [
        f"column {column}: read as {period.indicator}, inferred: {period.reason}"
        for column, period in periods.items()
        if period.basis == "inferred" and period.indicator
    ]
    unmeasured = [
        f"column {column}: blank, {period.reason}" for column, period in periods.items() if not period.indicator
    ]
    return ParsedBatch(
        batch_id=batch_id_for(document.sha256, source_key, version),
        document=document,
        dataset="papi_csv",
        source_key=source_key,
        layout_id="papi_csv/sub_dimensions",
        reader=table.reader,
        data_years=(year,),
        published_at=None,
        publisher=None,
        title=None,
        sheets_read=(document.file_name,),
        sheets_skipped=tuple(inferred + unmeasured),
        figures=figure_table(figures),
    )


def _figures(
    document: SourceDocument, table: CsvTable, province_column: str, periods: Mapping[str, _Period], maker: FigureMaker
) -> list[Figure]:
    names: Mapping[str, str] = layout_data("papi")[0]["code_books"]["provinces"]
    at = table.header.index(province_column)
    figures = []
    for row in table.rows:
        code = row.values[at].strip()
        name = names.get(code, code)
        unit_place = f"line {row.line}, column {province_column}"
        for column, text in zip(table.header, row.values, strict=True):
            if column == province_column or not text.strip():
                continue
            period = periods[column]
            if period.indicator is None:
                raise _refused(
                    document,
                    rule="unknown_layout",
                    found=text,
                    expected=f"a blank: {period.reason}",
                    place=f"line {row.line}, column {column}",
                    text_en="a column holds values in a year without them",
                    text_vi="cột có số liệu ở năm chưa được đo",
                    action="check the year in the file's name; if the column is new, add it to papi.yml",
                )
            figure = maker.make(name, unit_place, column, period.indicator)
            figure.set_value(text, f"line {row.line}, column {column}")
            figure.note = f"{code} of the code book" if code in names else None
            if period.basis == "inferred":
                figure.note = f"{figure.note or code}; indicator inferred: {period.reason}"
            figures.append(figure)
    return figures


def _year(document: SourceDocument, first_year: int) -> int:
    years = years_in(document.file_name)
    if len(years) != 1 or next(iter(years)) < first_year:
        raise _refused(
            document,
            rule="year_missing",
            found=f"{sorted(years) or 'no year'} in the file's name",
            expected=f"one year from {first_year} on",
            place="",
            text_en="the file's name does not say the year of its figures",
            text_vi="tên tệp không cho biết năm số liệu",
            action="name the file after its year, such as papi_2023.csv",
        )
    return next(iter(years))


def _column_periods(document: SourceDocument, table: CsvTable, province_column: str, year: int) -> dict[str, _Period]:
    meanings = _meanings()
    found = {}
    for column in table.header:
        if column == province_column:
            continue
        period = next(
            (p for p in meanings.get(column, ()) if p.year_from <= year and (p.year_to is None or year <= p.year_to)),
            None,
        )
        if period is None:
            raise _refused(
                document,
                rule="unknown_header",
                found=column,
                expected="a column of the code book",
                place="line 1",
                text_en="a column has a header no layout knows",
                text_vi="cột có tiêu đề chưa có trong mô tả bố cục",
                action="add the column to data/reference/layouts/papi.yml if its meaning is sure",
            )
        found[column] = period
    codes = [period.indicator for period in found.values() if period.indicator]
    for code in codes:
        if codes.count(code) > 1:
            raise _refused(
                document,
                rule="duplicate_indicator",
                found=code,
                expected="one column for each indicator",
                place="line 1",
                text_en="two columns mean one indicator",
                text_vi="hai cột cùng một chỉ số",
                action="correct the columns in data/reference/layouts/papi.yml",
            )
    return found


@lru_cache(maxsize=1)
def _meanings() -> dict[str, tuple[_Period, ...]]:
    """Every column of the code book with its periods; one not listed means itself since the beginning."""
    data, _ = layout_data("papi")
    listed, first_year = data["csv"]["columns"], data["csv"]["first_year"]
    found = {}
    for column in data["code_books"]["subcriteria"]:
        own = f"PAPI.{column}"
        entries: list[dict[str, Any]] = listed.get(
            column, [{"from": first_year, "to": None, "indicator": "same", "basis": "code_book", "reason": "code book"}]
        )
        found[column] = tuple(
            _Period(
                entry["from"],
                entry["to"],
                own if entry["indicator"] == "same" else entry["indicator"],
                entry["basis"],
                entry["reason"],
            )
            for entry in entries
        )
    return found


# -- code books --------------------------------------------------------------------------------------------------


def parse_codebook(document: SourceDocument, table: CsvTable) -> ParsedBatch:
    """Compare a code book with the layout data; a batch without figures when they agree.

    Raises:
        Refused: a code is missing, not known, or has another name.
    """
    data, version = layout_data("papi")
    books = data["code_books"]
    known: dict[str, dict[str, tuple[str, ...]]] = {
        "criteria": {code: (name,) for code, name in books["criteria"].items()},
        "provinces": {code: (name,) for code, name in books["provinces"].items()},
        "subcriteria": {
            code: (entry["name"], books["criteria"][entry["criterion"]], entry["criterion"])
            for code, entry in books["subcriteria"].items()
        },
    }
    which = _which_book(document, table)
    refusals = []
    seen = set()
    for row in table.rows:
        code, words = row.values[0].strip(), tuple(value.strip() for value in row.values[1:])
        if code in seen or known[which].get(code) != words:
            expected = known[which].get(code)
            wanted = "each code once" if code in seen else ", ".join(expected or ("no such code",))
            refusals.append(_disagreement(document, f"{code}: {', '.join(words)}", row.line, wanted))
        seen.add(code)
    for code in sorted(known[which].keys() - seen):
        refusals.append(_disagreement(document, f"no {code}", 1, f"{code}: {', '.join(known[which][code])}"))
    if refusals:
        raise Refused(*refusals[:20])
    source_key = f"papi_codebook:{which}"
    return ParsedBatch(
        batch_id=batch_id_for(document.sha256, source_key, version),
        document=document,
        dataset="papi_codebook",
        source_key=source_key,
        layout_id=f"papi_codebook/{which}",
        reader=table.reader,
        data_years=(),
        published_at=None,
        publisher=None,
        title=None,
        sheets_read=(document.file_name,),
        sheets_skipped=(),
        figures=figure_table([]),
    )


def _which_book(document: SourceDocument, table: CsvTable) -> str:
    first = table.rows[0].values[0].strip() if table.rows else ""
    for which, pattern, width in (
        ("criteria", r"C[0-9]{2}", 2),
        ("provinces", r"P[0-9]{2}", 2),
        ("subcriteria", r"SC[0-9]{2}", 4),
    ):
        if re.fullmatch(pattern, first) and len(table.header) == width:
            return which
    raise _refused(
        document,
        rule="unknown_layout",
        found=f"first code {first!r}, {len(table.header)} columns",
        expected="codes such as C01, P01 or SC11",
        place="line 2",
        text_en="the code book is none of the three known ones",
        text_vi="bảng mã không thuộc ba bảng mã đã biết",
        action="compare it with data/reference/layouts/papi.yml",
    )


def _disagreement(document: SourceDocument, found: str, line: int, expected: str) -> Refusal:
    return Refusal(
        document.file_name,
        rule="code_book_disagrees",
        found=found,
        expected=expected,
        place=f"line {line}",
        text_en="the code book says something else than the layout data",
        text_vi="bảng mã khác với mô tả bố cục",
        action="find out which is right, and correct data/reference/layouts/papi.yml if the book is",
    )


def _refused(document: SourceDocument, **words: str) -> Refused:
    return Refused(Refusal(file_name=document.file_name, **words))
