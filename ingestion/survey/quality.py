"""Response quality of a wave: flags a respondent can have, exclusion by rule, and what exclusion does to the result.

Thresholds are the code book's. A flag is a reason to look; only the rules the code book lists in `excludes` leave a
respondent out of estimates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import false_discovery_control, norm

from ingestion.survey.answers import NO_CODE, Codes, Flags
from ingestion.survey.codebook import CodeBook, QualityRules
from ingestion.survey.respondents import Respondents

RULES = ("straight_lining", "speeding", "duplicate", "impossible_age", "interviewer_outlier")


@dataclass(frozen=True)
class Interviewer:
    """An interviewer beside the others: the share satisfied among their interviews, and how unusual it is."""

    interviewer_key: str
    interviews: int
    satisfied_share: float
    robust_z: float
    is_outlier: bool


@dataclass(frozen=True)
class Quality:
    """The flags by rule, who is left out and why (`;` between reasons), and the interviewers."""

    flags: Mapping[str, Flags]
    is_excluded: Flags
    reasons: pl.Series
    interviewers: tuple[Interviewer, ...]


def judge(respondents: Respondents, answers: Mapping[str, Codes], book: CodeBook) -> Quality:
    """Flag the respondents. `answers`: the codes of every question, NO_CODE where there is none."""
    rules = book.quality
    rated = [code for code in answers if book.scale_of(book.question(code)).satisfied]
    matrix = (
        np.stack([answers[code] for code in rated], axis=1) if rated else np.empty((len(respondents.age), 0), np.int8)
    )
    whole = np.stack(list(answers.values()), axis=1) if answers else matrix
    outlying, interviewers = _interviewer_outliers(respondents, matrix, rated, book)
    flags = {
        "straight_lining": straight_lining(matrix, rules.straight_lining_min_items),
        "speeding": speeding(respondents.minutes, rules.speeding_share_of_median),
        "duplicate": _duplicates(respondents, whole, rules) | _repeated_numbers(respondents),
        "impossible_age": (respondents.age < rules.age_min) | (respondents.age > rules.age_max),
        "interviewer_outlier": outlying,
    }
    reasons = {name: flags[name] for name in RULES if name in rules.excludes}
    for name in ("unit_unresolved", "unit_missing", "weight_invalid"):
        rows = [row for row, _, _, _, rule in respondents.set_aside if rule == name]
        at = np.zeros(len(respondents.age), bool)
        at[rows] = True
        reasons[name] = at
    excluded = np.logical_or.reduce(list(reasons.values()))
    return Quality(flags, excluded, _reasons(reasons), interviewers)


def straight_lining(matrix: Codes, min_items: int) -> Flags:
    """Who gave one and the same answer to all the rated items they answered, at least `min_items` of them."""
    answered = matrix != NO_CODE
    lowest = np.where(answered, matrix, 127).min(axis=1, initial=127)
    highest = np.where(answered, matrix, -127).max(axis=1, initial=-127)
    return np.asarray((answered.sum(axis=1) >= min_items) & (lowest == highest))


def speeding(minutes: npt.NDArray[np.float64], share: float) -> Flags:
    """Who took less than `share` of the median time."""
    if np.isnan(minutes).all():
        return np.zeros(minutes.shape, bool)
    return minutes < share * np.nanmedian(minutes)


def _duplicates(respondents: Respondents, matrix: Codes, rules: QualityRules) -> Flags:
    """Interviews that repeat an earlier one: every answer the same, on one day, by one interviewer."""
    rows, width = matrix.shape
    factors = np.random.default_rng(20190101).integers(1, 2**63, size=max(width, 1), dtype=np.uint64) | np.uint64(1)
    digest = np.zeros(rows, np.uint64)
    for place in range(width):
        digest += (matrix[:, place].astype(np.int64).astype(np.uint64) + np.uint64(131)) * factors[place]
    frame = pl.DataFrame(
        {
            "digest": digest,
            "day": respondents.day,
            "interviewer": respondents.frame["interviewer_key"],
            "unit": respondents.frame["unit_code"],
            "cluster": respondents.frame["cluster"],
            "age": respondents.age,
        }
    )
    enough = (matrix != NO_CODE).sum(axis=1) >= rules.duplicate_min_items
    first = frame.select(pl.struct(pl.all()).is_first_distinct()).to_series().to_numpy()
    known = (frame["day"].is_not_null() & frame["interviewer"].is_not_null()).to_numpy()
    return np.asarray(enough & ~first & known)


def _repeated_numbers(respondents: Respondents) -> Flags:
    flags = np.zeros(len(respondents.age), bool)
    flags[[row for row, _, _, _, rule in respondents.set_aside if rule == "respondent_id_repeated"]] = True
    return flags


def _interviewer_outliers(
    respondents: Respondents, matrix: Codes, rated: list[str], book: CodeBook
) -> tuple[Flags, tuple[Interviewer, ...]]:
    """Interviewers whose satisfied share is far from that of the others: robust z by median and MAD, then FDR."""
    rules = book.quality
    nobody = np.zeros(matrix.shape[0], bool)
    if not rated or respondents.frame["interviewer_key"].null_count() == matrix.shape[0]:
        return nobody, ()
    satisfied = np.zeros(matrix.shape[0])
    for place, code in enumerate(rated):
        satisfied += np.isin(matrix[:, place], book.scale_of(book.question(code)).satisfied)
    asked = (matrix != NO_CODE).sum(axis=1)
    by_key = (
        pl.DataFrame(
            {
                "key": respondents.frame["interviewer_key"],
                "unit": respondents.frame["unit_code"],
                "satisfied": satisfied,
                "asked": asked,
            }
        )
        .drop_nulls("key")
        .group_by("key")
        .agg(
            pl.len().alias("interviews"), pl.col("unit").mode().min(), pl.col("satisfied").sum(), pl.col("asked").sum()
        )
        .filter((pl.col("interviews") >= rules.interviewer_min_interviews) & (pl.col("asked") > 0))
        .with_columns((pl.col("satisfied") / pl.col("asked")).alias("share"))
        .with_columns((pl.col("share") - pl.col("share").median().over("unit")).alias("beside_others"))
        .sort("key")
    )
    shares = by_key["share"].to_numpy()
    if len(shares) < 5:
        return nobody, ()
    # Beside the others of the province: provinces differ for reasons that are not the interviewers'.
    beside = by_key["beside_others"].to_numpy()
    spread = 1.4826 * np.median(np.abs(beside))
    z = beside / spread if spread > 0 else np.zeros_like(beside)
    outlying = false_discovery_control(2 * norm.sf(np.abs(z))) <= rules.interviewer_fdr
    listed = tuple(
        Interviewer(str(key), int(count), float(share), float(score), bool(is_out))
        for key, count, share, score, is_out in zip(
            by_key["key"], by_key["interviews"], shares, z, outlying, strict=True
        )
    )
    keys = [item.interviewer_key for item in listed if item.is_outlier]
    return respondents.frame["interviewer_key"].is_in(keys).fill_null(False).to_numpy(), listed


def _reasons(reasons: Mapping[str, Flags]) -> pl.Series:
    columns = [pl.when(pl.Series(name, flag)).then(pl.lit(name)) for name, flag in reasons.items()]
    joined = pl.select(pl.concat_str(columns, separator=";", ignore_nulls=True)).to_series()
    return joined.replace({"": None})


def effect_of_exclusion(
    respondents: Respondents, answers: Mapping[str, Codes], quality: Quality, book: CodeBook
) -> list[dict[str, Any]]:
    """The weighted share satisfied by indicator: of everybody, without the respondents of each rule, without all."""
    weight = respondents.frame["weight"].fill_null(0.0).to_numpy()
    groups: dict[str, list[str]] = {}
    for code in answers:
        question = book.question(code)
        if question.indicator_code and book.scale_of(question).satisfied:
            groups.setdefault(question.indicator_code, []).append(code)
    rules = {name: quality.flags[name] for name in RULES if name in book.quality.excludes}
    rows = []
    for indicator, codes in sorted(groups.items()):
        before = _share(codes, answers, weight, book, None)
        row: dict[str, Any] = {"indicator_code": indicator, "questions": len(codes), "share_of_all": before}
        row["share_without"] = {name: _share(codes, answers, weight, book, flag) for name, flag in rules.items()}
        after = _share(codes, answers, weight, book, quality.is_excluded)
        row["share_after_exclusion"] = after
        row["change_in_points"] = None if before is None or after is None else 100 * (after - before)
        rows.append(row)
    return rows


def _share(
    codes: list[str],
    answers: Mapping[str, Codes],
    weight: npt.NDArray[np.float64],
    book: CodeBook,
    without: Flags | None,
) -> float | None:
    kept = weight if without is None else np.where(without, 0.0, weight)
    satisfied = total = 0.0
    for code in codes:
        scale = book.scale_of(book.question(code))
        answered = answers[code] != NO_CODE
        satisfied += float(kept[np.isin(answers[code], scale.satisfied)].sum())
        total += float(kept[answered].sum())
    return satisfied / total if total else None
