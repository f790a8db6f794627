"""Made-up installations: small hierarchies, methods that change, provinces that merge, figures with holes.

A `World` is what a strategy draws and a test reasons about; `installation` writes it down as the rows dbt reads. The
years end in 2025, the year of the merger, so that every world has figures of two maps when provinces merge.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.properties.engine import Installation, Row

LAST_YEAR = 2025
FIRST_YEAR = LAST_YEAR - 3
YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))
TOTAL = "X"
MERGER_DAY = "2025-07-01"
BREAK_REASONS = ("method_changed", "definition_changed", "scale_changed", "population_changed", "break_suspected")
#: A part of a total that is not the same thing any more makes the total another thing too; a moved scale does not.
INHERITED_REASONS = ("method_changed", "definition_changed", "population_changed")
_SOURCE = {"source_url": "https://example.org"}


@dataclass(frozen=True)
class Indicator:
    """One indicator: its place, the years it exists in, and its maximum in each of them."""

    code: str
    parent_code: str | None
    total_rule: str
    year_from: int
    year_to: int | None
    maxima: dict[int, float]

    def exists(self, year: int) -> bool:
        """Whether the indicator is on the list of that year."""
        return self.year_from <= year <= (self.year_to or LAST_YEAR)


@dataclass(frozen=True)
class Change:
    """One declared change of method; `indicator_code` only where the scope is `indicator`."""

    scope: str
    indicator_code: str | None
    first_year: int
    reason: str


@dataclass(frozen=True)
class World:
    """Everything drawn. `provinces` are those before the merger, `merged` those that become one on its day."""

    indicators: tuple[Indicator, ...]
    changes: tuple[Change, ...]
    weights: tuple[Row, ...]
    provinces: tuple[str, ...]
    merged: tuple[str, ...]
    figures: tuple[Row, ...]

    def indicator(self, code: str) -> Indicator:
        """The indicator of that code."""
        return {indicator.code: indicator for indicator in self.indicators}[code]

    def installation(self) -> Installation:
        """The rows of the reference tables and the figures."""
        return Installation(
            reference={
                "index_definition": [_index()],
                "indicator": [_indicator_row(number, one) for number, one in enumerate(self.indicators)],
                "indicator_period": [_period_row(one) for one in self.indicators],
                "indicator_max": [row for one in self.indicators for row in _maximum_rows(one)],
                "indicator_weight": [dict(row) for row in self.weights],
                "methodology_version": [_version()],
                "methodology_change": [_change_row(number, one) for number, one in enumerate(self.changes)],
                "unit": self._units(),
                "unit_lineage": self._lineage(),
                "geography_version": self._maps(),
            },
            figures=[dict(figure) for figure in self.figures],
        )

    def _units(self) -> list[Row]:
        rows = [_unit_row(code, valid_to="2025-06-30" if code in self.merged else None) for code in self.provinces]
        return rows + ([_unit_row("merged_2025", valid_from=MERGER_DAY)] if self.merged else [])

    def _lineage(self) -> list[Row]:
        return [
            {
                "predecessor_code": code,
                "successor_code": "merged_2025",
                "effective_date": MERGER_DAY,
                "weight": 1 / len(self.merged),
                "weight_basis": "equal",
                **_SOURCE,
            }
            for code in self.merged
        ]

    def _maps(self) -> list[Row]:
        after = len(self.provinces) - max(0, len(self.merged) - 1)
        return [
            {"geography_version": "63", "valid_to": "2025-06-30", "as_of": "2025-06-30"}
            | {"province_count": len(self.provinces), **_SOURCE},
            {"geography_version": "34", "valid_from": MERGER_DAY, "as_of": MERGER_DAY}
            | {"province_count": after, **_SOURCE},
        ]


def _index() -> Row:
    return {
        "index_code": "X",
        "name_vi": "Chỉ số X",
        "name_en": "Index X",
        "measure_unit": "points",
        "first_year": FIRST_YEAR,
        "higher_is_better": True,
        **_SOURCE,
    }


def _version() -> Row:
    return {"index_code": "X", "methodology_version": "1", "year_from": FIRST_YEAR, **_SOURCE}


def _unit_row(code: str, *, valid_from: str | None = None, valid_to: str | None = None) -> Row:
    names = {"name_vi": code, "name_en": code}
    return {"unit_code": code, "unit_type": "province", "valid_from": valid_from, "valid_to": valid_to, **names}


def _indicator_row(number: int, indicator: Indicator) -> Row:
    return {
        "indicator_code": indicator.code,
        "index_code": "X",
        "parent_code": indicator.parent_code,
        "indicator_level": "total" if indicator.parent_code is None else "component",
        "display_order": number,
        "name_vi": indicator.code,
        "name_en": indicator.code,
        "measure_unit": "points",
        "total_rule": indicator.total_rule,
        "backcast_rule": "weighted_mean",
        "first_year": indicator.year_from,
        "last_year": indicator.year_to,
        **_SOURCE,
    }


def _period_row(indicator: Indicator) -> Row:
    return {
        "indicator_code": indicator.code,
        "year_from": indicator.year_from,
        "year_to": indicator.year_to,
        **_SOURCE,
    }


def _maximum_rows(indicator: Indicator) -> list[Row]:
    return [
        {"indicator_code": indicator.code, "year_from": year, "year_to": year, "max_value": value, **_SOURCE}
        for year, value in indicator.maxima.items()
    ]


def _change_row(number: int, change: Change) -> Row:
    return {
        "change_id": f"change_{number}",
        "index_code": "X",
        "scope": change.scope,
        "indicator_code": change.indicator_code,
        "first_year": change.first_year,
        "reason": change.reason,
        "text_vi": "Đổi cách tính.",
        "text_en": "The method changed.",
        **_SOURCE,
    }


@st.composite
def indicators(draw: st.DrawFn) -> tuple[Indicator, ...]:
    """A total, two or three parts, and one of the parts perhaps itself the sum of two."""
    has_lower_level = draw(st.booleans())
    rule = draw(st.sampled_from(["sum_of_children", "weighted_by_source"]))
    drawn = [Indicator(TOTAL, None, rule, FIRST_YEAR, None, draw(_maxima()))]
    for number in range(draw(st.integers(2, 3))):
        code = f"{TOTAL}.{number}"
        is_sum = has_lower_level and number == 0
        part = draw(_part(code, drawn[0], "sum_of_children" if is_sum else "none"))
        drawn.append(part)
        if is_sum:
            drawn += [draw(_part(f"{code}{letter}", part, "none")) for letter in "ab"]
    return tuple(drawn)


@st.composite
def _part(draw: st.DrawFn, code: str, parent: Indicator, total_rule: str) -> Indicator:
    """A part that exists within the years of its parent: what belongs to nothing is no part."""
    year_from = max(parent.year_from, draw(st.sampled_from([FIRST_YEAR, FIRST_YEAR, *YEARS[1:3]])))
    year_to = draw(st.sampled_from([None, None, LAST_YEAR - 1])) or parent.year_to
    return Indicator(code, parent.code, total_rule, year_from, year_to, draw(_maxima()))


def _maxima() -> st.SearchStrategy[dict[int, float]]:
    """None known, one for all years, or one that moves."""
    moves = st.sampled_from(YEARS[1:])
    return st.one_of(
        st.just({}),
        st.just(dict.fromkeys(YEARS, 100.0)),
        moves.map(lambda moved: {year: 100.0 if year < moved else 120.0 for year in YEARS}),
    )


@st.composite
def _weights(draw: st.DrawFn, parts: tuple[Indicator, ...]) -> tuple[Row, ...]:
    """A weight for each part, perhaps another from some year on, perhaps none."""
    rows: list[Row] = []
    for indicator in parts:
        moved = draw(st.sampled_from([None, None, *YEARS[1:]]))
        steps = draw(st.lists(st.integers(0, 8), min_size=2, max_size=2))
        spans = [(FIRST_YEAR, None)] if moved is None else [(FIRST_YEAR, moved - 1), (moved, None)]
        rows += [
            {
                "indicator_code": indicator.code,
                "total_code": TOTAL,
                "year_from": year_from,
                "year_to": year_to,
                "weight": step / 4,
                "weight_basis": "published",
                **_SOURCE,
            }
            for (year_from, year_to), step in zip(spans, steps, strict=False)
        ]
    if rows and draw(st.integers(0, 4)) == 0:
        rows.pop()
    return tuple(rows)


@st.composite
def _changes(draw: st.DrawFn, codes: tuple[str, ...]) -> tuple[Change, ...]:
    drawn = []
    for _ in range(draw(st.integers(0, 3))):
        scope = draw(st.sampled_from(["index", "total", "indicator", "indicator"]))
        code = draw(st.sampled_from(codes)) if scope == "indicator" else None
        drawn.append(Change(scope, code, draw(st.sampled_from(YEARS[1:])), draw(st.sampled_from(BREAK_REASONS))))
    return tuple(drawn)


@st.composite
def worlds(draw: st.DrawFn, *, may_merge: bool = True) -> World:
    """A whole world."""
    hierarchy = draw(indicators())
    provinces = tuple(f"p{number}" for number in range(draw(st.integers(2, 4))))
    merged = provinces[: draw(st.sampled_from([0, 2]))] if may_merge else ()
    parts = tuple(one for one in hierarchy if one.parent_code == TOTAL)
    is_weighted = hierarchy[0].total_rule == "weighted_by_source"
    return World(
        indicators=hierarchy,
        changes=draw(_changes(tuple(one.code for one in hierarchy))),
        weights=draw(_weights(parts)) if is_weighted else (),
        provinces=provinces,
        merged=merged,
        figures=draw(_figures(hierarchy, provinces, merged)),
    )


@st.composite
def _figures(
    draw: st.DrawFn, hierarchy: tuple[Indicator, ...], provinces: tuple[str, ...], merged: tuple[str, ...]
) -> tuple[Row, ...]:
    """Values of 0 to 100 with two decimals; a fifth is not published, and now and then two documents disagree."""
    places = [
        (unit, indicator.code, year)
        for year in YEARS
        for unit in _units_of(year, provinces, merged)
        for indicator in hierarchy
        if indicator.exists(year)
    ]
    cents = draw(st.lists(st.integers(-2500, 10_000), min_size=len(places), max_size=len(places)))
    # Where nothing merged the sources had no new map to print.
    first_year_of_new_map = LAST_YEAR if merged else LAST_YEAR + 1
    rows = [
        _figure(unit, code, year, value / 100, document=0)
        for (unit, code, year), value in zip(places, cents, strict=True)
        if value >= 0
    ]
    contradicted = draw(st.lists(st.sampled_from(range(len(places))), max_size=3, unique=True))
    rows += [_figure(*places[index], 1.25 + index, document=1) for index in contradicted]
    return tuple(
        {**row, "row_id": number, "geography_version": "63" if row["data_year"] < first_year_of_new_map else "34"}
        for number, row in enumerate(rows, start=1)
    )


def _units_of(year: int, provinces: tuple[str, ...], merged: tuple[str, ...]) -> list[str]:
    if year < LAST_YEAR or not merged:
        return list(provinces)
    return [code for code in provinces if code not in merged] + ["merged_2025"]


def _figure(unit: str, code: str, year: int, value: float, *, document: int) -> Row:
    return {
        "unit_code": unit,
        "indicator_code": code,
        "data_year": year,
        "value": value,
        "document": document,
    }
