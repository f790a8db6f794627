"""Estimates against R's package survey, the library svy, and what must hold of any interval."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import svy

from ingestion.survey.codebook import read_code_books
from ingestion.survey.estimates.cells import wave_cells
from ingestion.survey.estimates.intervals import Uncertainty, exact_interval, uncertainty
from ingestion.survey.estimates.wave import wave_estimates
from ingestion.survey.steps import ingest_files
from ingestion.survey.wave_files import read_manifest, wave_folder
from tests.ingestion.survey.r_survey.wave import read, write_wave
from warehouse.home import BUNDLED_INPUT_DIR, Home

POINTS = {"q1": (1, 0), "q2": (1, 0), "q3": (1, 0)}
Key = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    folder = write_wave(tmp_path_factory.mktemp("wave"))
    found = pl.from_arrow(wave_cells(folder, {"both": ("q1", "q2")}, POINTS, is_national=True))
    assert isinstance(found, pl.DataFrame)
    return found


def of(cells: pl.DataFrame, measure: str, unit: str, breakdown: str, category: str) -> dict[str, float]:
    row = cells.filter(measure_code=measure, unit_code=unit, breakdown=breakdown, category=category)
    assert row.height == 1
    return row.to_dicts()[0]


def interval(cells: pl.DataFrame) -> Uncertainty:
    columns = [
        cells[name].cast(pl.Float64).to_numpy() for name in ("share", "share_variance", "answers", "respondents")
    ]
    return uncertainty(*columns, (cells["clusters"] - cells["strata"]).cast(pl.Float64).to_numpy())


EXPECTED = read("expected.csv")
NAMES = [f"{row['measure_code']}-{row['unit_code']}-{row['category']}" for row in EXPECTED]


@pytest.mark.parametrize("expected", EXPECTED, ids=NAMES)
def test_shares_means_and_errors_are_those_of_r(cells: pl.DataFrame, expected: dict[str, str]) -> None:
    key = [expected[name] for name in ("measure_code", "unit_code", "breakdown", "category")]
    found = of(cells, *key)
    ours = [found["share"], found["share_variance"] ** 0.5, found["mean"], found["mean_variance"] ** 0.5]
    theirs = [float(expected[name]) for name in ("share", "standard_error", "mean", "mean_standard_error")]
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_the_same_wave_gives_the_same_digits_whichever_thread_was_first(home: Home) -> None:
    ingest_files(home, [BUNDLED_INPUT_DIR / "survey" / "sipas_2024_synthetic.sav"])
    folder = wave_folder(home, "sipas_2024")
    manifest = read_manifest(folder)
    assert manifest is not None
    book = next(known for known in read_code_books() if known.code_book == manifest["code_book"])
    assert len({wave_estimates(folder, manifest, book).write_csv() for _ in range(4)}) == 1


def test_intervals_are_those_of_r(cells: pl.DataFrame) -> None:
    found = cells.with_columns(low=pl.Series(interval(cells).low), high=pl.Series(interval(cells).high))
    compared = 0
    for expected in EXPECTED:
        if expected["ci_low"].strip() == "NA":
            continue
        row = of(found, *(expected[name] for name in ("measure_code", "unit_code", "breakdown", "category")))
        assert (row["low"], row["high"]) == pytest.approx(
            (float(expected["ci_low"]), float(expected["ci_high"])), rel=1e-9
        )
        compared += 1
    assert compared == 17


def test_errors_are_those_of_the_library_svy(cells: pl.DataFrame) -> None:
    rows = [row for row in read("respondents.csv") if row["unit_code"] == "u1"]
    frame = pl.DataFrame(rows).with_columns(pl.col("weight").cast(pl.Float64)).filter(pl.col("q1") != "")
    frame = frame.with_columns(y=pl.col("q1").is_in(["4", "5"]).cast(pl.Float64))
    sample = svy.Sample(frame, svy.Design(stratum="stratum", psu="cluster", wgt="weight"))
    theirs = sample.estimation.mean("y", by="sex").estimates
    for estimate in theirs:
        found = of(cells, "q1", "u1", "sex", estimate.by_level[0])
        assert (found["share"], found["share_variance"] ** 0.5) == pytest.approx((estimate.est, estimate.se), rel=1e-9)


def test_an_excluded_respondent_counts_for_nothing(tmp_path: Path) -> None:
    rows = read("respondents.csv")
    left_out = [{**row, "is_excluded": "1"} if row["sex"] == "male" else row for row in rows]
    one = pl.from_arrow(wave_cells(write_wave(tmp_path, left_out), {}, POINTS, is_national=False))
    assert isinstance(one, pl.DataFrame)
    assert set(one.filter(breakdown="sex")["category"]) == {"female"}


def test_no_country_is_made_of_a_few_provinces(tmp_path: Path) -> None:
    found = pl.from_arrow(wave_cells(write_wave(tmp_path), {}, POINTS, is_national=False))
    assert isinstance(found, pl.DataFrame)
    assert set(found["unit_code"]) == {"u1", "u2"}


def test_a_respondent_of_two_questions_counts_once(cells: pl.DataFrame) -> None:
    answered = sum(1 for row in read("respondents.csv") if row["unit_code"] == "u1" and (row["q1"] or row["q2"]))
    assert of(cells, "both", "u1", "all", "all")["respondents"] == answered


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_without_spread_the_interval_is_no_point(share: float) -> None:
    found = uncertainty(*(np.array([value]) for value in (share, 0.0, 40.0, 40.0, 10.0)))
    assert 0 <= found.low[0] <= share <= found.high[0] <= 1
    assert found.high[0] - found.low[0] == pytest.approx(1 - 0.025 ** (1 / 40))


def test_the_exact_interval_is_the_published_one() -> None:
    """Clopper and Pearson, 10 of 20: 27.2 % to 72.8 % (any table of binomial limits)."""
    low, high = exact_interval(np.array([0.5]), np.array([20.0]))
    assert (round(100 * low[0], 1), round(100 * high[0], 1)) == (27.2, 72.8)


def test_a_clustered_share_is_worth_fewer_answers() -> None:
    found = uncertainty(*(np.array([value]) for value in (0.5, 0.005, 100.0, 100.0, 10.0)))
    assert (found.design_effect[0], found.effective_size[0]) == pytest.approx((2.0, 50.0))
