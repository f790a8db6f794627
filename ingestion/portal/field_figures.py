"""From one row of the portal to its figures, field by field as the catalogue describes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ingestion.figure_rows import Figure
from ingestion.numbers import CellValue, cell_text, read_count, read_number
from ingestion.portal.catalogue import Field, Service
from ingestion.portal.rows import Row

_TEXT_KEPT = 200
_NAME_KEPT = 60


class FieldReader:
    """Reads the rows of one fetch. `decisions` says what was decided from the answer itself, for the batch."""

    def __init__(self, service: Service, year: int, month: int | None, geography_version: str | None) -> None:
        self._service, self._year, self._month = service, year, month
        self._geography = geography_version
        self._told: dict[str, tuple[str, str]] = {}
        self.decisions: tuple[str, ...] = ()

    def tell_apart(self, rows: list[Row]) -> None:
        """Decide from the values of all rows which of two fields is which (see `ToldApart`)."""
        rule = self._service.told_apart
        if rule is None:
            return
        counted = dict.fromkeys(rule.fields, (0, 0))
        for row in rows:
            for name in rule.fields:
                value = read_number(_cell(row.values.get(name))).value
                if value is not None and 0 <= value <= rule.most:
                    whole, above = counted[name]
                    counted[name] = (whole + 1, above + (value > rule.limit))
        higher = [name for name, (_, above) in counted.items() if above]
        shown = "; ".join(f"{name}: {above} of {whole} values above {rule.limit:g}"
                          for name, (whole, above) in counted.items())  # fmt: skip
        if len(higher) != 1:
            self.decisions = (f"{rule.above} and {rule.never_above} cannot be told apart ({shown})",)
            return
        for name in rule.fields:
            code = rule.above if name == higher[0] else rule.never_above
            self._told[name] = (code, f"read as {code}: {shown}")
        self.decisions = tuple(f"{name} {why}" for name, (_, why) in self._told.items())

    def figures(self, row: Row, unit: Figure) -> Iterator[Figure]:
        """The figures of `row`; `unit` names whose they are."""
        values = row.values
        totals = {
            f"{name}_TOTAL": name
            for name, field in self._service.fields.items()
            if field.share_beside_total and f"{name}_TOTAL" in values
        }
        for name, field in self._service.fields.items():
            if field.kind in {"text", "id"} or (field.kind == "rank" and name in values):
                continue
            if name not in values:
                if field.required and f"{name}_TOTAL" not in totals:
                    yield self._missing(row, unit, name, field)
                continue
            yield from self._described(row, unit, name, field, is_share=f"{name}_TOTAL" in totals)
        for total, name in totals.items():
            yield from self._described(row, unit, total, self._service.fields[name], is_share=False)
        for name in values:
            if name not in self._service.fields and name not in totals:
                yield self._unknown(row, unit, name)

    def _described(self, row: Row, unit: Figure, name: str, field: Field, *, is_share: bool) -> Iterator[Figure]:
        value = _cell(row.values[name])
        if not field.required and cell_text(value) == "":
            return
        code, note = field.indicator, None
        if field.told_apart:
            if name not in self._told:
                yield self._unknown(row, unit, name, "which of the two it is cannot be told from the answer")
                return
            code, note = self._told[name]
        elif is_share:
            code, note = field.share_beside_total, f"read as a share: {name}_TOTAL stands beside it"
        assert code is not None
        figure = self._figure(row, unit, name, code, note)
        is_count = field.kind == "count" and not is_share
        figure.set_value(value, f"{row.place}.{name}", read=read_count if is_count else read_number)
        figure.value_text = (figure.value_text or "")[:_TEXT_KEPT]
        if code == self._service.index:
            self._set_rank(row, figure)
        yield figure

    def _set_rank(self, row: Row, figure: Figure) -> None:
        """The rank beside the total it is of."""
        for name, field in self._service.fields.items():
            if field.kind == "rank" and name in row.values:
                figure.set_rank(_cell(row.values[name]), f"{row.place}.{name}")
                figure.rank_text = (figure.rank_text or "")[:_TEXT_KEPT]

    def _missing(self, row: Row, unit: Figure, name: str, field: Field) -> Figure:
        code = field.indicator or (self._told[name][0] if name in self._told else self._own_code(name))
        figure = self._figure(row, unit, name, code, f"the field {name} is not in the answer")
        figure.parse_issue = "field_missing"
        figure.value_locator = f"{row.place}.{name}"
        return figure

    def _unknown(self, row: Row, unit: Figure, name: str, note: str = "a field nobody has described") -> Figure:
        figure = self._figure(row, unit, name, self._own_code(name), note)
        figure.parse_issue = "field_unknown"
        figure.value_text = cell_text(_cell(row.values[name]))[:_TEXT_KEPT]
        figure.value_locator = f"{row.place}.{_shown(name)}"
        return figure

    def _own_code(self, name: str) -> str:
        """The code of a figure that belongs to no indicator: it is never loaded."""
        return f"{self._service.index}.UNKNOWN.{re.sub(r'[^0-9A-Za-z]+', '_', name).upper()[:_NAME_KEPT]}"

    def _figure(self, row: Row, unit: Figure, name: str, code: str, note: str | None) -> Figure:
        repeated = f"the same row again at {', '.join(row.copies)}" if row.copies else None
        return replace(
            unit,
            indicator_text=_shown(name),
            indicator_code=code,
            data_year=self._year,
            data_month=self._month,
            geography_version=self._geography,
            note="; ".join(filter(None, (note, repeated))) or None,
        )


def _cell(value: Any) -> CellValue:
    """A JSON value as a cell: what is no single value is shown as the text it is, which is no number."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def _shown(name: str) -> str:
    return unicodedata.normalize("NFC", name)[:_NAME_KEPT]
