"""Changes between two waves and ranks within one, told apart from chance.

**Change**: the waves are drawn independently, so variances add up; t test with Welch and Satterthwaite's degrees of
freedom. Over the units (and groups) of one measure, year and breakdown the p values are adjusted by Benjamini and
Hochberg (1995): of the changes called significant at most 5 % are expected to be none.

**Rank**: unit by unit every other is compared by a two-sided test at 5 %, Bonferroni over the other units (the marginal
confidence set of a rank of Mogstad, Romano, Shaikh and Wilhelm 2024): the best rank is one more than the units that are
surely better, the worst leaves behind only those surely worse.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from ingestion.survey.estimates.cells import NATIONAL
from ingestion.survey.estimates.intervals import LEVEL

Floats = npt.NDArray[np.float64]
KEY = ("unit_code", "measure_code", "breakdown", "category")
_FAMILY = ("measure_code", "breakdown")


def adjusted(p_values: Floats) -> Floats:
    """The p values of one family after Benjamini and Hochberg, in the order given."""
    count = len(p_values)
    order = np.argsort(p_values)[::-1]
    scaled = p_values[order] * count / np.arange(count, 0, -1)
    out = np.empty(count)
    out[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return out


def changes_between(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The change of every cell both waves publish: `change_points`, its error and interval in points, p values.

    Frames have KEY and `share_pct, standard_error_points, degrees_of_freedom`, withheld cells left out.
    """
    columns = [*KEY, "share_pct", "standard_error_points", "degrees_of_freedom"]
    both = after.select(columns).join(before.select(columns), on=list(KEY), suffix="_before")
    change = (both["share_pct"] - both["share_pct_before"]).to_numpy()
    one, other = both["standard_error_points"].to_numpy() ** 2, both["standard_error_points_before"].to_numpy() ** 2
    error = np.sqrt(one + other)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (one + other) ** 2 / (
            one**2 / both["degrees_of_freedom"].to_numpy() + other**2 / both["degrees_of_freedom_before"].to_numpy()
        )
        p_value = 2 * stats.t.sf(np.abs(change) / error, df)
    reach = stats.t.ppf(0.5 + LEVEL / 2, np.nan_to_num(df, nan=1.0)) * error
    # Without any spread in either wave nothing can be tested: no interval and no verdict.
    is_tested = error > 0
    found = both.select(*KEY).with_columns(
        change_points=pl.Series(change),
        change_error_points=pl.Series(np.where(is_tested, error, np.nan)).fill_nan(None),
        change_low_points=pl.Series(np.where(is_tested, change - reach, np.nan)).fill_nan(None),
        change_high_points=pl.Series(np.where(is_tested, change + reach, np.nan)).fill_nan(None),
        p_value=pl.Series(np.where(is_tested, p_value, np.nan)).fill_nan(None),
    )
    tested = found.filter(pl.col("p_value").is_not_null()).with_columns(is_national=pl.col("unit_code") == NATIONAL)
    families = [
        family.with_columns(p_value_adjusted=pl.Series(adjusted(family["p_value"].to_numpy())))
        for _, family in tested.group_by(*_FAMILY, "is_national", maintain_order=True)
    ]
    if not families:
        return found.with_columns(p_value_adjusted=pl.lit(None, pl.Float64))
    verdicts = pl.concat(families).select(*KEY, "p_value_adjusted")
    return found.join(verdicts, on=list(KEY), how="left").sort(*KEY)


def ranks_within(cells: pl.DataFrame) -> pl.DataFrame:
    """Of every measure the rank of every unit with its interval: `rank, rank_low, rank_high, units_ranked`."""
    units = cells.filter((pl.col("breakdown") == "all") & (pl.col("unit_code") != NATIONAL))
    found = []
    for (measure,), group in units.group_by("measure_code", maintain_order=True):
        share, error = group["share_pct"].to_numpy(), group["standard_error_points"].to_numpy()
        low, high = rank_interval(share, error, group["degrees_of_freedom"].to_numpy())
        found.append(
            group.select("unit_code", measure_code=pl.lit(measure)).with_columns(
                rank=pl.Series(1 + (share[None, :] > share[:, None]).sum(axis=1)),
                rank_low=pl.Series(low),
                rank_high=pl.Series(high),
                units_ranked=pl.lit(group.height),
            )
        )
    if not found:
        whole = dict.fromkeys(("rank", "rank_low", "rank_high", "units_ranked"), pl.Int64)
        return pl.DataFrame(schema={"unit_code": pl.String, "measure_code": pl.String, **whole})
    return pl.concat(
        [frame.cast(dict.fromkeys(("rank", "rank_low", "rank_high", "units_ranked"), pl.Int64)) for frame in found]
    )


def rank_interval(share: Floats, error: Floats, df: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The best and the worst rank of each unit that its data does not rule out, at 95 %."""
    count = len(share)
    if count < 2:
        return np.ones(count, np.int64), np.full(count, count, np.int64)
    spread = np.sqrt(error[:, None] ** 2 + error[None, :] ** 2)
    critical = stats.t.ppf(1 - (1 - LEVEL) / (2 * (count - 1)), np.minimum(df[:, None], df[None, :]))
    ahead = share[None, :] - share[:, None]
    with np.errstate(invalid="ignore"):
        better, worse = ahead > critical * spread, -ahead > critical * spread
    return 1 + better.sum(axis=1), count - worse.sum(axis=1)
