"""What the pages are made of, read once from the marts of a release."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from warehouse.marks import Mark, marks_of
from warehouse.pages import day
from warehouse.scorecards.wording import Words, places_of
from warehouse.unit_names import FormerName, former_names, name_at_end_of, until_words

Row = dict[str, Any]
#: Marks that speak of the change against the year before, not of the value.
_OF_THE_CHANGE = frozenset({"not_comparable", "break_suspected"})
#: A ranking is made where at least this share of the units on the map has a value, as in `fct_indicator_value`.
RANKED_SHARE = 0.6
PROVINCES = {"published": 63, "2025": 34}

# `collate vi`: the order of the Vietnamese alphabet (Đ after D, â after ă), which every list of names follows.
_UNITS = """
    select unit_code, unit_type, name_vi, name_en, short_name_vi, region_name_vi, region_name_en, valid_from, valid_to,
           is_current, count(*) over (partition by name_vi, unit_type) > 1 as has_namesake,
           row_number() over (order by name_vi collate vi, valid_to nulls first, unit_code) as place
    from marts.dim_unit order by place
"""
_FIGURES = """
    select v.unit_code, v.indicator_code, v.data_year, v.boundary, v.index_code, v.unit_type, v.value, v.max_value,
           v.value_pct, v.rank, v.rank_basis, v.rank_out_of, v.performance_group, v.value_basis, v.figure_status,
           v.correction_id, v.has_conflict, v.conflict_low, v.conflict_high, v.is_synthetic, v.weight_basis,
           v.predecessor_count, v.missing_predecessors_vi, v.missing_predecessors_en, v.methodology_version,
           y.previous_year, y.previous_value, y.change, y.rank_change, y.is_comparable, y.not_comparable_reason,
           y.reason_text_vi, y.reason_text_en, y.legal_basis, y.previous_weight_basis
    from marts.fct_indicator_value as v
    join marts.metric_yoy as y using (unit_code, indicator_code, data_year, boundary)
    order by v.index_code, v.indicator_code, v.boundary, v.data_year, v.unit_code
"""


@dataclass(frozen=True)
class Unit:
    """A province, ministry, region or the country, with the time its territory or scope holds."""

    code: str
    kind: str
    name: Words
    short: str
    region: Words | None
    valid_from: date | None
    valid_to: date | None
    is_current: bool
    has_namesake: bool
    place: int
    former: tuple[FormerName, ...] = ()

    def _then(self, year: int, boundary: str) -> FormerName | None:
        """The name of a figure's year where the unit has another one now; the present map knows present names only."""
        return name_at_end_of(year, self.former) if boundary == "published" else None

    def name_in(self, year: int, boundary: str) -> Words:
        """What the unit is called beside a figure of `year` on that map."""
        then = self._then(year, boundary)
        return then.name if then else self.name

    def short_in(self, year: int, boundary: str) -> str:
        """The same in short."""
        then = self._then(year, boundary)
        return then.short if then else self.short

    @property
    def former_words(self) -> Words:
        """`đến 31/12/2024: Thừa Thiên Huế`; empty where the unit has borne one name only."""
        return until_words(self.former)

    @property
    def validity(self) -> Words:
        """`từ 01/7/2025` or `đến 30/6/2025`: what tells it from its namesake; empty where there is none."""
        if not self.has_namesake or (self.valid_from is None and self.valid_to is None):
            return ("", "")
        start, end = self.valid_from, self.valid_to
        vi = [f"từ {day(start, 'vi')}"] if start else []
        en = [f"since {day(start, 'en')}"] if start else []
        vi += [f"đến {day(end, 'vi')}"] if end else []
        en += [f"until {day(end, 'en')}"] if end else []
        return (" ".join(vi), " ".join(en))

    @property
    def full_name(self) -> Words:
        """The name, with the validity behind it where another unit bears the same name."""
        vi, en = self.validity
        return (f"{self.name[0]} ({vi})" if vi else self.name[0], f"{self.name[1]} ({en})" if en else self.name[1])

    @property
    def boundary(self) -> str:
        """The map its figures stand on: the present one for a unit formed by the mergers of 2025."""
        is_new = self.kind == "province" and self.valid_from is not None and self.valid_from.year >= 2025
        return "2025" if is_new else "published"


@dataclass(frozen=True)
class Indicator:
    """An index, a part of one, or a part of a part."""

    code: str
    index_code: str
    parent_code: str | None
    level: str
    name: Words
    measure_unit: str
    last_max: float | None
    first_year: int | None
    last_year: int | None

    @property
    def places(self) -> int:
        """Decimal places its figures are shown with."""
        return places_of(self.measure_unit)

    @property
    def is_total(self) -> bool:
        """Whether it is the index itself."""
        return self.code == self.index_code


@dataclass(frozen=True)
class Figure:
    """One figure with what may be said of its change; `change` is None where the two years cannot be compared."""

    unit_code: str
    indicator_code: str
    index_code: str
    unit_type: str
    year: int
    boundary: str
    value: float | None
    max_value: float | None
    value_pct: float | None
    rank: int | None
    out_of: int | None
    group: str | None
    previous_year: int
    previous_value: float | None
    change: float | None
    rank_change: int | None
    is_comparable: bool
    reason: str | None
    reason_text: Words
    legal_basis: str | None
    missing: Words
    conflict: tuple[float, float] | None
    basis: str
    method: str | None
    marks: tuple[Mark, ...]

    @property
    def value_marks(self) -> tuple[Mark, ...]:
        """The marks of the value alone: those of the change stand where the change would."""
        return tuple(mark for mark in self.marks if mark.code not in _OF_THE_CHANGE)

    @property
    def breaks_series(self) -> bool:
        """Whether the series is interrupted before this year although both years have a value."""
        return not self.is_comparable and self.value is not None and self.previous_value is not None


@dataclass(frozen=True)
class Material:
    """Everything the pages show."""

    release_id: str
    units: dict[str, Unit]
    indicators: dict[str, Indicator]
    indices: tuple[Row, ...]
    figures: tuple[Figure, ...]
    strengths: dict[str, list[Row]]
    contributions: dict[str, list[Row]]
    targets: dict[str, list[Row]]
    satisfaction: dict[str, list[Row]]
    portal: dict[str, list[Row]]
    lineage: tuple[Row, ...]
    breaks: dict[str, list[Row]]
    methods: tuple[Row, ...]
    quality: Row
    of_unit: dict[str, list[Figure]] = field(default_factory=dict)
    of_indicator: dict[str, list[Figure]] = field(default_factory=dict)

    def index_words(self, index_code: str) -> Words:
        """The name of an index."""
        row = next(row for row in self.indices if row["index_code"] == index_code)
        return (str(row["name_vi"]), str(row["name_en"]))


def value_marks(row: Row) -> tuple[Mark, ...]:
    """The marks of the value of a row: those of its change stand where the change would."""
    return tuple(mark for mark in marks_of(row) if mark.code not in _OF_THE_CHANGE)


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    """The rows of a query as dictionaries."""
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def read_material(connection: duckdb.DuckDBPyConnection, release_id: str) -> Material:
    """Read the marts; every list of names in it is in the order of the Vietnamese alphabet."""
    figures = tuple(_figure(row) for row in rows(connection, _FIGURES))
    former = former_names(connection)
    of_unit, of_indicator = defaultdict(list), defaultdict(list)
    for figure in figures:
        of_unit[figure.unit_code].append(figure)
        of_indicator[figure.indicator_code].append(figure)
    return Material(
        release_id=release_id,
        units={row["unit_code"]: _unit(row, former.get(row["unit_code"], ())) for row in rows(connection, _UNITS)},
        indicators={row["indicator_code"]: _indicator(row) for row in rows(connection, _INDICATORS)},
        indices=tuple(rows(connection, "select * from marts.dim_index order by index_code")),
        figures=figures,
        strengths=_by(rows(connection, _STRENGTHS), "unit_code"),
        contributions=_by(rows(connection, _CONTRIBUTIONS), "unit_code"),
        targets=_by(rows(connection, _TARGETS), "unit_code"),
        satisfaction=_by(rows(connection, _SATISFACTION), "unit_code"),
        portal=_by(rows(connection, _PORTAL), "unit_code"),
        lineage=tuple(rows(connection, "select * from marts.bridge_unit_lineage order by all")),
        breaks=_by(rows(connection, _BREAKS), "indicator_code"),
        methods=tuple(rows(connection, "select * from marts.dim_methodology order by index_code, year_from")),
        quality=rows(connection, _QUALITY)[0],
        of_unit=dict(of_unit),
        of_indicator=dict(of_indicator),
    )


# A total bears the name of its index: "Tổng điểm" alone does not say of what.
_INDICATORS = """
    select i.* exclude (name_vi, name_en),
           case when i.indicator_code = i.index_code then x.name_vi else i.name_vi end as name_vi,
           case when i.indicator_code = i.index_code then x.name_en else i.name_en end as name_en
    from marts.dim_indicator as i
    join marts.dim_index as x using (index_code)
    order by i.index_code, i.display_order, i.indicator_code
"""
_STRENGTHS = """
    select unit_code, indicator_code, index_code, data_year, boundary, value, verdict, rank_among_own_criteria,
           evidence_vi, evidence_en, responsible_body_name_vi, responsible_body_name_en, figure_status, has_conflict,
           is_synthetic, v.value_basis, v.weight_basis, v.correction_id, s.is_comparable, s.not_comparable_reason
    from marts.metric_strength_weakness as s
    join marts.fct_indicator_value as v using (
        unit_code, indicator_code, index_code, data_year, boundary, value, figure_status, has_conflict, is_synthetic
    )
    where verdict in ('strength', 'weakness')
    order by unit_code, index_code, boundary, data_year, rank_among_own_criteria nulls last, indicator_code
"""
# Totals that can be compared only: the rows of another explain the method, not the performance.
_CONTRIBUTIONS = """
    select c.*, v.is_synthetic, v.value_basis, v.weight_basis, v.figure_status, v.has_conflict
    from marts.metric_contribution as c
    join marts.fct_indicator_value as v
        on v.unit_code = c.unit_code and v.indicator_code = c.total_code and v.data_year = c.data_year
        and v.boundary = c.boundary
    left join marts.dim_indicator as i on i.indicator_code = c.component_code
    where c.total_code = c.index_code and c.is_total_comparable and c.contribution is not null
    order by c.unit_code, c.index_code, c.boundary, c.data_year, i.display_order, c.component_code
"""
_TARGETS = """
    select * from marts.metric_target_progress
    order by unit_code, boundary, indicator_code, data_year desc, due_year, target_code
"""
_SATISFACTION = """
    select s.*, c.change_points, c.is_comparable, c.not_comparable_reason, c.sentence_vi, c.sentence_en
    from marts.fct_satisfaction as s
    join marts.metric_satisfaction_change as c using (wave_id, unit_code, measure_code, breakdown, category)
    where s.breakdown = 'all' and s.measure_kind = 'indicator'
    order by s.unit_code, s.data_year, s.measure_code
"""
_PORTAL = """
    select unit_code, data_month, boundary, dossiers, on_time_rate_pct, filed_online_pct, is_synthetic, fetched_at,
           month_not_comparable_reason, predecessor_count
    from marts.fct_portal_month order by unit_code, boundary, data_month
"""
_BREAKS = """
    select indicator_code, first_year, reason, origin, text_vi, text_en, legal_basis, source_url
    from marts.dim_indicator_break order by indicator_code, first_year, origin, reason
"""
_QUALITY = """
    select count(*) as figures, count(*) filter (where value is null) as without_value,
           count(*) filter (where has_conflict) as conflicts, count(*) filter (where figure_status = 'suspect') as suspect,
           count(*) filter (where correction_id is not null) as corrected,
           count(*) filter (where value_basis = 'derived') as derived,
           (select count(*) from marts.dim_source_document where not is_superseded) as documents,
           (select count(*) from marts.metric_yoy where boundary = 'published' and is_comparable) as comparable,
           (select count(*) from marts.metric_yoy where boundary = 'published' and not is_comparable
            and value is not null and previous_value is not null) as withheld
    from marts.fct_indicator_value where boundary = 'published'
"""  # noqa: E501


def _by(found: list[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        groups[row[column]].append(row)
    return dict(groups)


def _unit(row: Row, former: tuple[FormerName, ...]) -> Unit:
    region = (row["region_name_vi"], row["region_name_en"]) if row["region_name_vi"] else None
    return Unit(
        code=row["unit_code"],
        kind=row["unit_type"],
        name=(row["name_vi"], row["name_en"]),
        short=row["short_name_vi"] or row["name_vi"],
        region=region,
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        is_current=row["is_current"],
        has_namesake=row["has_namesake"],
        place=row["place"],
        former=former,
    )


def _indicator(row: Row) -> Indicator:
    return Indicator(
        code=row["indicator_code"],
        index_code=row["index_code"],
        parent_code=row["parent_code"],
        level=row["indicator_level"],
        name=(row["name_vi"], row["name_en"]),
        measure_unit=row["measure_unit"],
        last_max=row["latest_max_value"],
        first_year=row["first_year"],
        last_year=row["last_year"],
    )


def _figure(row: Row) -> Figure:
    low, high = row["conflict_low"], row["conflict_high"]
    return Figure(
        unit_code=row["unit_code"],
        indicator_code=row["indicator_code"],
        index_code=row["index_code"],
        unit_type=row["unit_type"],
        year=row["data_year"],
        boundary=row["boundary"],
        value=row["value"],
        max_value=row["max_value"],
        value_pct=row["value_pct"],
        rank=row["rank"],
        out_of=row["rank_out_of"],
        group=row["performance_group"],
        previous_year=row["previous_year"],
        previous_value=row["previous_value"],
        change=row["change"] if row["is_comparable"] else None,
        rank_change=row["rank_change"] if row["is_comparable"] else None,
        is_comparable=row["is_comparable"],
        reason=row["not_comparable_reason"],
        reason_text=(row["reason_text_vi"] or "", row["reason_text_en"] or ""),
        legal_basis=row["legal_basis"],
        missing=(row["missing_predecessors_vi"] or "", row["missing_predecessors_en"] or ""),
        conflict=(low, high) if row["has_conflict"] and low is not None and high is not None else None,
        basis=row["value_basis"],
        method=row["methodology_version"],
        marks=marks_of(row),
    )
