"""Every figure of a release with all of its trail, a unit and an index at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import duckdb

from warehouse.connection import rows_of
from warehouse.release_tables import columns_of, own_catalog
from warehouse.unit_names import former_names

Row = dict[str, Any]
#: Unit, indicator and period: a year, or a month as `2025-08`.
Key = tuple[str, str, str]

_VALUES = """
    select v.unit_code, v.indicator_code, cast(v.data_year as varchar) as period, v.boundary, v.index_code, v.value,
           v.value_basis, v.figure_status, v.rank, v.rank_out_of, v.correction_id, v.has_conflict, v.conflict_low,
           v.conflict_high, v.is_synthetic, v.weight_basis, v.missing_predecessors_vi, v.missing_predecessors_en,
           y.previous_year, y.change, y.is_comparable, y.not_comparable_reason, y.reason_text_vi, y.reason_text_en,
           y.previous_weight_basis
    from marts.fct_indicator_value as v
    left join marts.metric_yoy as y using (unit_code, indicator_code, data_year, boundary)
    order by v.boundary <> 'published', v.unit_code
"""
_OBSERVATIONS = """
    select unit_code, indicator_code, cast(data_year as varchar) as period, value, rank, value_text, rank_text,
           source_document_id, locator, rank_locator, batch_id, is_chosen, choice_reason, is_contradicted,
           is_superseded, figure_status, is_synthetic, correction_id, source_url, note
    from marts.fct_observation where unit_code is not null
    order by is_chosen desc, is_superseded, source_document_id, row_id
"""
_MONTHS = """
    select unit_code, indicator_code, strftime(data_month, '%Y-%m') as period, boundary, is_synthetic, value, part,
           whole, printed_value, month_change, month_not_comparable_reason, predecessor_count, locator, batch_id,
           strftime(data_month - interval 1 month, '%Y-%m') as previous_month, source_document_id, data_month,
           fetched_at
    from marts.metric_portal_change where value is not null
    order by boundary <> 'published', is_synthetic, unit_code
"""
_CORRECTIONS = """
    select unit_code, indicator_code, cast(data_year as varchar) as period, correction_id, correction_action,
           corrected_field, expected_old_value, new_value, factor, reason_vi, reason_en, source_url, decided_by,
           decided_on, source_document_id, locator, batch_id
    from marts.dim_correction where is_applied and unit_code is not null order by correction_id, locator
"""
_FORMS = """
    select unit_code, indicator_code, cast(data_year as varchar) as period, boundary, value, rank, from_release_id,
           from_published_at, to_release_id, to_published_at, is_current, revision_kind
    from marts.metric_vintage where boundary = 'published' order by from_release_id
"""
_LINEAGE = """
    with recursive made_of(successor_code, unit_code, weight) as (
        select successor_code, predecessor_code, weight from marts.bridge_unit_lineage
        union all
        select m.successor_code, l.predecessor_code, m.weight * l.weight
        from made_of as m join marts.bridge_unit_lineage as l on l.successor_code = m.unit_code
    )
    select successor_code, unit_code, weight from made_of order by 1, 2
"""
_CHECKS = """
    select batch_id, rule_id, outcome, rows_failed, text_vi, text_en, is_accepted, checked_at
    from marts.data_quality where batch_id is not null order by batch_id, outcome = 'passed', rule_id
"""
#: What becomes part of a path or an anchor.
_CODE = re.compile(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*")
#: What the answer of the portal is as an observation.
_ONLY_SOURCE = {
    "is_chosen": True, "is_superseded": False, "choice_reason": "only_source", "value_text": None, "rank_locator": None,
    "source_url": None,
}  # fmt: skip


@dataclass
class TrailFigure:
    """One figure: its rows on each map (that of its source first) and everything that leads to it or came after.

    `earlier` are the forms it had in releases before and has no longer; `since` is the form it has.
    """

    key: Key
    values: list[Row] = field(default_factory=list)
    observations: list[Row] = field(default_factory=list)
    corrections: list[Row] = field(default_factory=list)
    predecessors: list[Row] = field(default_factory=list)
    components: list[Row] = field(default_factory=list)
    earlier: list[Row] = field(default_factory=list)
    since: Row | None = None

    @property
    def anchor(self) -> str:
        """The fragment of its place on its page."""
        return f"{self.key[1]}-{self.key[2]}"

    @property
    def rows(self) -> list[Row]:
        """Everything that may carry a mark."""
        return [*self.values, *self.observations]


class TrailFigures:
    """All figures of the release that is the default catalog of `connection`, read once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.documents = {row["source_document_id"]: row for row in self._read("from marts.dim_source_document")}
        self.units = {row["unit_code"]: row for row in self._read("from marts.dim_unit")}
        self.former_names = former_names(connection)
        self.indices = {row["index_code"]: row for row in self._read("from marts.dim_index")}
        self.indicators = {
            row["indicator_code"]: row
            for row in self._read("from marts.dim_indicator order by index_code, display_order, indicator_code")
        }
        self._order = {code: at for at, code in enumerate(self.indicators)}

    @cached_property
    def checks(self) -> dict[str, list[Row]]:
        """Of every batch the rules that judged it, those not passed first."""
        found: dict[str, list[Row]] = {}
        for row in self._read(_CHECKS) if self._has("data_quality") else ():
            found.setdefault(row["batch_id"], []).append(row)
        return found

    @cached_property
    def pages(self) -> dict[tuple[str, str], list[TrailFigure]]:
        """The figures of every unit and index: the latest period first, in the order of the index."""
        figures = self._yearly() | (self._monthly() if self._has("metric_portal_change") else {})
        pages: dict[tuple[str, str], list[TrailFigure]] = {}
        for figure in figures.values():
            unit, indicator, _ = figure.key
            index = indicator.split(".")[0]
            if all(_CODE.fullmatch(code) for code in (unit, indicator, index)):
                pages.setdefault((unit, index), []).append(figure)
        for listed in pages.values():
            listed.sort(key=lambda item: self._order.get(item.key[1], len(self._order)))
            listed.sort(key=lambda item: item.key[2], reverse=True)
        return dict(sorted(pages.items()))

    def _yearly(self) -> dict[Key, TrailFigure]:
        figures: dict[Key, TrailFigure] = {}
        for row in self._read(_VALUES):
            _of(figures, row).values.append(row)
        for row in self._read(_OBSERVATIONS):
            _of(figures, row).observations.append(row)
        for row in self._read(_CORRECTIONS) if self._has("dim_correction") else ():
            _of(figures, row).corrections.append(row)
        for row in self._read(_FORMS) if self._has("metric_vintage") else ():
            known = figures.get(_key(row))
            if known is None:
                continue
            if row["is_current"]:
                known.since = row
            else:
                known.earlier.append(row)
        self._add_parts(figures)
        return figures

    def _add_parts(self, figures: dict[Key, TrailFigure]) -> None:
        """What a figure no source prints is made of: former units, or the parts of a total."""
        former: dict[str, list[Row]] = {}
        for row in self._read(_LINEAGE):
            former.setdefault(row["successor_code"], []).append(row)
        parts: dict[str, list[str]] = {}
        for code, row in self.indicators.items():
            parts.setdefault(row["parent_code"], []).append(code)
        for (unit, indicator, period), figure in figures.items():
            basis = figure.values[0]["value_basis"] if figure.values else None
            if basis == "backcast":
                figure.predecessors = [
                    {**row, "value": _published(figures, (row["unit_code"], indicator, period))}
                    for row in former.get(unit, ())
                    if (row["unit_code"], indicator, period) in figures
                ]
            elif basis == "derived":
                figure.components = [
                    {"indicator_code": code, "value": _published(figures, (unit, code, period))}
                    for code in parts.get(indicator, ())
                    if (unit, code, period) in figures
                ]

    def _monthly(self) -> dict[Key, TrailFigure]:
        """Figures of the portal: the row is its own observation; what two units added up to has none."""
        figures: dict[Key, TrailFigure] = {}
        for row in self._read(_MONTHS):
            figure = _of(figures, row)
            figure.values.append(row)
            if row["locator"] and not figure.observations:
                figure.observations.append({**row, **_ONLY_SOURCE})
        return figures

    def _has(self, table: str) -> bool:
        return bool(columns_of(self._connection, own_catalog(self._connection), table))

    def _read(self, sql: str) -> Iterator[Row]:
        yield from rows_of(self._connection, sql, [])


def _key(row: Row) -> Key:
    return row["unit_code"], row["indicator_code"], row["period"]


def _of(figures: dict[Key, TrailFigure], row: Row) -> TrailFigure:
    key = _key(row)
    return figures.setdefault(key, TrailFigure(key))


def _published(figures: dict[Key, TrailFigure], key: Key) -> float | None:
    values = figures[key].values
    return values[0]["value"] if values else None
