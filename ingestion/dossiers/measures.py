"""Measures by month, computed in SQL from the lake, one unit after the other.

Medians and percentiles do not add up, so they are computed at each level that is published: the unit, and the unit's
fields. They come from counts by working minutes, so that memory does not grow with the number of dossiers.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from ingestion.dossiers.reading import MEMORY
from ingestion.dossiers.units import UnitsOnDays
from ingestion.dossiers.working_time import (
    calendar,
    due_position_sql,
    measure_version,
    position_sql,
    working_hours,
)
from warehouse.dossier_tables import measured_documents, write_months
from warehouse.home import Home
from warehouse.lake import dossier_store, rows_of_unit
from warehouse.lake_manifest import read_version

_KEY = "unit_code, data_month, is_synthetic, breakdown, field"
#: A dossier with one of these results is done, also where its date of return is missing.
_DONE = "('returned', 'refused', 'withdrawn')"


def measure(home: Home) -> dict[str, Any]:
    """Compute the months of the units whose exports, calendar or formula changed, and write them."""
    started = time.monotonic()
    store = dossier_store(home)
    lake = read_version(store)
    manifest = lake.documents
    version = measure_version()
    present = {document: (entry["reading_version"], version) for document, entry in manifest.items()}
    measured = measured_documents(home)
    if present == measured:
        return {"units": [], "months": 0, "outcome": "unchanged", "seconds": time.monotonic() - started}
    changed = {document for document, versions in present.items() if measured.get(document) != versions}
    units = sorted({part[2] for document in changed for part in manifest[document]["partitions"]})
    scratch = home.build / "dossier_measures"
    scratch.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"memory_limit": MEMORY, "threads": 2})
    try:
        connection.execute(f"set temp_directory = '{scratch}'")
        connection.execute("set preserve_insertion_order = false")
        days = _calendar_table()
        connection.register("calendar_rows", days)
        connection.execute("create table calendar as from calendar_rows")
        store.attach(connection)
        tables = [_months_of_unit(connection, unit, rows_of_unit(store, lake, unit), manifest) for unit in units]
    finally:
        connection.close()
    months = pa.concat_tables([table for table in tables if table is not None])
    write_months(home, months, units, manifest, days, version)
    return {"units": units, "months": months.num_rows, "outcome": "measured", "seconds": time.monotonic() - started}


def _calendar_table() -> pa.Table:
    days = calendar()
    return pa.table(
        {
            "day": pa.array([day.day for day in days], pa.date32()),
            "is_working_day": [day.is_working_day for day in days],
            "minutes": pa.array([day.minutes for day in days], pa.int32()),
            "minutes_before": [day.minutes_before for day in days],
            "due_until": [day.due_until for day in days],
            "reason": [day.reason for day in days],
            "source": [day.source for day in days],
        }
    )


def _months_of_unit(
    connection: duckdb.DuckDBPyConnection, scope: str, rows: str, manifest: dict[str, dict[str, Any]]
) -> pa.Table:
    """The months of one unit on the present map, and of those it was formed from."""
    covered = sorted(
        {
            (date.fromisoformat(entry["export_month"]), bool(entry["is_synthetic"]))
            for entry in manifest.values()
            if any(part[2] == scope for part in entry["partitions"])
        }
    )
    connection.execute("create or replace table covered (data_month date, is_synthetic boolean)")
    connection.executemany("insert into covered values (?, ?)", [list(item) for item in covered])
    connection.execute(f"create or replace table fact as {_fact(rows)}")
    _unit_table(connection, scope)
    connection.execute(f"create or replace table filed as {_FILED}")
    connection.execute(f"create or replace table closed as {_CLOSED}")
    connection.execute(f"create or replace table paces as {_PACES}")
    connection.execute(f"create or replace table backlog as {_BACKLOG}")
    parameters = {"scope": scope, "a_day": working_hours().minutes}
    result: pa.Table = connection.sql(_MONTHS, params=parameters).to_arrow_table()
    for table in ("fact", "filed", "closed", "paces", "backlog"):
        connection.execute(f"drop table {table}")
    return result


def _unit_table(connection: duckdb.DuckDBPyConnection, scope: str) -> None:
    """The unit a dossier counts for in each month: the one it was filed with, or what took over from it by then."""
    units = UnitsOnDays.from_reference()
    pairs = connection.execute(
        "select distinct f.unit_code, m.data_month, last_day(m.data_month) "
        "from (select distinct unit_code from fact) as f "
        "cross join (select distinct filed_month as data_month from fact union select closed_month from fact "
        "union select data_month from covered) as m where m.data_month is not null"
    ).fetchall()
    connection.execute("create or replace table unit_of_month (unit_code varchar, data_month date, reported varchar)")
    rows = [[code, month, units.on_day(code, last)] for code, month, last in pairs]
    if rows:
        connection.executemany("insert into unit_of_month values (?, ?, ?)", rows)


def _fact(rows: str) -> str:
    """Counts of dossiers by what the measures need; working minutes and lateness are computed here."""
    filed, due, returned = (
        position_sql("filed_at", "f"),
        due_position_sql("due_at", "d"),
        position_sql("returned_at", "r"),
    )
    return f"""
        with dossier as (
            select *, cast(date_trunc('month', filed_at) as date) as filed_month,
                   case when returned_at is not null
                        then greatest(cast(date_trunc('month', returned_at) as date),
                                      cast(date_trunc('month', filed_at) as date))
                        when result in {_DONE}
                        then greatest(export_month, cast(date_trunc('month', filed_at) as date)) end as closed_month,
                   -- A date without a time means some time of that day, so it is not before an hour of it.
                   returned_at >= filed_at or (returned_at = date_trunc('day', returned_at)
                                               and cast(returned_at as date) = cast(filed_at as date)) as is_in_order
            from {rows}
        ),
        placed as (
            select unit_code, coalesce(field, '') as field, is_synthetic, filed_month, closed_month,
                   returned_at is not null as is_returned,
                   case when is_in_order then greatest({returned} - {filed}, 0) end as minutes,
                   case when is_in_order then {returned} > {due} end as is_late,
                   way_of_filing, fee_paid_online, digitised, has_complaint, rating
            from dossier
            left join calendar as f on f.day = cast(filed_at as date)
            left join calendar as d on d.day = cast(due_at as date)
            left join calendar as r on r.day = cast(returned_at as date)
        )
        select *, count(*) as times from placed group by all"""


_BREAKDOWNS = "select 'unit' as breakdown union all select 'field'"
_FIELD = "case when b.breakdown = 'unit' then '' else f.field end"

_FILED = f"""
    select u.reported as unit_code, f.filed_month as data_month, f.is_synthetic, b.breakdown, {_FIELD} as field,
           cast(sum(times) as bigint) as dossiers,
           cast(coalesce(sum(times) filter (way_of_filing is not null), 0) as bigint) as way_known,
           cast(coalesce(sum(times) filter (way_of_filing = 'online_full'), 0) as bigint) as online_end_to_end,
           cast(coalesce(sum(times) filter (fee_paid_online is not null), 0) as bigint) as fee_known,
           cast(coalesce(sum(times) filter (fee_paid_online), 0) as bigint) as fee_paid_online,
           cast(coalesce(sum(times) filter (digitised is not null), 0) as bigint) as digitised_known,
           cast(coalesce(sum(times) filter (digitised), 0) as bigint) as digitised,
           cast(coalesce(sum(times) filter (has_complaint is not null), 0) as bigint) as complaint_known,
           cast(coalesce(sum(times) filter (has_complaint), 0) as bigint) as complaints
    from fact as f
    join unit_of_month as u on u.unit_code = f.unit_code and u.data_month = f.filed_month
    cross join ({_BREAKDOWNS}) as b
    group by all"""

_CLOSED = f"""
    select u.reported as unit_code, f.closed_month as data_month, f.is_synthetic, b.breakdown, {_FIELD} as field,
           cast(coalesce(sum(times) filter (is_returned), 0) as bigint) as returned,
           cast(coalesce(sum(times) filter (is_late = false), 0) as bigint) as returned_on_time,
           cast(coalesce(sum(times) filter (is_late), 0) as bigint) as returned_late,
           cast(coalesce(sum(times) filter (is_returned and is_late is null), 0) as bigint) as returned_not_judged,
           cast(coalesce(sum(times) filter (rating is not null), 0) as bigint) as ratings,
           cast(coalesce(sum(times * rating) filter (rating is not null), 0) as bigint) as rating_sum
    from fact as f
    join unit_of_month as u on u.unit_code = f.unit_code and u.data_month = f.closed_month
    cross join ({_BREAKDOWNS}) as b
    group by all"""

#: The nearest rank: the smallest working time that at least half (nine tenths) of the dossiers do not exceed.
_PACES = f"""
    with counted as (
        select u.reported as unit_code, f.closed_month as data_month, f.is_synthetic, b.breakdown, {_FIELD} as field,
               minutes, sum(times) as times
        from fact as f
        join unit_of_month as u on u.unit_code = f.unit_code and u.data_month = f.closed_month
        cross join ({_BREAKDOWNS}) as b
        where minutes is not null
        group by all
    ),
    ranked as (
        select *, sum(times) over (partition by {_KEY} order by minutes) as up_to,
               sum(times) over (partition by {_KEY}) as whole
        from counted
    )
    select {_KEY}, cast(max(whole) as bigint) as timed,
           cast(min(minutes) filter (up_to * 2 >= whole) as bigint) as median_working_minutes,
           cast(min(minutes) filter (up_to * 10 >= whole * 9) as bigint) as p90_working_minutes
    from ranked
    group by all"""

_BACKLOG = f"""
    select u.reported as unit_code, c.data_month, c.is_synthetic, b.breakdown, {_FIELD} as field,
           cast(sum(times) as bigint) as backlog
    from (select unit_code, field, is_synthetic, filed_month, closed_month, sum(times) as times
          from fact group by all) as f
    join covered as c
      on c.is_synthetic = f.is_synthetic and f.filed_month <= c.data_month
     and (f.closed_month is null or f.closed_month > c.data_month)
    join unit_of_month as u on u.unit_code = f.unit_code and u.data_month = c.data_month
    cross join ({_BREAKDOWNS}) as b
    group by all"""

_COUNTS = (
    "dossiers", "returned", "returned_on_time", "returned_late", "returned_not_judged", "timed", "backlog", "way_known",
    "online_end_to_end", "fee_known", "fee_paid_online", "digitised_known", "digitised", "complaint_known",
    "complaints",
    "ratings", "rating_sum",
)  # fmt: skip

#: Only months of which an export came: of others the lake knows no more than what was still open.
_MONTHS = f"""
    with key as (
        select {_KEY} from filed union select {_KEY} from closed union select {_KEY} from backlog
    )
    select {_KEY}, $scope as unit_on_present_map, cast($a_day as integer) as minutes_per_working_day,
           median_working_minutes, p90_working_minutes,
           {", ".join(f"coalesce({name}, 0) as {name}" for name in _COUNTS)}
    from key
    join covered using (data_month, is_synthetic)
    left join filed using ({_KEY})
    left join closed using ({_KEY})
    left join paces using ({_KEY})
    left join backlog using ({_KEY})
    order by {_KEY}"""
