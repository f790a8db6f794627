"""The estimates of one wave as they may leave the lake: intervals worked out, small cells emptied."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from ingestion.survey.codebook import CodeBook
from ingestion.survey.estimates.cells import NATIONAL, wave_cells
from ingestion.survey.estimates.intervals import uncertainty
from ingestion.survey.estimates.privacy import withhold
from warehouse.home import REFERENCE_DIR

#: What is emptied where a cell is withheld: everything from which it could be worked out.
MEASURED = (
    "share_pct", "standard_error_points", "ci_low_pct", "ci_high_pct", "mean_points", "mean_standard_error",
    "design_effect", "effective_size", "degrees_of_freedom", "respondents", "answers", "clusters", "strata",
)  # fmt: skip


@lru_cache(maxsize=1)
def minimum_respondents() -> int:
    """The smallest number of respondents of a published cell (`data/reference/survey/settings.yaml`)."""
    settings: dict[str, Any] = yaml.safe_load((REFERENCE_DIR / "survey" / "settings.yaml").read_text("utf-8"))
    return int(settings["minimum_respondents"])


@lru_cache(maxsize=8)
def provinces_of(data_year: int) -> frozenset[str]:
    """The provinces there were on 31 December of the year: a wave that asked fewer says nothing of the country."""
    day = date(data_year, 12, 31).isoformat()
    with (REFERENCE_DIR / "unit.csv").open(encoding="utf-8", newline="") as reading:
        return frozenset(
            row["unit_code"]
            for row in csv.DictReader(reading)
            if row["unit_type"] == "province" and row["valid_from"] <= day <= (row["valid_to"] or "9999-12-31")
        )


def wave_estimates(folder: Path, manifest: Mapping[str, Any], book: CodeBook) -> pl.DataFrame:
    """One row a cell: key, MEASURED (null where withheld), `withheld_reason` (`small`, `complementary` or null)."""
    indicators: dict[str, list[str]] = {}
    points = {}
    for question in book.questions:
        scale = book.scale_of(question)
        if question.indicator_code is None or not scale.satisfied:
            continue
        indicators.setdefault(question.indicator_code, []).append(question.code)
        lowest, highest = min(scale.codes), max(scale.codes)
        points[question.code] = (1, 0) if scale.direction != "lower_is_better" else (-1, lowest + highest)
    units = set(pl.scan_parquet(folder / "respondents.parquet").select("unit_code").unique().collect()["unit_code"])
    is_national = provinces_of(int(manifest["data_year"])) <= units
    cells = pl.from_arrow(
        wave_cells(folder, {code: tuple(of) for code, of in indicators.items()}, points, is_national=is_national)
    )
    assert isinstance(cells, pl.DataFrame)
    described = _described(cells, indicators)
    return described.with_columns(
        wave_id=pl.lit(manifest["wave_id"]),
        data_year=pl.lit(int(manifest["data_year"]), pl.Int32),
        code_book=pl.lit(manifest["code_book"]),
        is_synthetic=pl.lit(bool(manifest["is_synthetic"])),
        source_document_id=pl.lit(manifest["source_document_id"]),
    ).sort("measure_code", "unit_code", "breakdown", "category")


def _described(cells: pl.DataFrame, indicators: Mapping[str, list[str]]) -> pl.DataFrame:
    found = uncertainty(
        cells["share"].to_numpy(),
        cells["share_variance"].to_numpy(),
        cells["answers"].cast(pl.Float64).to_numpy(),
        cells["respondents"].cast(pl.Float64).to_numpy(),
        (cells["clusters"] - cells["strata"]).cast(pl.Float64).to_numpy(),
    )
    parent = {question: code for code, questions in indicators.items() for question in questions}
    whole = cells.with_columns(
        indicator_code=pl.col("measure_code").replace_strict(parent, default=pl.col("measure_code")),
        measure_kind=pl.when(pl.col("measure_code").is_in(list(parent)))
        .then(pl.lit("question"))
        .otherwise(pl.lit("indicator")),
        share_pct=100 * pl.col("share"),
        standard_error_points=100 * pl.Series(found.standard_error),
        ci_low_pct=100 * pl.Series(found.low),
        ci_high_pct=100 * pl.Series(found.high),
        mean_points=pl.col("mean"),
        mean_standard_error=pl.col("mean_variance").sqrt(),
        design_effect=pl.Series(found.design_effect).fill_nan(None),
        effective_size=pl.Series(found.effective_size),
        degrees_of_freedom=pl.Series(found.degrees_of_freedom),
    )
    withheld = pl.concat([_withheld(group) for _, group in whole.group_by("indicator_code", maintain_order=True)])
    key = ["indicator_code", "unit_code", "breakdown", "category"]
    marked = whole.join(withheld, on=key, how="left")
    open_cells = pl.col("withheld_reason").is_null()
    return marked.with_columns(pl.when(open_cells).then(pl.col(name)).alias(name) for name in MEASURED).select(
        "unit_code", "measure_code", "measure_kind", "indicator_code", "breakdown", "category", *MEASURED,
        "withheld_reason",
    )  # fmt: skip


def _withheld(group: pl.DataFrame) -> pl.DataFrame:
    """Which cells of an indicator and its questions are withheld: the smallest of them decides for all."""
    key = ["indicator_code", "unit_code", "breakdown", "category"]
    smallest = group.group_by(key, maintain_order=True).agg(pl.col("respondents").min())
    cells = {(unit, breakdown, category): size for _, unit, breakdown, category, size in smallest.iter_rows()}
    found = withhold(cells, minimum_respondents(), NATIONAL)
    reasons = [
        "small" if cell in found.small else "complementary" if cell in found.complementary else None for cell in cells
    ]
    return smallest.select(key).with_columns(withheld_reason=pl.Series(reasons, dtype=pl.String))
