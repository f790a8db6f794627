"""Compaction: the small files loads leave become a file (or a few) a month; and the removal of what was replaced.

A compaction is a version like a batch: it names the new files in the place of the old, at once. Whoever read the
version before keeps its files until the policy lets them go.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.lake import ROWS_PER_GROUP, add_file, copy_rows, dossier_store, incoming, lake_writer
from warehouse.lake_manifest import (
    MANIFESTS,
    LakeFile,
    Version,
    commit,
    manifest_path,
    read_version,
    version_numbers,
)
from warehouse.lake_store import Store

#: A file of a compacted month is at most so large, and (several files) at least half that.
MAX_BYTES = 512 * 1024**2
#: Later states mostly change the months next to the newest export: those are left as loads write them.
OPEN_MONTHS = 2
#: A compacted month is compacted again when loads have added so large a part of it, or so many files.
_WORTH_SHARE, _WORTH_FILES = 0.1, 16
KEEP_HOURS = "REFORM_LAKE_KEEP_HOURS"
#: What DuckDB may hold while it sorts a month; beyond it spills to disk.
_MEMORY = "320MB"


@dataclass(frozen=True)
class Compacted:
    """What a compaction did to one month."""

    year: int
    month: int
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    rows: int


@dataclass(frozen=True)
class Month:
    """What a month of the lake consists of; `units` and `compacted` are counts (of units, of files)."""

    year: int
    month: int
    rows: int
    units: int
    files: int
    compacted: int
    bytes: int


@dataclass(frozen=True)
class Vacuumed:
    """What was removed: versions nobody can still read, and the files only they named."""

    versions: int
    files: int
    bytes: int


def months_of(version: Version) -> list[Month]:
    """What the table holds, by the month of filing."""
    return [
        Month(
            *period,
            rows=sum(file.rows for file in found),
            units=len({unit for file in found for unit in file.units}),
            files=len(found),
            compacted=sum(file.is_compacted for file in found),
            bytes=sum(file.bytes for file in found),
        )
        for period, found in _by_period(version).items()
    ]


def _by_period(version: Version) -> dict[tuple[int, int], list[LakeFile]]:
    files: dict[tuple[int, int], list[LakeFile]] = defaultdict(list)
    for file in version.files:
        files[file.period].append(file)
    return dict(sorted(files.items()))


def due_periods(version: Version, *, every: bool = False) -> list[tuple[int, int]]:
    """The months worth compacting, the oldest first; `every`: all that hold a file of a load."""
    exported = sorted(str(entry["export_month"]) for entry in version.documents.values())
    newest = int(exported[-1][:4]) * 12 + int(exported[-1][5:7]) - 1 if exported else 0
    due = []
    for (year, month), found in _by_period(version).items():
        loose = [file for file in found if not file.is_compacted]
        is_settled = year * 12 + month - 1 <= newest - OPEN_MONTHS
        share = sum(file.bytes for file in loose) / sum(file.bytes for file in found)
        is_worth = share >= _WORTH_SHARE or len(loose) >= _WORTH_FILES
        if loose and (every or (is_settled and is_worth)):
            due.append((year, month))
    return due


def compact(home: Home, *, every: bool = False) -> list[Compacted]:
    """Compact what is due, a version a month. Killed, it leaves each month as it was or compacted.

    Raises:
        EnvironmentBroken: another process writes the lake, or a month came out otherwise than it went in.
    """
    with lake_writer(home):
        store = dossier_store(home)
        version = read_version(store)
        done = []
        for period in due_periods(version, every=every):
            found = [file for file in version.files if file.period == period]
            with incoming(home) as folder:
                new = _compact_period(store, version, found, folder)
            version = commit(
                store, version, {"kind": "compact", "period": f"{period[0]}-{period[1]:02}"}, new,
                {file.path for file in found} - {file.path for file in new},
            )  # fmt: skip
            done.append(
                Compacted(*period, len(found), len(new), sum(file.bytes for file in found),
                          sum(file.bytes for file in new), sum(file.rows for file in new))
            )  # fmt: skip
    return done


def _compact_period(store: Store, version: Version, files: list[LakeFile], folder: Path) -> list[LakeFile]:
    """Sort the rows of a month by unit and code into files of at most `MAX_BYTES` and put them into the lake."""
    with duckdb.connect(config={"memory_limit": _MEMORY, "threads": 1}) as connection:
        connection.execute(f"set temp_directory = '{folder / 'spill'}'")
        store.attach(connection)
        query = f"select * from {version.scan(store, files)} order by unit_on_present_map, dossier_id"
        parts = math.ceil(sum(file.bytes for file in files) / MAX_BYTES)
        if parts == 1:
            copy_rows(connection, query, folder / "month.parquet")
            written = [folder / "month.parquet"]
        else:
            written = _copy_in_parts(connection, query, folder / "month", sum(file.rows for file in files) / parts)
        added = [add_file(connection, store, path, files[0].period) for path in written]
    new = [file for file in added if file is not None]
    before, after = _units(files), _units(new)
    if before != after:
        year, month = files[0].period
        raise EnvironmentBroken(
            f"compacting {year}-{month:02} would change the lake ({sum(before.values())} rows before, "
            f"{sum(after.values())} after), so it was left as it is: look for a damaged file among "
            f"{', '.join(file.path for file in files)}"
        )
    return new


def _copy_in_parts(connection: duckdb.DuckDBPyConnection, query: str, folder: Path, rows: float) -> list[Path]:
    """Files of whole row groups, `rows` rows or a little more in each."""
    groups = math.ceil(rows / ROWS_PER_GROUP)
    connection.execute(
        f"copy ({query}) to '{folder}' (format parquet, compression zstd, row_group_size {ROWS_PER_GROUP}, "
        f"row_groups_per_file {groups})"
    )
    return sorted(folder.iterdir(), key=lambda path: int(path.stem.rpartition("_")[2]))


def _units(files: list[LakeFile]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for file in files:
        for unit, rows in file.units.items():
            found[unit] += rows
    return dict(found)


def keep_hours() -> float:
    """For how long replaced files stay (`REFORM_LAKE_KEEP_HOURS`, 24).

    Raises:
        Misused: it is no number from 0.
    """
    given = os.environ.get(KEEP_HOURS, "").strip() or "24"
    try:
        hours = float(given)
    except ValueError:
        hours = -1
    if not 0 <= hours < 1_000_000:
        raise Misused(f"{KEEP_HOURS} is {given!r}; it is a number of hours from 0")
    return hours


def vacuum(home: Home, hours: float | None = None, now: datetime | None = None) -> Vacuumed:
    """Remove the versions that were replaced more than `hours` ago, and files that no kept version names.

    A file is also kept for `hours` after it was written: a batch on another machine may be about to name it. Killed, it
    leaves files to the next; manifests go first, so that none names a file that is gone.

    Raises:
        EnvironmentBroken: another process writes the lake.
    """
    since = (now or datetime.now(UTC)) - timedelta(hours=keep_hours() if hours is None else hours)
    with lake_writer(home):
        store = dossier_store(home)
        numbers = version_numbers(store)
        if not numbers:
            return Vacuumed(0, 0, 0)
        kept = [read_version(store, numbers[-1])]
        for number in reversed(numbers[:-1]):
            # It was the newest until the one after it was made.
            if datetime.fromisoformat(kept[-1].made_at) < since:
                break
            kept.append(read_version(store, number))
        gone = numbers[: len(numbers) - len(kept)]
        for number in gone:
            store.remove(manifest_path(number))
        named = {file.path for version in kept for file in version.files}
        files = [
            found
            for found in store.files()
            if found.path not in named and found.written_at <= since and not found.path.startswith(f"{MANIFESTS}/")
        ]
        for found in files:
            store.remove(found.path)
    return Vacuumed(len(gone), len(files), sum(found.bytes for found in files))
