"""Figures on their way from cells to the one shape all parsers hand over; problems are noted here, never raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Protocol

import pyarrow as pa

from ingestion.numbers import CellValue, NumberReading, cell_text, read_number
from ingestion.readers import Cell
from warehouse.figures import FIGURE_SCHEMA


class UnitMatch(Protocol):
    """What a resolver says about one name."""

    @property
    def unit_code(self) -> str | None:
        """The unit, or None."""

    @property
    def issue(self) -> str | None:
        """Why there is none."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """The nearest names."""

    @property
    def geography_version(self) -> str | None:
        """The map the unit stands on."""


class Resolver(Protocol):
    """Finds the unit a printed name means in a year."""

    def resolve(
        self, text: str, *, unit_type: str, data_year: int | None, geography_version: str | None = None
    ) -> UnitMatch:
        """The match, or the reason there is none."""
        ...


@dataclass(slots=True)
class Figure:
    """One printed figure; the fields are those of `FIGURE_SCHEMA` without `row_id`."""

    unit_text: str
    unit_locator: str
    unit_type: str
    indicator_text: str
    indicator_code: str
    data_year: int
    unit_code: str | None = None
    unit_candidates: str | None = None
    geography_version: str | None = None
    value_text: str | None = None
    value: float | None = None
    value_locator: str | None = None
    rank_text: str | None = None
    rank: int | None = None
    rank_locator: str | None = None
    decimal_mark: str | None = None
    figure_status: str = "printed"
    source_url: str | None = None
    note: str | None = None
    parse_issue: str | None = None
    correction_id: str | None = None
    data_month: int | None = None

    def set_value(
        self, value: CellValue, locator: str, *, read: Callable[[CellValue], NumberReading] = read_number
    ) -> None:
        """Read the value's cell; what is not a number stays as text with its issue."""
        reading = read(value)
        self.value_text, self.value, self.value_locator = reading.text, reading.value, locator
        self.decimal_mark = reading.decimal_mark
        if not reading.is_number:
            self.parse_issue = self.parse_issue or "not_a_number"

    def set_rank(self, value: CellValue, locator: str) -> None:
        """Read the rank's cell; a rank is a whole number from 1."""
        reading = read_number(value)
        self.rank_text, self.rank_locator = reading.text, locator
        if reading.value is not None and reading.value.is_integer() and 1 <= reading.value < 10_000:
            self.rank = int(reading.value)
        else:
            self.parse_issue = self.parse_issue or "rank_not_a_number"

    @property
    def unit_key(self) -> str:
        """What tells units apart: the code, or the printed text where there is none."""
        return self.unit_code or f"text: {self.unit_text}"


class FigureMaker:
    """Makes the figures of one year; each name is resolved once."""

    def __init__(self, resolver: Resolver, unit_type: str, data_year: int, geography_version: str | None) -> None:
        self._resolver, self._unit_type, self._year = resolver, unit_type, data_year
        self._geography_version = geography_version
        self._matches: dict[str, UnitMatch] = {}

    def match(self, text: str) -> UnitMatch:
        """The unit of a printed name."""
        if text not in self._matches:
            self._matches[text] = self._resolver.resolve(
                text, unit_type=self._unit_type, data_year=self._year, geography_version=self._geography_version
            )
        return self._matches[text]

    def make(self, unit: Cell | str | None, unit_locator: str, indicator_text: str, indicator_code: str) -> Figure:
        """A figure of the named unit, its value and rank still to be set."""
        text = unit if isinstance(unit, str) else "" if unit is None else cell_text(unit.value)
        found = self.match(text)
        return Figure(
            unit_text=text,
            unit_locator=unit_locator,
            unit_type=self._unit_type,
            indicator_text=indicator_text,
            indicator_code=indicator_code,
            data_year=self._year,
            unit_code=found.unit_code,
            unit_candidates="; ".join(found.candidates) or None if found.unit_code is None else None,
            geography_version=found.geography_version or self._geography_version,
            parse_issue=found.issue,
        )


_FIELDS = tuple(field.name for field in fields(Figure))


def figure_table(figures: Iterable[Figure]) -> pa.Table:
    """The figures as a table of `FIGURE_SCHEMA`, numbered from 1 in the order given."""
    rows = list(figures)
    columns = {name: [getattr(row, name) for row in rows] for name in _FIELDS}
    columns["row_id"] = list(range(1, len(rows) + 1))
    return pa.table([pa.array(columns[field.name], type=field.type) for field in FIGURE_SCHEMA], schema=FIGURE_SCHEMA)
