"""Standard error, effective size and 95 % interval of shares.

The interval is the logit one with t quantiles on (clusters - strata) degrees of freedom, R's default in `svyciprop`; it
stays inside 0 and 1. Where no spread is seen (all or none satisfied) it is the exact binomial one on the effective size
(Korn and Graubard 1998), which does not collapse to a point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

LEVEL = 0.95
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Uncertainty:
    """Of every cell: standard error, bounds (shares, 0 to 1), design effect (NaN without spread), effective size."""

    standard_error: Floats
    low: Floats
    high: Floats
    design_effect: Floats
    effective_size: Floats
    degrees_of_freedom: Floats


def uncertainty(share: Floats, variance: Floats, answers: Floats, respondents: Floats, df: Floats) -> Uncertainty:
    """The uncertainty of `share`, from its design-based variance.

    The design effect is that variance over the one `answers` independent answers would have; the effective size is the
    number of independent answers that would be as certain, at most as many as there are answers.
    """
    df = np.maximum(df, 1.0)
    error = np.sqrt(variance)
    spread = share * (1 - share)
    is_flat = (variance <= 1e-18) | (spread <= 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(is_flat, respondents, np.minimum(spread / variance, answers))
        effect = np.where(is_flat, np.nan, variance * answers / spread)
        quantile = stats.t.ppf(0.5 + LEVEL / 2, df)
        logit = np.log(share / (1 - share))
        reach = quantile * error / spread
        low, high = 1 / (1 + np.exp(-(logit - reach))), 1 / (1 + np.exp(-(logit + reach)))
    exact_low, exact_high = exact_interval(share, effective)
    return Uncertainty(
        standard_error=error,
        low=np.where(is_flat, exact_low, low),
        high=np.where(is_flat, exact_high, high),
        design_effect=effect,
        effective_size=effective,
        degrees_of_freedom=df,
    )


def exact_interval(share: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Clopper and Pearson's interval of `share` among `size` independent answers; `size` need not be whole."""
    hits = share * size
    tail = (1 - LEVEL) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(hits <= 0, 0.0, stats.beta.ppf(tail, hits, size - hits + 1))
        high = np.where(hits >= size, 1.0, stats.beta.ppf(1 - tail, hits + 1, size - hits))
    return low, high
