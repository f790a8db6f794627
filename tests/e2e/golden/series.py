"""Values on both maps and their changes, computed with polars from figures alone."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tests.e2e.golden.methodology import Methodology, breaks, read

KEY = ["unit_code", "indicator_code", "data_year", "boundary"]
_COMMON_DAY = "2025-07-01"


def predecessors(folder: Path) -> pl.DataFrame:
    """Each province of the common map with every unit it is made of, itself included: target, source, weight."""
    units = [row for row in read(folder, "unit") if row["unit_type"] == "province"]
    lineage: dict[str, list[tuple[str, float]]] = {}
    for row in read(folder, "unit_lineage"):
        lineage.setdefault(row["successor_code"], []).append((row["predecessor_code"], float(row["weight"])))
    rows = []
    for unit in units:
        if (unit["valid_from"] or "0") <= _COMMON_DAY <= (unit["valid_to"] or "9"):
            waiting = [(unit["unit_code"], 1.0)]
            while waiting:
                code, weight = waiting.pop()
                rows.append((unit["unit_code"], code, weight))
                waiting += [(older, weight * share) for older, share in lineage.get(code, [])]
    return pl.DataFrame(rows, ["target", "unit_code", "weight"], orient="row")


def on_both_maps(values: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """`values` (unit_code, unit_type, indicator_code, data_year, value) as published and carried to the common map.

    A province of the common map has a value where its predecessors with one weigh 1 together, else a row without.
    """
    published = values.with_columns(boundary=pl.lit("published"))
    carried = (
        values.filter(pl.col("value").is_not_null() & (pl.col("unit_type") == "province"))
        .join(predecessors(folder), on="unit_code")
        .group_by("target", "indicator_code", "data_year")
        .agg(
            weight=pl.col("weight").sum(),
            value=(pl.col("value") * pl.col("weight")).sum(),
        )
        .select(
            unit_code="target",
            unit_type=pl.lit("province"),
            indicator_code="indicator_code",
            data_year="data_year",
            value=pl.when((pl.col("weight") - 1).abs() < 1e-6).then("value"),
            boundary=pl.lit("2025"),
        )
    )
    return pl.concat([published, carried.select(published.columns)])


def with_ranks(values: pl.DataFrame, units_on_map: int) -> pl.DataFrame:
    """Places on the common map, best first, ties sharing; none where fewer than 60 % of the map have a value."""
    group = ["indicator_code", "data_year"]
    return (
        values.filter((pl.col("boundary") == "2025") & pl.col("value").is_not_null())
        .with_columns(rank=pl.col("value").rank("min", descending=True).over(group), population=pl.len().over(group))
        .filter(pl.col("population") >= 0.6 * units_on_map)
        .select(*KEY, "rank")
    )


def year_over_year(
    values: pl.DataFrame, methodology: Methodology, detected: list[tuple[str, int]], folder: Path
) -> pl.DataFrame:
    """Every row of metric_yoy: previous value, change, reason, change of the share of the maximum."""
    years = range(int(values["data_year"].min()), int(values["data_year"].max()) + 1)  # type: ignore[arg-type]
    reasons, remapped = breaks(methodology, detected, years)
    formed = {
        row["unit_code"]: int(row["valid_from"][:4])
        for row in read(folder, "unit")
        if row["valid_from"] and row["unit_code"] in {line["successor_code"] for line in read(folder, "unit_lineage")}
    }
    before = values.select(*KEY, previous_value="value").with_columns(pl.col("data_year") + 1)
    paired = values.join(before, on=KEY, how="left")

    def judge(row: dict[str, object]) -> dict[str, object]:
        key = (row["indicator_code"], row["data_year"])
        reason, beyond_scale = reasons.get(key, (None, False))  # type: ignore[call-overload]
        is_new = (
            row["boundary"] == "published"
            and row["previous_value"] is None
            and formed.get(str(row["unit_code"]), 0) > int(str(row["data_year"])) - 1
        )
        if is_new or (key in remapped and row["unit_type"] in {"national", "region"}):
            reason = "boundary_changed"
        elif reason is None and (row["value"] is None or row["previous_value"] is None):
            reason = "previous_missing"
        now, was = (methodology.maximum(str(key[0]), int(str(key[1])) - back) for back in (0, 1))
        return {"reason": reason, "pct_compares": reason is None or (reason == "scale_changed" and not beyond_scale),
                "max_now": now, "max_before": was}  # fmt: skip

    judged = pl.DataFrame(
        [judge(row) for row in paired.iter_rows(named=True)],
        schema={"reason": pl.String, "pct_compares": pl.Boolean, "max_now": pl.Float64, "max_before": pl.Float64},
    )
    difference = pl.col("value") - pl.col("previous_value")
    points = (pl.col("value") / pl.col("max_now") - pl.col("previous_value") / pl.col("max_before")) * 100
    return paired.hstack(judged).with_columns(
        change=pl.when(pl.col("reason").is_null()).then(difference),
        points=pl.when(pl.col("pct_compares")).then(points),
    )
