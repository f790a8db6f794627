"""What must hold on any installation, tried on made-up ones."""

from __future__ import annotations

import math
import random
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.effort import EFFORT
from tests.properties.engine import Engine, Installation, Row
from tests.properties.installations import (
    FIRST_YEAR,
    INHERITED_REASONS,
    LAST_YEAR,
    TOTAL,
    YEARS,
    Change,
    Indicator,
    World,
    worlds,
)

SERIES = "unit_code, indicator_code, data_year"


def _hand_made() -> World:
    """One unit of every kind of contribution: a part that comes, one that goes, one redefined, one not published."""
    parts = (
        Indicator("X.0", TOTAL, "none", FIRST_YEAR, None, {}),
        Indicator("X.1", TOTAL, "none", FIRST_YEAR, FIRST_YEAR, {}),
        Indicator("X.2", TOTAL, "none", FIRST_YEAR + 1, None, {}),
        Indicator("X.3", TOTAL, "none", FIRST_YEAR, None, {}),
        Indicator("X.4", TOTAL, "none", FIRST_YEAR, None, {}),
    )
    values = {
        (TOTAL, FIRST_YEAR): 10.0,
        (TOTAL, FIRST_YEAR + 1): 12.5,
        ("X.0", FIRST_YEAR): 1.0,
        ("X.0", FIRST_YEAR + 1): 1.5,
        ("X.1", FIRST_YEAR): 2.0,
        ("X.2", FIRST_YEAR + 1): 3.0,
        ("X.3", FIRST_YEAR): 4.0,
        ("X.3", FIRST_YEAR + 1): 4.25,
        ("X.4", FIRST_YEAR): 3.0,
    }
    return World(
        indicators=(Indicator(TOTAL, None, "sum_of_children", FIRST_YEAR, None, {}), *parts),
        changes=(Change("indicator", "X.3", FIRST_YEAR + 1, "definition_changed"),),
        weights=(),
        provinces=("p0", "p1"),
        merged=(),
        figures=tuple(
            {
                "row_id": number,
                "unit_code": "p0",
                "indicator_code": code,
                "data_year": year,
                "geography_version": "63",
                "value": value,
            }
            for number, ((code, year), value) in enumerate(values.items(), start=1)
        ),
    )


def test_every_kind_of_contribution_occurs(engine: Engine) -> None:
    engine.build(_hand_made().installation(), "metric_contribution")
    found = engine.rows(
        "select component_code, contribution_kind, contribution from marts.metric_contribution "
        "where boundary = 'published'"
    )
    assert {row["component_code"]: (row["contribution_kind"], row["contribution"]) for row in found} == {
        "X.0": ("change", 0.5),
        "X.1": ("vanished", -2.0),
        "X.2": ("appeared", 3.0),
        "X.3": ("redefined", 0.25),
        "X.4": ("unpublished", None),
        "X": ("remainder", 0.75),
    }


@EFFORT
@given(world=worlds())
def test_contributions_add_up_to_the_difference_of_their_total(engine: Engine, world: World) -> None:
    engine.build(world.installation(), "metric_contribution", "fct_indicator_value")
    values = {
        (row["unit_code"], row["indicator_code"], row["data_year"], row["boundary"]): row["value"]
        for row in engine.rows(
            f"select {SERIES}, boundary, value from marts.fct_indicator_value where value is not null"
        )
    }
    parts: dict[tuple[str, str, int, str], list[Row]] = defaultdict(list)
    for row in engine.rows("select * from marts.metric_contribution"):
        parts[row["unit_code"], row["total_code"], row["data_year"], row["boundary"]].append(row)
    totals = {one.code for one in world.indicators if one.total_rule != "none"}
    with_both_years = {
        (unit, code, year, boundary)
        for unit, code, year, boundary in values
        if code in totals and (unit, code, year - 1, boundary) in values
    }
    assert set(parts) == with_both_years
    for (unit, code, year, boundary), rows in parts.items():
        difference = values[unit, code, year, boundary] - values[unit, code, year - 1, boundary]
        amounts = [row["contribution"] for row in rows if row["contribution"] is not None]
        for ordered in (amounts, amounts[::-1]):
            assert math.isclose(sum(ordered), difference, rel_tol=0, abs_tol=1e-9)
        assert all(math.isclose(row["total_difference"], difference, rel_tol=0, abs_tol=1e-9) for row in rows)


@EFFORT
@given(world=worlds())
def test_components_come_and_go_with_the_lists_of_their_years(engine: Engine, world: World) -> None:
    engine.build(world.installation(), "metric_contribution")
    rows = engine.rows(
        "select component_code, data_year, contribution_kind, component_value, component_previous_value "
        "from marts.metric_contribution where component_code <> total_code"
    )
    for row in rows:
        component = world.indicator(row["component_code"])
        is_now, was_before = component.exists(row["data_year"]), component.exists(row["data_year"] - 1)
        allowed = {
            (True, True): {"change", "redefined", "unpublished", "weight_unknown"},
            (True, False): {"appeared", "unpublished", "weight_unknown"},
            (False, True): {"vanished", "unpublished", "weight_unknown"},
        }
        assert row["contribution_kind"] in allowed[is_now, was_before], row
        assert is_now or row["component_value"] is None, row
        assert was_before or row["component_previous_value"] is None, row


@EFFORT
@given(world=worlds(), seed=st.integers(0, 2**16))
def test_order_of_the_input_rows_changes_nothing(engine: Engine, world: World, seed: int) -> None:
    installation = world.installation()
    shuffler = random.Random(seed)
    shuffled = Installation(
        reference={table: shuffler.sample(rows, len(rows)) for table, rows in installation.reference.items()},
        figures=shuffler.sample(installation.figures, len(installation.figures)),
    )
    stored = []
    for one in (installation, shuffled):
        engine.build(one)
        # As stored, not sorted: the order of a mart's rows is part of its bytes.
        stored.append({mart: repr(engine.rows(f'select * from marts."{mart}"')) for mart in engine.marts})
    assert stored[0] == stored[1]


def _broken(world: World) -> set[tuple[str, int]]:
    """Indicator and year of everything that no change may cross, read off the world and not off the models."""
    broken: set[tuple[str, int]] = set()
    for change in world.changes:
        touched = {one.code for one in world.indicators}
        if change.scope == "total":
            touched = {TOTAL}
        elif change.scope == "indicator":
            touched = {str(change.indicator_code)}
            if change.reason in INHERITED_REASONS:
                touched |= _above(world, str(change.indicator_code))
        broken |= {(code, change.first_year) for code in touched}
    for one in world.indicators:
        for year in YEARS[1:]:
            lists = [
                {c.code for c in world.indicators if c.parent_code == one.code and c.exists(y)}
                for y in (year - 1, year)
            ]
            if one.maxima and one.maxima[year - 1] != one.maxima[year] and one.exists(year - 1) and one.exists(year):
                broken.add((one.code, year))
            if one.total_rule != "none" and lists[0] != lists[1]:
                broken.add((one.code, year))
    return broken


def _above(world: World, code: str) -> set[str]:
    parent = world.indicator(code).parent_code
    return set() if parent is None else {parent} | _above(world, parent)


@EFFORT
@given(world=worlds())
def test_no_change_crosses_a_break_on_the_published_map(engine: Engine, world: World) -> None:
    engine.build(world.installation(), "metric_yoy", "metric_rank_change")
    broken = _broken(world)
    crossing = [
        row
        for row in engine.rows(
            f"select {SERIES}, is_comparable, change, change_pct, rank_change from marts.metric_yoy "
            "where boundary = 'published'"
        )
        if (row["indicator_code"], row["data_year"]) in broken
        and (row["is_comparable"] or {row["change"], row["change_pct"], row["rank_change"]} != {None})
    ]
    assert crossing == []
    assert [
        row
        for row in engine.rows(
            f"select {SERIES} from marts.metric_rank_change "
            "where boundary = 'published' and rank_change_own is not null"
        )
        if (row["indicator_code"], row["data_year"]) in broken
    ] == []


@EFFORT
@given(world=worlds())
def test_no_change_is_printed_between_units_of_two_maps(engine: Engine, world: World) -> None:
    engine.build(world.installation(), "metric_yoy")
    rows = engine.rows(
        "select is_comparable, change, not_comparable_reason from marts.metric_yoy "
        "where boundary = 'published' and unit_code = 'merged_2025' and data_year = ?",
        [LAST_YEAR],
    )
    reasons = {(row["is_comparable"], row["change"]) for row in rows}
    assert reasons <= {(False, None)}


@EFFORT
@given(world=worlds(may_merge=False))
def test_backcast_of_a_country_in_which_nothing_merged_is_the_identity(engine: Engine, world: World) -> None:
    engine.build(world.installation(), "fct_indicator_value", "metric_yoy", "metric_contribution")
    said = {
        "fct_indicator_value": f"{SERIES}, value, max_value, value_pct, rank, rank_out_of, figure_status, has_conflict",
        "metric_yoy": f"{SERIES}, value, previous_value, change, change_pct, value_pct_change_points, rank_change, "
        "is_comparable, not_comparable_reason",
        "metric_contribution": "unit_code, total_code, component_code, data_year, contribution_kind, contribution",
    }
    printed = engine.rows("select 1 from marts.fct_indicator_value where boundary = 'published' limit 1")
    carried = engine.rows("select 1 from marts.fct_indicator_value where boundary = '2025' limit 1")
    assert bool(carried) == bool(printed)
    for mart, columns in said.items():
        published, common = (
            engine.rows(f"select {columns} from marts.{mart} where boundary = ? order by all", [boundary])
            for boundary in ("published", "2025")
        )
        assert common == published
