"""Changes and ranks that chance could have made are called so."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from ingestion.survey.estimates.changes import adjusted, changes_between, rank_interval, ranks_within


def cells(*shares: float, error: float = 1.0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "unit_code": [f"u{place}" for place in range(len(shares))],
            "measure_code": ["Q"] * len(shares),
            "breakdown": ["all"] * len(shares),
            "category": ["all"] * len(shares),
            "share_pct": list(shares),
            "standard_error_points": [error] * len(shares),
            "degrees_of_freedom": [20.0] * len(shares),
        }
    )


def test_adjusted_p_values_are_those_of_scipy() -> None:
    p_values = np.array([0.001, 0.04, 0.03, 0.8, 0.0004, 0.04])
    assert adjusted(p_values) == pytest.approx(stats.false_discovery_control(p_values))


def test_a_change_has_the_error_of_both_years() -> None:
    found = changes_between(cells(80.0, error=3.0), cells(86.0, error=4.0)).to_dicts()[0]
    assert (found["change_points"], found["change_error_points"]) == pytest.approx((6.0, 5.0))
    assert found["change_low_points"] < 0 < found["change_high_points"]


def test_a_change_of_many_is_judged_more_strictly() -> None:
    alone = changes_between(cells(80.0), cells(83.5)).to_dicts()[0]
    others = [80.0] * 20
    among = changes_between(cells(80.0, *others), cells(83.5, *others)).to_dicts()[0]
    assert alone["p_value"] == pytest.approx(among["p_value"])
    assert alone["p_value_adjusted"] < 0.05 < among["p_value_adjusted"]


def test_without_any_spread_there_is_no_verdict() -> None:
    found = changes_between(cells(100.0, error=0.0), cells(100.0, error=0.0)).to_dicts()[0]
    assert (found["p_value"], found["change_low_points"], found["p_value_adjusted"]) == (None, None, None)


def test_a_cell_of_one_year_only_has_no_change() -> None:
    assert changes_between(cells(80.0), cells(80.0, 90.0)).height == 1


def test_units_far_apart_have_sure_ranks_and_near_ones_have_not() -> None:
    low, high = rank_interval(np.array([90.0, 80.0, 79.9]), np.array([1.0, 1.0, 1.0]), np.array([30.0] * 3))
    assert (list(low), list(high)) == ([1, 2, 2], [1, 3, 3])


def test_ties_share_a_rank() -> None:
    assert ranks_within(cells(90.0, 80.0, 90.0))["rank"].to_list() == [1, 3, 1]


def test_the_country_is_not_ranked() -> None:
    with_country = cells(90.0, 80.0).with_columns(unit_code=pl.Series(["viet_nam", "u1"]))
    assert ranks_within(with_country)["unit_code"].to_list() == ["u1"]


def test_rank_intervals_hold_the_true_rank() -> None:
    """Twenty units at true levels; each interval should hold the true rank in 95 of 100 draws or more."""
    random = np.random.default_rng(7)
    truth = np.linspace(70, 90, 20)
    held = 0
    for _ in range(200):
        low, high = rank_interval(truth + random.normal(0, 2, 20), np.full(20, 2.0), np.full(20, 200.0))
        held += int(((low <= 20 - np.arange(20)) & (20 - np.arange(20) <= high)).sum())
    assert held / 4000 >= 0.95
