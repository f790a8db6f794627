"""Response quality finds what was planted, says what leaving it out does, and mostly leaves honest answers alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bench.survey_generator import Wave
from ingestion.survey.quality import speeding, straight_lining
from ingestion.survey.wave_files import wave_folder
from tests.ingestion.survey.conftest import load, small_wave, write_statistics
from warehouse.home import Home


@pytest.fixture(scope="module")
def careless() -> Wave:
    return small_wave(
        seed=11, respondents=3000, clusters_a_unit=30, interviewers_a_unit=20, icc_respondent=0.1,
        straight_liner_share=0.03, speeder_share=0.03, duplicate_share=0.02, impossible_age_share=0.01,
        cheating_interviewers=3,
    )  # fmt: skip


@pytest.fixture(scope="module")
def flags(careless: Wave, tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, dict[str, object], Path]:
    folder = tmp_path_factory.mktemp("quality")
    home = Home(folder / "home")
    home.make()
    manifest = load(home, write_statistics(careless, folder / "sipas_2024_synthetic.sav"))
    wave = wave_folder(home, "sipas_2024")
    return pl.read_parquet(wave / "respondents.parquet", hive_partitioning=False), manifest, wave


@pytest.mark.parametrize("rule", ["straight_lining", "speeding", "duplicate", "impossible_age"])
def test_what_was_planted_is_found(
    rule: str, careless: Wave, flags: tuple[pl.DataFrame, dict[str, object], Path]
) -> None:
    found, planted = flags[0][f"is_{rule}"].to_numpy(), careless.planted[rule]
    if rule == "straight_lining":
        # Those who were asked nine items only gave too few answers to be sure, and speeders answer anew.
        planted = planted & (careless.answers["USED_SERVICE"] == 1) & ~careless.planted["speeding"]
        planted = planted & ~careless.planted["interviewer_outlier"]
    assert planted.sum() > 10
    assert found[planted].mean() > 0.9


@pytest.mark.parametrize("rule", ["speeding", "duplicate", "impossible_age"])
def test_the_others_are_left_alone(
    rule: str, careless: Wave, flags: tuple[pl.DataFrame, dict[str, object], Path]
) -> None:
    found, planted = flags[0][f"is_{rule}"].to_numpy(), careless.planted[rule]
    assert found[~planted].mean() < 0.005


def test_interviewers_who_cheat_stand_out_and_are_not_left_out(
    careless: Wave, flags: tuple[pl.DataFrame, dict[str, object], Path]
) -> None:
    frame = flags[0]
    found = frame["is_interviewer_outlier"].to_numpy()
    planted = careless.planted["interviewer_outlier"]
    assert found[planted].all()
    assert found[~planted].mean() < 0.1
    assert "interviewer_outlier" not in set(";".join(frame["exclusion_reasons"].drop_nulls()).split(";"))


def test_the_report_says_what_exclusion_does(flags: tuple[pl.DataFrame, dict[str, object], Path]) -> None:
    content = json.loads((flags[2] / "quality.json").read_text("utf-8"))
    for row in content["effect_of_exclusion"]:
        change = 100 * (row["share_after_exclusion"] - row["share_of_all"])
        assert row["change_in_points"] == pytest.approx(change)
        assert set(row["share_without"]) == set(content["thresholds"]["excludes"])
    page = (flags[2] / "quality.html").read_text("utf-8")
    assert "Tác động của việc loại" in page
    assert "Effect of exclusion" in page


def test_leaving_out_who_rushed_brings_the_share_nearer_to_the_truth(
    careless: Wave, flags: tuple[pl.DataFrame, dict[str, object], Path]
) -> None:
    content = json.loads((flags[2] / "quality.json").read_text("utf-8"))
    row = next(row for row in content["effect_of_exclusion"] if row["indicator_code"] == "SIPAS.SERVICE")
    assert row["change_in_points"] > 0  # random answers are satisfied in two of five cases


def test_straight_lining_needs_enough_answers() -> None:
    matrix = np.array([[4] * 15, [4] * 14 + [-128], [4] * 14 + [5]], np.int8)
    assert straight_lining(matrix, 15).tolist() == [True, False, False]


def test_nobody_speeds_where_no_time_was_taken_down() -> None:
    assert not speeding(np.full(4, np.nan), 0.33).any()


def test_time_is_judged_by_the_median() -> None:
    assert speeding(np.array([30.0, 30.0, 9.0, 10.5]), 0.33).tolist() == [False, False, False, False]
    assert speeding(np.array([30.0, 30.0, 30.0, 9.0]), 0.33).tolist() == [False, False, False, True]
