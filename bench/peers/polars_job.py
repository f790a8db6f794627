"""Exports of dossiers to the monthly mart with polars: lazy, streaming."""

import sys
from pathlib import Path

import polars as pl

DATA, OUT = Path(sys.argv[1]), Path(sys.argv[2])
FORMATS = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y", "%d-%m-%Y %H:%M")
RESULT = {"Đang xử lý": "in_progress", "Đã trả kết quả": "returned", "Từ chối": "refused", "Rút hồ sơ": "withdrawn"}
DONE = ("returned", "refused", "withdrawn")


def moment(name: str) -> pl.Expr:
    text = pl.col(name)
    serial = (text.cast(pl.Float64, strict=False) * 86400).round().cast(pl.Int64)
    parsed = [text.str.to_datetime(form, strict=False, time_unit="us") for form in FORMATS]
    return pl.coalesce(*parsed, pl.datetime(1899, 12, 30) + pl.duration(seconds=serial))


def position(name: str, day: str) -> pl.Expr:
    minute = pl.col(name).dt.hour().cast(pl.Int32) * 60 + pl.col(name).dt.minute()
    worked = (minute - 450).clip(0, 240) + (minute - 810).clip(0, 210)
    return pl.col(f"{day}_before") + pl.when(pl.col(f"{day}_works")).then(worked).otherwise(0)


def read() -> pl.LazyFrame:
    files = [
        pl.scan_csv(path, infer_schema=False)
        .with_row_index("row")
        .with_columns(export_month=pl.lit(f"{path.stem.split('_')[2]}-01").str.to_date())
        for path in sorted(DATA.glob("exports/*.csv"))
    ]
    return pl.concat(files).select(
        "row", "export_month",
        dossier_id="Mã hồ sơ", unit_name="Đơn vị",
        filed_at=moment("Ngày nộp"), due_at=moment("Ngày hẹn trả"), returned_at=moment("Ngày trả kết quả"),
        is_online=pl.col("Hình thức nộp") == "Trực tuyến toàn trình",
        result=pl.col("Kết quả").replace_strict(RESULT, default=None),
        rating=pl.col("Đánh giá").cast(pl.Int64, strict=False),
    )  # fmt: skip


def latest_states(calendar: pl.LazyFrame, units: pl.LazyFrame) -> pl.LazyFrame:
    rows = read().filter(pl.col("filed_at").is_not_null() & pl.col("dossier_id").is_not_null())
    rows = rows.sort("export_month", "row").unique(["unit_name", "dossier_id"], keep="last").join(units, on="unit_name")
    for name in ("filed_at", "due_at", "returned_at"):
        days = calendar.select(
            pl.col("day").alias(f"{name}_day"), pl.col("is_working_day").alias(f"{name}_works"),
            pl.col("minutes_before").alias(f"{name}_before"), pl.col("due_until").alias(f"{name}_until"),
        )  # fmt: skip
        rows = rows.with_columns(pl.col(name).dt.date().alias(f"{name}_day")).join(days, on=f"{name}_day", how="left")
    whole_day = ~pl.col("due_at_works") | (pl.col("due_at").dt.truncate("1d") == pl.col("due_at"))
    due = pl.when(whole_day).then("due_at_until").otherwise(position("due_at", "due_at"))
    returned, filed = position("returned_at", "returned_at"), position("filed_at", "filed_at")
    in_order = (pl.col("returned_at") >= pl.col("filed_at")) | (
        (pl.col("returned_at").dt.truncate("1d") == pl.col("returned_at"))
        & (pl.col("returned_at_day") == pl.col("filed_at_day"))
    )
    filed_month = pl.col("filed_at_day").dt.truncate("1mo")
    closed = pl.when(pl.col("returned_at").is_not_null()).then(pl.col("returned_at_day").dt.truncate("1mo"))
    closed = closed.when(pl.col("result").is_in(DONE)).then("export_month")
    return rows.with_columns(
        filed_month=filed_month,
        closed_month=pl.when(closed.is_not_null()).then(pl.max_horizontal(closed, filed_month)),
        minutes=pl.when(in_order).then((returned - filed).clip(0)),
        is_late=pl.when(in_order).then(returned > due),
    ).select("unit_code", "filed_month", "closed_month", "minutes", "is_late", "is_online", "rating", "returned_at")


def main() -> None:
    calendar = pl.scan_csv(DATA / "calendar.csv", try_parse_dates=True)
    units = pl.scan_csv(DATA / "unit.csv")
    state = latest_states(calendar, units).collect(engine="streaming")
    months = read().join(units, on="unit_name").select("unit_code", data_month="export_month").unique().collect()
    filed = state.group_by("unit_code", data_month="filed_month").agg(
        dossiers=pl.len(), online_end_to_end=pl.col("is_online").sum()
    )
    closed = state.filter(pl.col("closed_month").is_not_null()).group_by("unit_code", data_month="closed_month").agg(
        returned=pl.col("returned_at").is_not_null().sum(),
        returned_on_time=(~pl.col("is_late")).sum(), returned_late=pl.col("is_late").sum(),
        median_working_minutes=pl.col("minutes").quantile(0.5, "lower").cast(pl.Int64),
        ratings=pl.col("rating").count(), rating_sum=pl.col("rating").sum(),
    )  # fmt: skip
    open_months = state.group_by("unit_code", "filed_month", "closed_month").len("times").join(months, on="unit_code")
    is_open = pl.col("closed_month").is_null() | (pl.col("closed_month") > pl.col("data_month"))
    backlog = open_months.filter((pl.col("filed_month") <= pl.col("data_month")) & is_open).group_by(
        "unit_code", "data_month"
    ).agg(backlog=pl.col("times").sum())  # fmt: skip
    key = ["unit_code", "data_month"]
    mart = months.join(filed, on=key, how="left").join(closed, on=key, how="left").join(backlog, on=key, how="left")
    mart.with_columns(pl.exclude(*key, "median_working_minutes").fill_null(0)).write_csv(OUT / "dossier_month.csv")


main()
