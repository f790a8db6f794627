"""Ten questions a dashboard on the marts asks, in SQL both engines take, and what their parameters are drawn from.

Parameters are written `$name`. `draws` is a query over the same marts whose columns bear the names of the parameters
and whose rows are what readers may ask for: every one of them has an answer.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

_PARAMETER = re.compile(r"\$(\w+)")
#: Different answers drawn for a question: enough that readers seldom ask for the same, few enough to draw quickly.
DRAWS = 400


@dataclass(frozen=True)
class Query:
    """A question: its name, what a reader sees, its SQL, and the query that gives its parameters."""

    name: str
    shows: str
    sql: str
    draws: str

    def for_postgresql(self) -> str:
        """The same text with parameters as psycopg2 writes them."""
        return _PARAMETER.sub(r"%(\1)s", self.sql)

    @property
    def tables(self) -> tuple[str, ...]:
        """The marts it reads."""
        return tuple(sorted(set(re.findall(r"marts\.(\w+)", self.sql))))


_FIGURES_OF_A_YEAR = "select distinct indicator_code, data_year, boundary from marts.fct_indicator_value"

QUERIES = (
    Query(
        "league_table",
        "one indicator in one year, best first",
        """
        select figure.unit_code, unit.name_vi, figure.value, figure.rank
        from marts.fct_indicator_value as figure
        inner join marts.dim_unit as unit on unit.unit_code = figure.unit_code
        where figure.indicator_code = $indicator_code and figure.data_year = $data_year
            and figure.boundary = $boundary
        order by figure.rank nulls last, figure.unit_code
        limit 100
        """,
        _FIGURES_OF_A_YEAR,
    ),
    Query(
        "unit_series",
        "one indicator of one unit over the years",
        """
        select data_year, value, rank
        from marts.fct_indicator_value
        where unit_code = $unit_code and indicator_code = $indicator_code and boundary = $boundary
        order by data_year
        """,
        "select distinct unit_code, indicator_code, boundary from marts.fct_indicator_value",
    ),
    Query(
        "biggest_movers",
        "whose figure changed most from one year to the next",
        """
        select movement.unit_code, unit.name_vi, movement.previous_value, movement.value, movement.change
        from marts.metric_yoy as movement
        inner join marts.dim_unit as unit on unit.unit_code = movement.unit_code
        where movement.indicator_code = $indicator_code and movement.data_year = $data_year
            and movement.boundary = $boundary and movement.is_comparable
        order by abs(movement.change) desc nulls last, movement.unit_code
        limit 20
        """,
        "select distinct indicator_code, data_year, boundary from marts.metric_yoy where is_comparable",
    ),
    Query(
        "two_units",
        "two units side by side: every criterion of an index in one year",
        """
        select figure.indicator_code, indicator.name_vi, figure.unit_code, figure.value, figure.value_pct, figure.rank
        from marts.fct_indicator_value as figure
        inner join marts.dim_indicator as indicator on indicator.indicator_code = figure.indicator_code
        where figure.unit_code in ($unit_code, $other_code) and figure.index_code = $index_code
            and figure.data_year = $data_year and figure.boundary = $boundary
        order by figure.indicator_code, figure.unit_code
        """,
        """
        select index_code, data_year, boundary, unit_code, other_code
        from (
            select
                index_code, data_year, boundary, unit_code,
                lead(unit_code) over (
                    partition by index_code, data_year, boundary order by hash(unit_code)
                ) as other_code
            from marts.fct_indicator_value
            where indicator_code = index_code
        ) as pairs
        where other_code is not null
        """,
    ),
    Query(
        "waterfall",
        "what every component contributed to the change of a total",
        """
        select part.component_code, indicator.name_vi, part.contribution, part.total_difference
        from marts.metric_contribution as part
        inner join marts.dim_indicator as indicator on indicator.indicator_code = part.component_code
        where part.unit_code = $unit_code and part.total_code = $total_code and part.data_year = $data_year
            and part.boundary = $boundary
        order by part.contribution desc nulls last, part.component_code
        """,
        "select distinct unit_code, total_code, data_year, boundary from marts.metric_contribution",
    ),
    Query(
        "strengths",
        "strengths and weaknesses of a unit in one year, with the sentence that says why",
        """
        select indicator_code, verdict, rank, gap_to_best_all, rank_among_own_criteria, evidence_vi
        from marts.metric_strength_weakness
        where unit_code = $unit_code and data_year = $data_year and boundary = $boundary
            and verdict in ('strength', 'weakness')
        order by verdict, rank_among_own_criteria nulls last, indicator_code
        """,
        """
        select distinct unit_code, data_year, boundary from marts.metric_strength_weakness
        where verdict in ('strength', 'weakness')
        """,
    ),
    Query(
        "quality_overview",
        "checks of an owner by kind and outcome",
        """
        select category, severity, outcome, count(*) as checks, sum(rows_failed) as rows_failed
        from marts.data_quality
        where owner = $owner and not is_superseded
        group by category, severity, outcome
        order by category, severity, outcome
        """,
        "select distinct owner from marts.data_quality where not is_superseded",
    ),
    Query(
        "portal_trend",
        "a unit on the service portal, month by month",
        """
        select data_month, dossiers, on_time_rate_pct, filed_online_pct
        from marts.fct_portal_month
        where unit_code = $unit_code and boundary = $boundary
        order by data_month
        """,
        "select distinct unit_code, boundary from marts.fct_portal_month",
    ),
    Query(
        "regions",
        "how one indicator is spread over the regions in one year",
        """
        select
            unit.region_code, count(*) as units, min(figure.value) as lowest,
            percentile_cont(0.5) within group (order by figure.value) as middle, max(figure.value) as highest
        from marts.fct_indicator_value as figure
        inner join marts.dim_unit as unit on unit.unit_code = figure.unit_code
        where figure.indicator_code = $indicator_code and figure.data_year = $data_year
            and figure.boundary = $boundary and unit.region_code is not null
        group by unit.region_code
        order by unit.region_code
        """,
        """
        select distinct figure.indicator_code, figure.data_year, figure.boundary
        from marts.fct_indicator_value as figure
        inner join marts.dim_unit as unit on unit.unit_code = figure.unit_code
        where unit.region_code is not null
        """,
    ),
    Query(
        "heat_map",
        "the units of a region by the dimensions of an index",
        """
        select figure.unit_code, figure.indicator_code, figure.value_pct
        from marts.fct_indicator_value as figure
        inner join marts.dim_unit as unit on unit.unit_code = figure.unit_code
        inner join marts.dim_indicator as indicator on indicator.indicator_code = figure.indicator_code
        where unit.region_code = $region_code and figure.index_code = $index_code
            and figure.data_year = $data_year and figure.boundary = $boundary
            and indicator.indicator_level in ('total', 'dimension')
        order by figure.unit_code, figure.indicator_code
        """,
        """
        select distinct figure.index_code, figure.data_year, figure.boundary, unit.region_code
        from marts.fct_indicator_value as figure
        inner join marts.dim_unit as unit on unit.unit_code = figure.unit_code
        inner join marts.dim_indicator as indicator on indicator.indicator_code = figure.indicator_code
        where unit.region_code is not null and indicator.indicator_level in ('total', 'dimension')
        """,
    ),
)


def draw(connection: duckdb.DuckDBPyConnection, query: Query) -> list[dict[str, Any]]:
    """Up to `DRAWS` sets of parameters of `query`, the same for the same marts, spread over all there are."""
    found = connection.execute(f"select * from ({query.draws}) as drawn order by hash(drawn), drawn limit {DRAWS}")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def same_rows(some: list[tuple[Any, ...]], others: list[tuple[Any, ...]]) -> bool:
    """Whether two engines gave the same rows in the same order; numbers to the twelfth digit, whatever their type."""
    return len(some) == len(others) and all(
        len(one) == len(other) and all(_same(*pair) for pair in zip(one, other, strict=True))
        for one, other in zip(some, others, strict=True)
    )


def _same(one: Any, other: Any) -> bool:
    kinds = (int, float, Decimal)
    if isinstance(one, kinds) and isinstance(other, kinds):
        return math.isclose(float(one), float(other), rel_tol=1e-12, abs_tol=1e-12)
    return bool(one == other)
