"""What the synthetic dossier exports of `data/input/dossiers` add up to, so that the stand-in can say the same.

Counted from the files themselves, not from the lake: an agreement that is shown later must not be one of a figure with
itself. Only the calendar of working time is shared with the measures, since both stand for the same law.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb

from ingestion.dossiers import expressions
from ingestion.dossiers.working_time import calendar, working_hours
from warehouse.home import BUNDLED_INPUT_DIR

_NAME = re.compile(r"dossiers_(?P<unit>[a-z_]+)_(?P<month>20\d{2}-\d{2})_synthetic\.csv")
#: The units in the names of the files, and what they are called on the days of the files.
_UNITS = {"hue": "thua_thien_hue", "lao_cai": "lao_cai_2025"}


@dataclass(frozen=True)
class DossierCounts:
    """Of one unit and month: dossiers filed, by way of filing (counter, post, online in full, online in part), paid
    online, and dossiers returned on time and late.
    """

    dossiers: int
    ways: tuple[int, int, int, int]
    paid_online: int
    on_time: int
    late: int


@lru_cache(maxsize=1)
def dossier_counts(folder: Path = BUNDLED_INPUT_DIR / "dossiers") -> dict[tuple[str, str], DossierCounts]:
    """By unit and month; empty where the files are not there."""
    files = [(found, path) for path in sorted(folder.glob("*.csv")) if (found := _NAME.fullmatch(path.name))]
    counts: dict[tuple[str, str], DossierCounts] = {}
    if not files:
        return counts
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            "create table calendar (day date, is_working_day boolean, minutes_before integer, due_until integer)"
        )
        connection.register("days", _calendar_rows())
        connection.execute("insert into calendar by name select * from days")
        for unit in sorted({found["unit"] for found, _ in files}):
            exports = {found["month"]: path for found, path in files if found["unit"] == unit}
            connection.execute(f"create or replace table dossier as {_dossiers(exports)}")
            for month in sorted(exports):
                counts[_UNITS.get(unit, unit), month] = _counted(connection, month)
    return counts


def _calendar_rows() -> object:
    import pyarrow as pa

    days = [day for day in calendar() if date(2025, 1, 1) <= day.day <= date(2026, 12, 31)]
    return pa.table({name: [getattr(day, name) for day in days]
                     for name in ("day", "is_working_day", "minutes_before", "due_until")})  # fmt: skip


def _dossiers(exports: dict[str, Path]) -> str:
    """Each dossier in its latest state: of the latest export, and there of the lowest row."""
    named = {
        "filed_at": "Ngày nộp",
        "due_at": "Ngày hẹn trả",
        "returned_at": "Ngày trả kết quả",
    }
    moments = ", ".join(
        f"""{expressions.in_range(expressions.moment(f'trim("{heading}")'))} as {name}"""
        for name, heading in named.items()
    )
    ways = expressions.word("way_of_filing", 'trim("Hình thức nộp")')
    paid = expressions.word("fee_paid_online", 'trim("Thanh toán trực tuyến")')
    read = " union all ".join(
        f"""(select *, '{month}' as export_month, row_number() over () as row_no
             from read_csv('{path}', header = true, all_varchar = true, delim = ',', quote = '"'))"""
        for month, path in exports.items()
    )
    return f"""
        with cells as ({read}),
        typed as (
            select trim("Mã hồ sơ") as code, export_month, row_no, {moments}, {ways} as way, {paid} as paid from cells
        )
        select * from typed where filed_at is not null and code is not null
        qualify row_number() over (partition by code order by export_month desc, row_no desc) = 1"""


def _position(moment: str, day: str) -> str:
    """SQL of the working minutes before a timestamp; `day` is the alias of its row of the calendar."""
    minute = f"(date_part('hour', {moment}) * 60 + date_part('minute', {moment}))"
    worked = " + ".join(
        f"least(greatest({minute} - {start}, 0), {end - start})" for start, end in working_hours().spans
    )
    return f"({day}.minutes_before + case when {day}.is_working_day then {worked} else 0 end)"


def _due_position(moment: str, day: str) -> str:
    """SQL of where a time limit ends: one without a time, or on a day off, has the whole day."""
    is_whole_day = f"(not {day}.is_working_day or date_trunc('day', {moment}) = {moment})"
    return f"case when {is_whole_day} then {day}.due_until else {_position(moment, day)} end"


def _counted(connection: duckdb.DuckDBPyConnection, month: str) -> DossierCounts:
    due, returned = _due_position("due_at", "d"), _position("returned_at", "r")
    filed = connection.execute(
        """select count(*), count(*) filter (way = 'counter'), count(*) filter (way = 'post'),
                  count(*) filter (way = 'online_full'), count(*) filter (way = 'online_part'), count(*) filter (paid)
           from dossier where strftime(filed_at, '%Y-%m') = $month""",
        {"month": month},
    ).fetchone()
    closed = connection.execute(
        f"""select count(*) filter (not is_late), count(*) filter (is_late)
            from (select {returned} > {due} as is_late from dossier
                  left join calendar as d on d.day = cast(due_at as date)
                  left join calendar as r on r.day = cast(returned_at as date)
                  where strftime(returned_at, '%Y-%m') = $month
                    and (returned_at >= filed_at or (returned_at = date_trunc('day', returned_at)
                         and cast(returned_at as date) = cast(filed_at as date))))""",
        {"month": month},
    ).fetchone()
    assert filed is not None
    assert closed is not None
    return DossierCounts(filed[0], (filed[1], filed[2], filed[3], filed[4]), filed[5], closed[0], closed[1])
