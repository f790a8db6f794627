"""Synthetic dossiers written into a lake as its Parquet, cheaply: no export, no reading. Deterministic by seed.

No person, dossier or figure in them exists; every row and every document is marked `is_synthetic`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.home import Home
from warehouse.lake import add_file, copy_rows, dossier_store, incoming, lake_writer
from warehouse.lake_manifest import commit, read_version
from warehouse.lake_schema import shown

_FIELDS = (
    "['Đất đai', 'Hộ tịch', 'Doanh nghiệp', 'Lái xe', 'Bảo trợ', 'Chứng thực', 'Xây dựng', 'Môi trường', 'Tư pháp', "
    "'An toàn']"
)
_WAYS = "['online_full','online_full','online_full','online_part','counter','post']"


def provinces(count: int) -> list[str]:
    """Codes of so many provinces of the present map."""
    from ingestion.dossiers.units import UnitsOnDays

    units = UnitsOnDays.from_reference()
    return [code for code in units.codes if units.present(code) == code and code not in units.last_days][:count]


def months(first: date, count: int) -> Iterator[date]:
    """So many months from `first` on."""
    for index in range(count):
        place = first.year * 12 + first.month - 1 + index
        yield date(place // 12, place % 12 + 1, 1)


def fill_lake(home: Home, units: Sequence[str], filed: Sequence[date], rows: int) -> int:
    """Write about `rows` dossiers, evenly over units and months of filing, and their documents; returns how many.

    What is not returned by the end of the last month is open, so a month more changes the month before it.
    """
    each = max(1, round(rows / len(units) / len(filed)))
    _, end = months(filed[-1], 2)
    store, added, places = dossier_store(home), [], set()
    with (
        lake_writer(home),
        incoming(home) as folder,
        duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection,
    ):
        for number, unit in enumerate(units):
            for month in filed:
                copy_rows(connection, _rows(unit, number, month, end, each), folder / "new.parquet")
                file = add_file(connection, store, folder / "new.parquet", (month.year, month.month), unit)
                added += [file] if file else []
                places.add((month.year, month.month, unit))
        version = read_version(store)
        gone = [file.path for file in version.files if {(*file.period, unit) for unit in file.units} & places]
        kept = set(gone) - {file.path for file in added}
        new = [file for file in added if file.path not in gone]
        documents = version.documents | dict(_document(unit, month, each) for unit in units for month in filed)
        commit(store, version, {"kind": "load"}, new, sorted(kept), documents)
    return each * len(units) * len(filed)


def _rows(unit: str, number: int, month: date, end: date, each: int) -> str:
    present = f"select {shown(0)} where false"
    return f"""
        with hashed as (
            select serial, hash(serial * 1000003 + {number * 131071 + month.toordinal()}) as h
            from range({each}) as numbers (serial)
        ),
        filed as (
            select serial, h, timestamp '{month}' + to_days(cast(h % 28 as integer))
                   + to_minutes(cast(450 + (h >> 5) % 560 as bigint)) as filed_at
            from hashed
        ),
        later as (
            select *, filed_at + to_minutes(cast(60 + (h >> 17) % case when (h >> 13) % 10 < 7 then 7000 else 43000 end
                                                 as bigint)) as back_at
            from filed
        )
        {present} union all by name
        select 'H{number:02}-{month:%y%m}-' || serial as dossier_id, '{unit}' as unit_code,
               '1.' || (h >> 3) % 12000 as procedure_code, {_FIELDS}[1 + cast((h >> 9) % 10 as integer)] as field,
               'province' as level, 'Xã ' || (h >> 21) % 90 as ward, filed_at,
               filed_at + to_minutes(20) as received_at,
               filed_at + to_days(cast(3 + (h >> 7) % 18 as integer)) as due_at,
               case when back_at < timestamp '{end}' then back_at end as returned_at,
               {_WAYS}[1 + cast((h >> 15) % 6 as integer)] as way_of_filing, (h >> 19) % 3 = 0 as fee_paid_online,
               (h >> 23) % 3 < 2 as digitised, case when back_at < timestamp '{end}' then 'returned' end as result,
               case when (h >> 27) % 5 = 0 then cast(1 + (h >> 33) % 5 as smallint) end as rating,
               (h >> 37) % 211 = 0 as has_complaint, md5(cast(h as varchar)) as applicant_key,
               date '{month}' as export_month, timestamp '{end}' as document_received_at,
               'doc_{unit}_{month:%Y%m}' as source_document_id, serial as source_row, true as is_synthetic,
               '{unit}' as unit_on_present_map
        from later"""


def _document(unit: str, month: date, rows: int) -> tuple[str, dict[str, Any]]:
    identity = f"doc_{unit}_{month:%Y%m}"
    return identity, {
        "sha256": identity, "file_name": f"{unit}_{month:%Y-%m}_synthetic.csv",
        "received_at": "2026-01-01T00:00:00+00:00",
        "reading_version": "bench", "layout_id": "bench", "export_month": month.isoformat(), "is_synthetic": True,
        "rows": rows, "left_out": 0, "set_aside": 0, "partitions": [[month.year, month.month, unit]], "checks": [],
    }  # fmt: skip


def bytes_below(folder: Path) -> int:
    """What lies below `folder`."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
