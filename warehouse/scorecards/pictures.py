"""A picture of a page: its drawing, the words around it, and the file that holds the data behind it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from warehouse.marks import MARKS, Mark, marks_of
from warehouse.scorecards.drawing import Drawing
from warehouse.scorecards.material import Figure, Material, Row
from warehouse.scorecards.wording import Words
from warehouse.spreadsheets import harmless

Cell = str | int | float | bool | date | None


@dataclass(frozen=True)
class Table:
    """The data behind a picture, for machines: names of the marts, decimal points, marks as codes in a column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A drawing with its title and the sentence that says what it shows; `name` is unique in the site."""

    name: str
    drawing: Drawing
    title: Words
    text: Words
    table: Table
    marks: tuple[Mark, ...] = ()


def write_table(table: Table, path: Path) -> None:
    """Write a CSV file as the release's own are: UTF-8 with a byte order mark, CRLF, formulas made harmless."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writing = csv.writer(stream)
        writing.writerow(table.columns)
        writing.writerows([_harmless(cell) for cell in row] for row in table.rows)


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell


def marks_in(figures: Iterable[Figure]) -> tuple[Mark, ...]:
    """The marks of the values a picture shows, said once below it: a tile or a dot has no room for them."""
    seen = {mark.code for one in figures if one.value is not None for mark in one.value_marks}
    return tuple(mark for code, mark in MARKS.items() if code in seen)


def row_table(found: Sequence[Row], columns: Sequence[str]) -> Table:
    """Rows of a mart as they are, with their marks in a last column."""
    return Table(
        (*columns, "marks"),
        tuple((*(row[column] for column in columns), " ".join(mark.code for mark in marks_of(row))) for row in found),
    )


FIGURE_COLUMNS = (
    "unit_code", "name_vi", "name_en", "indicator_code", "data_year", "boundary", "value", "max_value", "rank",
    "rank_out_of", "change", "is_comparable", "not_comparable_reason", "methodology_version", "marks",
)  # fmt: skip


def figure_table(material: Material, figures: Sequence[Figure]) -> Table:
    """Figures with their marks; `change` is empty where the two years cannot be compared."""
    return Table(
        FIGURE_COLUMNS,
        tuple(
            (
                one.unit_code, *material.units[one.unit_code].name_in(one.year, one.boundary),
                one.indicator_code, one.year, one.boundary, one.value, one.max_value, one.rank, one.out_of, one.change,
                one.is_comparable, one.reason, one.method,
                " ".join(mark.code for mark in one.marks),
            )
            for one in figures
        ),
    )  # fmt: skip
