"""The Parquet lake of dossiers: who may write it, who reads what of it.

    lake/dossiers/_manifests/000000000042.json              the versions of the table, one a batch (lake_manifest.py)
    lake/dossiers/year=/month=/<unit>-<sha256>.parquet      what loads wrote: one unit's dossiers filed in that month
    lake/dossiers/year=/month=/all-<sha256>.parquet         what compactions made of them (lake_compaction.py)
    lake/dossiers_rejected/<document>.parquet               cells and rows set aside

Files are named by their content and never changed. A killed batch leaves files no manifest names; run again it writes
the same ones. The table may lie in object storage (lake_store.py); what was set aside stays in the home.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.lake_manifest import LakeFile, Version, read_version
from warehouse.lake_schema import SCHEMA
from warehouse.lake_store import Store, store_of

DOSSIERS = "dossiers"
#: Rows of a group, the least a reader skips.
ROWS_PER_GROUP = 122_880
#: What a name of a file begins with when it holds a month of every unit; no unit's code is that.
ALL_UNITS = "all"
_UNIT = re.compile(r"[a-z0-9_]+\Z")


@dataclass(frozen=True, order=True)
class Partition:
    """The dossiers of one unit (as it is on the present map) filed in one month."""

    year: int
    month: int
    unit: str

    def __post_init__(self) -> None:
        if not _UNIT.match(self.unit):
            raise ValueError(f"{self.unit!r} is no code of a unit")


def rejected_lake(home: Home) -> Path:
    """Where the cells and rows that were set aside are, a file a document."""
    return home.lake / "dossiers_rejected"


def dossier_store(home: Home) -> Store:
    """Where the dossiers lie."""
    return store_of(home, DOSSIERS)


def live_files(home: Home, table: str, version: int | None = None) -> list[str]:
    """The Parquet files that readers of `table` ("dossiers") read: every row of every whole batch, once.

    Absolute paths, or addresses where the lake lies in object storage; rows carry their own month and unit, so nothing
    is read from the names of folders. `version`: as it was then, as long as it is kept. The files stay readable for
    `REFORM_LAKE_KEEP_HOURS` (24) after they are replaced.

    Raises:
        ValueError: the lake has no such table.
        EnvironmentBroken: no such version is kept.
    """
    if table != DOSSIERS:
        raise ValueError(f"the lake has no table {table!r}")
    store = store_of(home, table)
    return [store.address(file.path) for file in read_version(store, version).files]


def read_manifest(home: Home) -> dict[str, dict[str, Any]]:
    """What is known of each document in the lake, by its id."""
    return read_version(dossier_store(home)).documents


@contextmanager
def incoming(home: Home) -> Iterator[Path]:
    """An empty folder on the lake's own disk to write new files in; gone afterwards, and after a kill by the next."""
    folder = home.lake / ".incoming"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def add_file(
    connection: duckdb.DuckDBPyConnection, store: Store, new: Path, period: tuple[int, int], unit: str | None = None
) -> LakeFile | None:
    """Put the Parquet file `new` into the lake: of one `unit`, or compacted; None (and gone) when it has no row.

    No reader sees it before a manifest names it.
    """
    counted = "select unit_on_present_map, count(*) from read_parquet($file) group by all order by all"
    units = {name: int(rows) for name, rows in connection.execute(counted, {"file": str(new)}).fetchall()}
    if not units:
        new.unlink()
        return None
    with new.open("rb") as reading:
        sha256 = hashlib.file_digest(reading, "sha256").hexdigest()
    year, month = period
    file = LakeFile(
        path=f"year={year}/month={month}/{unit or ALL_UNITS}-{sha256[:16]}.parquet",
        year=year,
        month=month,
        units=units,
        rows=sum(units.values()),
        bytes=new.stat().st_size,
        sha256=sha256,
        schema=SCHEMA,
        is_compacted=unit is None,
    )
    store.put(new, file.path)
    return file


def copy_rows(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    """Write the rows of `query` (in the columns of the present schema) as a Parquet file of the lake."""
    connection.execute(
        f"copy ({query}) to '{target}' (format parquet, compression zstd, row_group_size {ROWS_PER_GROUP})"
    )


def rows_of_unit(store: Store, version: Version, unit: str) -> str:
    """A query over the rows of `unit` (as it is on the present map) in `version`."""
    return version.scan(store, version.of_unit(unit), unit)


@contextmanager
def lake_writer(home: Home) -> Iterator[None]:
    """Nobody else on this machine writes the lake meanwhile.

    Raises:
        EnvironmentBroken: another process is writing it.
    """
    home.lake.mkdir(parents=True, exist_ok=True)
    with (home.lake / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EnvironmentBroken("the lake is being written by another run: wait for it to end") from error
        yield


