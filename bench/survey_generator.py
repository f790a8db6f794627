"""Survey waves of our own making whose true rates are known: SYNTHETIC, no answer in them is a citizen's.

No microdata of SIPAS is public. Every satisfied share that is published is taken as the truth of its province; a
province without one gets a rate between the lowest and the highest published one, such that the provinces' mean is the
national figure. Around these truths the draw makes what real surveys have: strata, clusters, interviewers, weights,
items left blank, people who rush or answer all items alike.

The means are kept exactly: interviewers, clusters and respondents vary by beta distributions around their mean, and the
strata's rates average to their province's. So an estimator can be held against `Wave.truth` over many seeds:

    for seed in range(500):
        wave = draw(WaveParameters(data_year=2024, respondents=6000), seed)
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingestion.survey.codebook import CODE_BOOK_DIR, CodeBook, read_code_books
from warehouse.home import PROJECT_ROOT, REFERENCE_DIR

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int8]

#: In `Wave.answers`: not answered, and not asked.
BLANK, NOT_ASKED = -1, -2
_FIGURES = PROJECT_ROOT / "data" / "annex_figures.csv"


@dataclass(frozen=True)
class WaveParameters:
    """What a wave is like. Shares are 0 to 1; `icc_*`: correlation inside an interviewer, cluster, respondent."""

    data_year: int
    respondents: int = 36_000
    units: tuple[str, ...] = ()
    clusters_a_unit: int = 12
    interviewers_a_unit: int = 4
    icc_interviewer: float = 0.01
    icc_cluster: float = 0.03
    icc_respondent: float = 0.25
    #: Of the population; the sample takes as many from either stratum, so that unweighted shares are wrong.
    urban_share: float = 0.35
    #: Urban minus rural, in shares; both average to the province's rate.
    urban_minus_rural: float = 0.06
    #: Spread (log) of the respondents' weights inside a stratum, independent of the answers.
    weight_spread: float = 0.3
    blank_share: float = 0.02
    used_service_share: float = 0.7
    speeder_share: float = 0.0
    straight_liner_share: float = 0.0
    duplicate_share: float = 0.0
    impossible_age_share: float = 0.0
    #: Interviewers who make their respondents look happier than they are: their number, from the second unit on.
    cheating_interviewers: int = 0


@dataclass(frozen=True)
class Truth:
    """The shares that a perfect survey would find, in the population (not in the sample)."""

    #: (unit_code, indicator_code) -> satisfied share.
    by_unit: dict[tuple[str, str], float]
    #: indicator_code -> satisfied share of the country; units weigh as their population.
    national: dict[str, float]
    #: unit_code -> `published` or `filled`.
    rate_source: dict[str, str]
    #: unit_code -> share of the country's population.
    population_share: dict[str, float]


@dataclass(frozen=True)
class Wave:
    """A wave in memory: arrays in the order of the respondents, everything synthetic."""

    parameters: WaveParameters
    seed: int
    book: CodeBook
    units: tuple[str, ...]
    unit: Integers
    urban: npt.NDArray[np.bool_]
    cluster: Integers
    interviewer: Integers
    weight: Floats
    age: Integers
    minutes: Floats
    day: Integers
    groups: dict[str, Codes]
    #: question code -> answer codes; BLANK and NOT_ASKED are below 0.
    answers: dict[str, Codes]
    planted: dict[str, npt.NDArray[np.bool_]]
    truth: Truth
    is_synthetic: bool = field(default=True, init=False)

    def satisfied(self, question: str) -> npt.NDArray[np.float64]:
        """1 and 0 for the answers to a rated question, NaN where there is none."""
        codes = self.answers[question]
        scale = self.book.scale_of(self.book.question(question))
        return np.where(codes < 0, np.nan, np.isin(codes, scale.satisfied))


def draw(parameters: WaveParameters, seed: int) -> Wave:
    """A wave. The same parameters and seed give the same wave."""
    random = np.random.default_rng([seed, parameters.data_year])
    book = next(item for item in read_books() if item.year_from <= parameters.data_year <= item.year_to)
    units = parameters.units or provinces(parameters.data_year)
    truth = true_rates(parameters.data_year, units)
    unit = np.sort(np.arange(parameters.respondents, dtype=np.int32) % len(units)).astype(np.int32)
    urban = random.random(len(unit)) < 0.5
    cluster, interviewer = _clusters(parameters, unit, urban, random)
    weight = _weights(parameters, unit, urban, units, truth, random)
    answers = _answers(parameters, book, units, (unit, urban, cluster, interviewer), truth, random)
    rows = len(unit)
    wave = Wave(
        parameters=parameters,
        seed=seed,
        book=book,
        units=units,
        unit=unit,
        urban=urban,
        cluster=cluster,
        interviewer=interviewer,
        weight=weight,
        age=random.integers(18, 85, rows, dtype=np.int32),
        minutes=np.round(np.exp(random.normal(3.4, 0.25, rows)), 1),
        day=random.integers(0, 60, rows, dtype=np.int32),
        groups={
            "sex": random.integers(1, 3, rows, dtype=np.int8),
            "ethnicity": np.where(random.random(rows) < 0.86, 1, 2).astype(np.int8),
            "education": random.integers(1, 5, rows, dtype=np.int8),
            "job": random.integers(1, 6, rows, dtype=np.int8),
        },
        answers=answers,
        planted={},
        truth=truth,
    )
    return _with_careless(wave, random)


_BOOKS: dict[Path, tuple[CodeBook, ...]] = {}


def read_books() -> tuple[CodeBook, ...]:
    """The code books, read once."""
    if CODE_BOOK_DIR not in _BOOKS:
        _BOOKS[CODE_BOOK_DIR] = read_code_books()
    return _BOOKS[CODE_BOOK_DIR]


def provinces(data_year: int) -> tuple[str, ...]:
    """The provinces on the map of 31 December of the year."""
    day = f"{data_year}-12-31"
    return tuple(
        row["unit_code"]
        for row in _rows(REFERENCE_DIR / "unit.csv")
        if row["unit_type"] == "province"
        and (row["valid_from"] or "0001") <= day
        and (row["valid_to"] or "9999") >= day
    )


def true_rates(data_year: int, units: tuple[str, ...]) -> Truth:
    """The rates of the wave: the published ones, others drawn between the published extremes, the same every time."""
    published = _published(data_year)
    everywhere = published.get(("", "SIPAS"), 0.84)
    known = {code: rate for (code, indicator), rate in published.items() if code and indicator == "SIPAS"}
    random = np.random.default_rng([20240101, data_year])
    low, high = min([*known.values(), everywhere - 0.05]), max([*known.values(), everywhere + 0.05])
    all_units = provinces(data_year)
    rates = {code: float(random.uniform(low, high)) for code in all_units} | known
    open_units = [code for code in all_units if code not in known]
    for _ in range(50):  # until the mean of all provinces is the published national figure
        gap = everywhere - float(np.mean([rates[code] for code in all_units]))
        for code in open_units:
            rates[code] = min(max(rates[code] + gap * len(all_units) / max(len(open_units), 1), low), high)
    size = np.random.default_rng(63).uniform(0.5, 2.0, len(units))
    share = dict(zip(units, (size / size.sum()).tolist(), strict=True))
    indicators = {
        "SIPAS",
        *(item.indicator_code for book in read_books() for item in book.questions if item.indicator_code),
    }
    shift = {code: published.get(("", code), everywhere) - everywhere for code in indicators}
    by_unit = {(unit, code): min(max(rates[unit] + shift[code], 0.01), 0.99) for unit in units for code in indicators}
    national = {code: sum(share[unit] * by_unit[unit, code] for unit in units) for code in indicators}
    return Truth(by_unit, national, {unit: "published" if unit in known else "filled" for unit in units}, share)


def _published(data_year: int) -> dict[tuple[str, str], float]:
    """(unit_code or nothing for the country, indicator) -> share."""
    from ingestion.resolver import default_resolver

    found: dict[tuple[str, str], float] = {}
    for row in _rows(_FIGURES):
        if row["index_code"] != "SIPAS" or row["data_year"] != str(data_year) or not row["value"]:
            continue
        if row["unit_type"] == "national" and row["unit_text"] == "Cả nước":
            found["", row["indicator_code"]] = float(row["value"]) / 100
        elif row["unit_type"] == "province":
            match = default_resolver().resolve(row["unit_text"], unit_type="province", data_year=data_year)
            if match.unit_code:
                found[match.unit_code, row["indicator_code"]] = float(row["value"]) / 100
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as reading:
        return list(csv.DictReader(reading))


def _clusters(
    parameters: WaveParameters, unit: Integers, urban: npt.NDArray[np.bool_], random: np.random.Generator
) -> tuple[Integers, Integers]:
    """Clusters inside a stratum of a unit, each visited by one interviewer."""
    half = max(parameters.clusters_a_unit // 2, 1)
    inner = random.integers(0, half, len(unit))
    cluster = (unit * 2 * half + np.where(urban, half, 0) + inner).astype(np.int32)
    interviewer = (unit * parameters.interviewers_a_unit + cluster % parameters.interviewers_a_unit).astype(np.int32)
    return cluster, interviewer


def _weights(
    parameters: WaveParameters,
    unit: Integers,
    urban: npt.NDArray[np.bool_],
    units: tuple[str, ...],
    truth: Truth,
    random: np.random.Generator,
) -> Floats:
    """Population of the stratum over its respondents, spread inside it; they add up to a hundred million."""
    shares = np.array([truth.population_share[code] for code in units])
    stratum = unit * 2 + urban
    population = np.stack([shares * (1 - parameters.urban_share), shares * parameters.urban_share], axis=1).ravel()
    spread = np.exp(random.normal(0.0, parameters.weight_spread, len(unit)))
    per_stratum = np.bincount(stratum, weights=spread, minlength=2 * len(units))
    return np.asarray(1e8 * population[stratum] * spread / per_stratum[stratum])


def _around(mean: Floats, icc: float, random: np.random.Generator) -> Floats:
    """Rates that vary around `mean` with the intraclass correlation `icc`; their expectation is the mean itself."""
    if icc <= 0:
        return mean
    size = (1 - icc) / icc
    return np.clip(random.beta(np.maximum(mean * size, 1e-6), np.maximum((1 - mean) * size, 1e-6)), 1e-9, 1 - 1e-9)


def _answers(
    parameters: WaveParameters,
    book: CodeBook,
    units: tuple[str, ...],
    places: tuple[Integers, npt.NDArray[np.bool_], Integers, Integers],
    truth: Truth,
    random: np.random.Generator,
) -> dict[str, Codes]:
    unit, urban, _, _ = places
    rows = len(unit)
    rate = np.array([truth.by_unit[code, "SIPAS"] for code in units])
    room = np.minimum(np.minimum(rate, 1 - rate), abs(parameters.urban_minus_rural))
    gap = np.sign(parameters.urban_minus_rural) * room
    by_stratum = np.where(
        urban, rate[unit] + gap[unit] * (1 - parameters.urban_share), rate[unit] - gap[unit] * parameters.urban_share
    )
    # How far a group of people is from its mean, in quantiles, so that indicators with other rates share it.
    shared = _levels(by_stratum, parameters, places, random)
    used = random.random(rows) < parameters.used_service_share
    answers: dict[str, Codes] = {}
    for question in book.questions:
        scale = book.scale_of(question)
        if scale.satisfied:
            wanted = np.array([truth.by_unit[code, question.indicator_code or "SIPAS"] for code in units])
            # Moved towards 0 or 1 in proportion, which keeps the expectation at the wanted rate.
            up = np.where(wanted > rate, (wanted - rate) / (1 - rate), 0.0)[unit]
            down = np.where(wanted < rate, wanted / rate, 1.0)[unit]
            codes = _rated(shared * down + (1 - shared) * up, random)
        elif question.code == "USED_SERVICE":
            codes = np.where(used, 1, 2).astype(np.int8)
        else:
            first, second = sorted(scale.codes)[:2]
            codes = np.where(random.random(rows) < 0.1, first, second).astype(np.int8)
        if question.code != "USED_SERVICE":
            codes[random.random(rows) < parameters.blank_share] = BLANK
        if question.only_if is not None:
            codes[~used] = NOT_ASKED
        answers[question.code] = codes
    return answers


def _levels(
    mean: Floats,
    parameters: WaveParameters,
    places: tuple[Integers, npt.NDArray[np.bool_], Integers, Integers],
    random: np.random.Generator,
) -> Floats:
    """The respondents' own rates: interviewer, cluster and respondent each vary around the one before."""
    _, urban, cluster, interviewer = places
    # One draw a group and mean: an interviewer works in both strata, which differ in their mean; a cluster in one.
    for groups, icc in ((interviewer * 2 + urban, parameters.icc_interviewer), (cluster, parameters.icc_cluster)):
        of_group = np.zeros(int(groups.max()) + 1)
        of_group[groups] = mean
        mean = _around(of_group, icc, random)[groups]
    return _around(mean, parameters.icc_respondent, random)


def _rated(satisfied_rate: Floats, random: np.random.Generator) -> Codes:
    """Codes 1 to 5: 4 and 5 with the rate, one third of them 5; of the others most are 3."""
    chance = random.random(len(satisfied_rate), dtype=np.float64)
    is_satisfied = chance < satisfied_rate
    inner = np.where(is_satisfied, chance / satisfied_rate, (chance - satisfied_rate) / (1 - satisfied_rate))
    return np.where(
        is_satisfied, np.where(inner < 1 / 3, 5, 4), np.where(inner < 0.6, 3, np.where(inner < 0.9, 2, 1))
    ).astype(np.int8)


def _with_careless(wave: Wave, random: np.random.Generator) -> Wave:
    """Plant what response quality must find; the truth is of the people as they would have answered with care."""
    parameters, rows = wave.parameters, len(wave.unit)
    planted = {
        "straight_lining": random.random(rows) < parameters.straight_liner_share,
        "speeding": random.random(rows) < parameters.speeder_share,
        "impossible_age": random.random(rows) < parameters.impossible_age_share,
        "interviewer_outlier": np.isin(
            wave.interviewer, np.arange(parameters.cheating_interviewers) * 7 + parameters.interviewers_a_unit
        ),
        "duplicate": np.zeros(rows, bool),
    }
    answers = {code: codes.copy() for code, codes in wave.answers.items()}
    same = random.choice([3, 4, 5], rows, p=[0.5, 0.3, 0.2]).astype(np.int8)
    for code, codes in answers.items():
        if wave.book.scale_of(wave.book.question(code)).satisfied:
            careless = planted["straight_lining"] & (codes != NOT_ASKED)
            codes[careless] = same[careless]
            cheated = planted["interviewer_outlier"] & (codes >= 0) & (random.random(rows) < 0.9)
            codes[cheated] = 5
            rushed = planted["speeding"] & (codes >= 0)
            codes[rushed] = random.integers(1, 6, int(rushed.sum()), dtype=np.int8)
    minutes = np.where(planted["speeding"], np.round(random.uniform(2, 6, rows), 1), wave.minutes)
    age = np.where(planted["impossible_age"], random.choice([3, 7, 150, 199], rows), wave.age).astype(np.int32)
    wave = replace(wave, answers=answers, minutes=minutes, age=age, planted=planted)
    return _with_copies(wave, random)


def _with_copies(wave: Wave, random: np.random.Generator) -> Wave:
    """Interviews that repeat the one before them, of the same cluster, day and interviewer."""
    rows = len(wave.unit)
    copies = np.flatnonzero(random.random(rows) < wave.parameters.duplicate_share)
    copies = copies[copies > 0]
    copies = copies[np.diff(copies, prepend=-2) > 1]
    if not len(copies):
        return wave
    origin = np.arange(rows)
    origin[copies] -= 1
    taken: dict[str, Any] = {
        name: getattr(wave, name)[origin] for name in ("unit", "urban", "cluster", "interviewer", "age", "day")
    }
    answers = {code: codes[origin] for code, codes in wave.answers.items()}
    planted = {name: flag[origin] for name, flag in wave.planted.items()}
    planted["duplicate"][copies] = True
    return replace(wave, answers=answers, planted=planted, **taken)
