"""What the models need to measure the lake's dossiers: which exports are in, what they cover, working time, units.

The measures themselves are models of dbt, the same on DuckDB and on Spark (docs/decisions/0025).
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from ingestion.dossiers.units import UnitsOnDays
from ingestion.dossiers.working_time import calendar, measure_version, working_hours
from warehouse.dossier_tables import MeasureInputs, measured_documents, write_measure_inputs
from warehouse.home import Home
from warehouse.lake import read_manifest

_Manifest = dict[str, dict[str, Any]]


def note_inputs(home: Home) -> dict[str, Any]:
    """Write down what the lake holds now and what it is measured with, when either changed."""
    started = time.monotonic()
    manifest = read_manifest(home)
    version = measure_version()
    present = {document: (entry["reading_version"], version) for document, entry in manifest.items()}
    measured = measured_documents(home)
    if present == measured:
        return {"units": [], "months": 0, "outcome": "unchanged", "seconds": time.monotonic() - started}
    changed = {document for document, versions in present.items() if measured.get(document) != versions}
    units = sorted({part[2] for document in changed for part in manifest[document]["partitions"]})
    covered = coverage(manifest)
    write_measure_inputs(home, MeasureInputs(manifest, working_days(), unit_succession(), covered, version))
    return {"units": units, "months": covered.num_rows, "outcome": "measured", "seconds": time.monotonic() - started}


def coverage(manifest: _Manifest) -> pa.Table:
    """The months of which an export of a unit (as on the present map) is in: only they are shown."""
    covered = sorted(
        {
            (part[2], date.fromisoformat(entry["export_month"]), bool(entry["is_synthetic"]))
            for entry in manifest.values()
            for part in entry["partitions"]
        }
    )
    return pa.table(
        {
            "unit_on_present_map": pa.array([unit for unit, _, _ in covered], pa.string()),
            "data_month": pa.array([month for _, month, _ in covered], pa.date32()),
            "is_synthetic": pa.array([is_synthetic for _, _, is_synthetic in covered], pa.bool_()),
        }
    )


def unit_succession(units: UnitsOnDays | None = None) -> pa.Table:
    """Which unit reports what was filed with each unit, by stretch of days: itself, then what took over from it."""
    units = units or UnitsOnDays.from_reference()
    rows = [(code, *stretch, units.present(code)) for code in units.codes for stretch in _stretches(units, code)]
    names = ("unit_code", "first_day", "last_day", "reporting_unit_code", "unit_on_present_map")
    return pa.table(dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True)))


def _stretches(units: UnitsOnDays, code: str) -> list[tuple[date, date, str]]:
    found = []
    first = date(1900, 1, 1)
    while code in units.successors and code in units.last_days:
        last = units.last_days[code]
        if first <= last:
            found.append((first, last, code))
            first = last + timedelta(days=1)
        code = units.successors[code]
    return [*found, (first, date(9999, 12, 31), code)]


def working_days() -> pa.Table:
    """The calendar, each worked day with the spans of its working hours (minutes of the day; none on a day off)."""
    days = calendar()
    spans = [*working_hours().spans, (0, 0)][:2]
    columns: dict[str, Any] = {
        "day": pa.array([day.day for day in days], pa.date32()),
        "is_working_day": [day.is_working_day for day in days],
        "minutes": pa.array([day.minutes for day in days], pa.int32()),
        "minutes_before": [day.minutes_before for day in days],
        "due_until": [day.due_until for day in days],
        "reason": [day.reason for day in days],
        "source": [day.source for day in days],
    }
    for name, (start, end) in zip(("first", "second"), spans, strict=True):
        columns[f"{name}_from"] = pa.array([start if day.is_working_day else 0 for day in days], pa.int32())
        columns[f"{name}_to"] = pa.array([end if day.is_working_day else 0 for day in days], pa.int32())
    return pa.table(columns)
