"""Exports of dossiers to the monthly mart with pandas, as a script of an analyst: file by file, then all states."""

import sys
from pathlib import Path

import pandas as pd

DATA, OUT = Path(sys.argv[1]), Path(sys.argv[2])
FORMATS = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y", "%d-%m-%Y %H:%M")
RESULT = {"Đang xử lý": "in_progress", "Đã trả kết quả": "returned", "Từ chối": "refused", "Rút hồ sơ": "withdrawn"}
COLUMNS = ["Mã hồ sơ", "Đơn vị", "Ngày nộp", "Ngày hẹn trả", "Ngày trả kết quả", "Hình thức nộp", "Kết quả",
           "Đánh giá"]  # fmt: skip
KEY = ["unit_code", "data_month"]


def moment(text: pd.Series) -> pd.Series:
    found = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    for form in FORMATS:
        rest = text.notna() & found.isna()
        found[rest] = pd.to_datetime(text[rest], format=form, errors="coerce").astype("datetime64[us]")
    rest = text.notna() & found.isna()
    seconds = (pd.to_numeric(text[rest], errors="coerce") * 86400).round()
    found[rest] = (pd.Timestamp("1899-12-30") + pd.to_timedelta(seconds, unit="s")).astype("datetime64[us]")
    return found


def read(path: Path) -> pd.DataFrame:
    raw = pd.read_csv(path, dtype=str, usecols=COLUMNS)
    rows = pd.DataFrame(
        {
            "dossier_id": raw["Mã hồ sơ"],
            "unit_name": raw["Đơn vị"].astype("category"),
            "filed_at": moment(raw["Ngày nộp"]),
            "due_at": moment(raw["Ngày hẹn trả"]),
            "returned_at": moment(raw["Ngày trả kết quả"]),
            "is_online": raw["Hình thức nộp"] == "Trực tuyến toàn trình",
            "result": raw["Kết quả"].map(RESULT).astype("category"),
            "rating": pd.to_numeric(raw["Đánh giá"], errors="coerce"),
            "export_month": pd.Timestamp(f"{path.stem.split('_')[2]}-01"),
        }
    )
    return rows[rows["filed_at"].notna() & rows["dossier_id"].notna()]


def position(moments: pd.Series, days: pd.DataFrame) -> pd.Series:
    minute = moments.dt.hour * 60 + moments.dt.minute
    worked = (minute - 450).clip(0, 240) + (minute - 810).clip(0, 210)
    return days["minutes_before"] + worked.where(days["is_working_day"] == True, 0)  # noqa: E712


def calendar_of(moments: pd.Series, calendar: pd.DataFrame) -> pd.DataFrame:
    return calendar.reindex(moments.dt.normalize()).set_axis(moments.index)


def month(moments: pd.Series) -> pd.Series:
    return moments.dt.to_period("M").dt.to_timestamp()


def main() -> None:
    calendar = pd.read_csv(DATA / "calendar.csv", parse_dates=["day"]).set_index("day")
    units = pd.read_csv(DATA / "unit.csv").set_index("unit_name")["unit_code"]
    rows = pd.concat([read(path) for path in sorted(DATA.glob("exports/*.csv"))], ignore_index=True)
    rows["unit_code"] = rows["unit_name"].map(units)
    covered = rows[["unit_code", "export_month"]].drop_duplicates().set_axis(KEY, axis=1)
    # Rows of a file stand in order, and the sort keeps it.
    rows = rows.sort_values("export_month", kind="stable").drop_duplicates(["unit_code", "dossier_id"], keep="last")

    filed, due, returned = rows["filed_at"], rows["due_at"], rows["returned_at"]
    due_days = calendar_of(due, calendar)
    due_position = position(due, due_days)
    whole_day = (due_days["is_working_day"] == False) | (due == due.dt.normalize())  # noqa: E712
    due_position = due_position.mask(whole_day, due_days["due_until"])
    returned_position = position(returned, calendar_of(returned, calendar))
    is_date_only = (returned == returned.dt.normalize()) & (returned == filed.dt.normalize())
    in_order = (returned >= filed) | is_date_only
    rows["filed_month"] = month(filed)
    done = rows["result"].isin(["returned", "refused", "withdrawn"])
    closed = month(returned).where(returned.notna(), rows["export_month"].where(done))
    rows["closed_month"] = closed.where(closed.isna() | (closed >= rows["filed_month"]), rows["filed_month"])
    spent = (returned_position - position(filed, calendar_of(filed, calendar))).clip(lower=0)
    rows["minutes"] = spent.where(in_order)
    judged = in_order & due_position.notna()
    rows["is_late"] = judged & (returned_position > due_position)
    rows["is_on_time"] = judged & (returned_position <= due_position)
    rows["is_returned"] = returned.notna()

    mart = covered.set_index(KEY)
    by_filing = rows.rename(columns={"filed_month": "data_month"}).groupby(KEY, observed=True)
    mart = mart.join(by_filing.agg(dossiers=("dossier_id", "size"), online_end_to_end=("is_online", "sum")))
    by_closing = rows.rename(columns={"closed_month": "data_month"}).groupby(KEY, observed=True)
    mart = mart.join(
        by_closing.agg(
            returned=("is_returned", "sum"), returned_on_time=("is_on_time", "sum"), returned_late=("is_late", "sum"),
            ratings=("rating", "count"), rating_sum=("rating", "sum"),
        )
    )  # fmt: skip
    mart["median_working_minutes"] = by_closing["minutes"].quantile(0.5, interpolation="lower")
    mart["backlog"] = 0
    for unit, at in mart.index:
        later = rows["closed_month"].isna() | (rows["closed_month"] > at)
        mart.loc[(unit, at), "backlog"] = ((rows["unit_code"] == unit) & (rows["filed_month"] <= at) & later).sum()
    counts = mart.columns.drop("median_working_minutes")
    mart[counts] = mart[counts].fillna(0).astype("int64")
    mart.reset_index().to_csv(OUT / "dossier_month.csv", index=False, date_format="%Y-%m-%d")


main()
