"""The same year-over-year marts in polars and pandas: as a person fluent in either would write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_KEY = ["unit_code", "indicator_code", "boundary", "data_year"]
_CARRIED = [
    "value",
    "value_pct",
    "rank",
    "rank_out_of",
    "geography_version",
    "figure_status",
    "has_conflict",
    "is_synthetic",
]


def polars_lag(folder: Path) -> dict[str, Any]:
    """The bare lag, streaming."""
    import polars as pl

    facts = pl.scan_parquet(folder / "int_indicator_value.parquet").select(
        "unit_code", "indicator_code", "data_year", "value"
    )
    before = pl.col("value").shift(1).over("unit_code", "indicator_code", order_by="data_year")
    facts.with_columns(previous=before, change=pl.col("value") - before).select(pl.all().count()).collect(
        engine="streaming"
    )
    return {}


def polars_mart(folder: Path) -> dict[str, Any]:
    """Comparability and lineage included; the year before by a join, which polars streams better than a window."""
    import polars as pl

    facts = pl.scan_parquet(folder / "int_indicator_value.parquet")
    breaks = pl.scan_parquet(folder / "int_indicator_break.parquet").select(
        "indicator_code", "reason", "is_beyond_scale", "text_vi", "text_en", data_year="first_year"
    )
    formed = pl.scan_parquet(folder / "int_unit_formation.parquet").select("unit_code", "formed_on", "predecessors_en")
    before = facts.select(*_KEY, *(pl.col(name).alias(f"previous_{name}") for name in _CARRIED)).with_columns(
        pl.col("data_year") + 1
    )
    both = pl.col("value").is_not_null() & pl.col("previous_value").is_not_null()
    is_new = (pl.col("previous_value").is_null() & (pl.col("formed_on").dt.year() > pl.col("data_year") - 1)).fill_null(
        value=False
    )
    reason = (
        pl.when(is_new).then(pl.lit("boundary_changed"))
        .when(pl.col("reason").is_not_null()).then("reason")
        .when(~both).then(pl.lit("previous_missing"))
    )  # fmt: skip
    comparable = pl.col("not_comparable_reason").is_null()
    same_map = pl.col("rank_out_of") == pl.col("previous_rank_out_of")
    scale_only = (pl.col("not_comparable_reason") == "scale_changed") & ~pl.col("is_beyond_scale")
    text = (
        pl.when(comparable).then(None)
        .when(pl.col("not_comparable_reason") == "boundary_changed").then(pl.col("predecessors_en"))
        .when(pl.col("reason").is_not_null()).then(pl.col("text_en"))
        .otherwise(pl.concat_str(pl.lit("There is no value for "), (pl.col("data_year") - 1).cast(pl.String)))
    )  # fmt: skip
    mart = (
        facts.join(before, on=_KEY, how="left")
        .join(breaks, on=["indicator_code", "data_year"], how="left")
        .join(formed, on="unit_code", how="left")
        .with_columns(not_comparable_reason=reason)
        .with_columns(
            change=pl.when(comparable).then(pl.col("value") - pl.col("previous_value")),
            change_pct=pl.when(comparable).then((pl.col("value") / pl.col("previous_value") - 1) * 100),
            rank_change=pl.when(comparable & same_map).then(pl.col("previous_rank") - pl.col("rank")),
            points=pl.when(comparable | scale_only).then(pl.col("value_pct") - pl.col("previous_value_pct")),
            reason_text_en=text,
        )
    )
    row = mart.select(
        pl.all().count(), sum_change=pl.col("change").sum(), sum_rank_change=pl.col("rank_change").cast(pl.Int64).sum()
    ).collect(engine="streaming")
    return {
        "change": row["sum_change"][0],
        "reasons": row["not_comparable_reason"][0],
        "rank_change": row["sum_rank_change"][0],
    }


def pandas_mart(folder: Path) -> dict[str, Any]:
    """The first rows of the same file: a frame of them all does not fit."""
    import pandas as pd
    import pyarrow.dataset as ds

    from bench.yoy import PANDAS_ROWS

    facts = ds.dataset(folder / "int_indicator_value.parquet").head(PANDAS_ROWS).to_pandas()
    breaks = pd.read_parquet(folder / "int_indicator_break.parquet").rename(columns={"first_year": "data_year"})
    formed = pd.read_parquet(folder / "int_unit_formation.parquet")
    before = facts[[*_KEY, *_CARRIED]].rename(columns={name: f"previous_{name}" for name in _CARRIED})
    before["data_year"] += 1
    mart = (
        facts.merge(before, on=_KEY, how="left")
        .merge(breaks[["indicator_code", "data_year", "reason"]], on=["indicator_code", "data_year"], how="left")
        .merge(formed[["unit_code", "formed_on"]], on="unit_code", how="left")
    )
    missing = mart["value"].isna() | mart["previous_value"].isna()
    is_new = mart["previous_value"].isna() & (pd.to_datetime(mart["formed_on"]).dt.year > mart["data_year"] - 1)
    mart["not_comparable_reason"] = mart["reason"].mask(mart["reason"].isna() & missing, "previous_missing")
    mart.loc[is_new, "not_comparable_reason"] = "boundary_changed"
    comparable = mart["not_comparable_reason"].isna()
    mart["change"] = (mart["value"] - mart["previous_value"]).where(comparable)
    mart["change_pct"] = (mart["change"] / mart["previous_value"] * 100).where(comparable)
    mart["rank_change"] = (mart["previous_rank"] - mart["rank"]).where(comparable)
    return {"rows": len(mart), "change": float(mart["change"].sum())}
