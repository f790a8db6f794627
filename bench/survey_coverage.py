"""How often the 95 % interval of a share holds the true rate: drawn waves of known truth, estimated as real ones are.

    .venv/bin/python -m bench.survey_coverage              500 seeds
    .venv/bin/python -m bench.survey_coverage --seeds 40

Each seed is a wave of three provinces with clusters, strata, weights, blanks and interviewers' influence; the estimates
take the way of `ingestion.survey.estimates` from respondents and answers as the lake has them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl

from bench.survey_generator import BLANK, NOT_ASKED, Wave, WaveParameters, draw
from ingestion.survey.estimates.cells import NATIONAL, wave_cells
from ingestion.survey.estimates.intervals import uncertainty

GOAL = (0.93, 0.97)
UNITS = ("hai_phong", "quang_ninh", "thai_nguyen")


def write_wave(wave: Wave, folder: Path) -> dict[str, tuple[str, ...]]:
    """Write `wave` as the lake has it; returns the questions of each indicator."""
    count = len(wave.weight)
    names = np.array(UNITS)[wave.unit]
    strata = np.char.add(np.char.add(names, "/"), np.where(wave.urban, "urban", "rural"))
    pl.DataFrame(
        {
            "respondent_no": np.arange(1, count + 1),
            "unit_code": names,
            "stratum": strata,
            "cluster": np.char.add(np.char.add(strata, "/"), wave.cluster.astype(str)),
            "weight": wave.weight,
            "interviewer_key": wave.interviewer.astype(str),
            "is_excluded": np.zeros(count, bool),
        }
    ).with_columns(
        pl.lit(None, pl.String).alias(name)
        for name in ("sex", "age_group", "urban_rural", "education", "job", "ethnicity")
    ).write_parquet(folder / "respondents.parquet")
    indicators: dict[str, list[str]] = {}
    frames = []
    for question in wave.book.questions:
        scale = wave.book.scale_of(question)
        if question.indicator_code is None or not scale.satisfied:
            continue
        indicators.setdefault(question.indicator_code, []).append(question.code)
        codes = wave.answers[question.code].astype(np.int8)
        is_answered = (codes != BLANK) & (codes != NOT_ASKED)
        frames.append(
            pl.DataFrame({"respondent_no": np.arange(1, count + 1), "answer_code": codes}).with_columns(
                question_code=pl.lit(question.code),
                is_satisfied=pl.when(pl.Series(is_answered)).then(pl.col("answer_code").is_in(list(scale.satisfied))),
            )
        )
    pl.concat(frames).write_parquet(folder / "answers.parquet")
    return {code: tuple(questions) for code, questions in indicators.items()}


def covered(seed: int, parameters: WaveParameters) -> dict[tuple[str, str], bool]:
    """By (national or unit, indicator): whether the interval of this seed's wave holds the truth."""
    wave = draw(parameters, seed)
    with tempfile.TemporaryDirectory() as folder:
        indicators = write_wave(wave, Path(folder))
        points = {question: (1, 0) for questions in indicators.values() for question in questions}
        table = wave_cells(Path(folder), indicators, points, is_national=True)
    cells = pl.from_arrow(table)
    assert isinstance(cells, pl.DataFrame)
    cells = cells.filter(pl.col("measure_code").is_in(list(indicators)) & (pl.col("breakdown") == "all"))
    found = uncertainty(
        *(cells[name].cast(pl.Float64).to_numpy() for name in ("share", "share_variance", "answers", "respondents")),
        (cells["clusters"] - cells["strata"]).cast(pl.Float64).to_numpy(),
    )
    held = {}
    for row, low, high in zip(cells.iter_rows(named=True), found.low, found.high, strict=True):
        unit, indicator = row["unit_code"], row["measure_code"]
        truth = wave.truth.national[indicator] if unit == NATIONAL else wave.truth.by_unit[unit, indicator]
        held[unit, indicator] = bool(low <= truth <= high)
    return held


def coverage(seeds: int, parameters: WaveParameters) -> dict[tuple[str, str], float]:
    """The share of seeds whose interval holds the truth, by (national or unit, indicator)."""
    hits: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for seed in range(seeds):
        for key, is_held in covered(seed, parameters).items():
            hits[key].append(is_held)
    return {key: float(np.mean(values)) for key, values in hits.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--respondents", type=int, default=1500)
    given = parser.parse_args()
    parameters = WaveParameters(data_year=2024, units=UNITS, respondents=given.respondents, clusters_a_unit=12)
    found = coverage(given.seeds, parameters)
    national = [share for (unit, _), share in found.items() if unit == NATIONAL]
    units = [share for (unit, _), share in found.items() if unit != NATIONAL]
    print(f"{given.seeds} seeds, {given.respondents} respondents, {parameters.clusters_a_unit} clusters a province")
    for (unit, indicator), share in sorted(found.items()):
        print(f"  {unit:<12} {indicator:<14} {100 * share:5.1f} %")
    whole = float(np.mean(national + units))
    print(
        f"coverage of the 95 % interval: {100 * whole:.1f} % in all, country {100 * np.mean(national):.1f} %, "
        f"provinces {100 * np.mean(units):.1f} % (goal {100 * GOAL[0]:.0f} to {100 * GOAL[1]:.0f} %)"
    )


if __name__ == "__main__":
    main()
