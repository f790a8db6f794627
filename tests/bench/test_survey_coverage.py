"""The short form of the coverage bench: far fewer seeds, so a wider band."""

from __future__ import annotations

import numpy as np

from bench.survey_coverage import UNITS, coverage
from bench.survey_generator import WaveParameters


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    found = coverage(25, WaveParameters(data_year=2024, units=UNITS, respondents=900, clusters_a_unit=12))
    assert len(found) == 12
    assert 0.9 <= np.mean(list(found.values())) <= 0.99
