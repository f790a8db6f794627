"""The Parquet lake: one file a partition, replaced whole, so a reader never meets half of one.

`lake/dossiers/year=/month=/unit=/dossiers.parquet` holds the dossiers filed in that month; `_manifest.json` beside it
says which documents are in. Files are written beside the lake, made durable, and renamed into place. The manifest comes
last: what it does not name is merged again, and merging again changes no byte.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.errors import EnvironmentBroken
from warehouse.home import Home

_FILE = "dossiers.parquet"
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

    @property
    def folder(self) -> str:
        """Its place below the lake's folder."""
        return f"year={self.year}/month={self.month}/unit={self.unit}"

    @classmethod
    def of(cls, path: str | Path) -> Partition:
        """The partition a file of the lake belongs to."""
        year, month, unit = (part.partition("=")[2] for part in Path(path).parent.parts[-3:])
        return cls(int(year), int(month), unit)


def dossier_lake(home: Home) -> Path:
    """Where the dossiers are."""
    return home.lake / "dossiers"


def rejected_lake(home: Home) -> Path:
    """Where the cells and rows that were set aside are, a file a document."""
    return home.lake / "dossiers_rejected"


def partition_file(home: Home, partition: Partition) -> Path:
    """The one file of `partition`, whether it exists or not."""
    return dossier_lake(home) / partition.folder / _FILE


def partition_files(home: Home, unit: str) -> list[Path]:
    """The files of one unit that exist, by month."""
    found = dossier_lake(home).glob(f"year=*/month=*/unit={unit}/{_FILE}")
    return sorted(found, key=Partition.of)


def live_files(home: Home, table: str) -> list[str]:
    """The Parquet files that readers of `table` ("dossiers") read: every row of every whole batch, once.

    Absolute paths (or addresses); rows carry their own month and unit, so nothing is read from the names of folders.

    Raises:
        ValueError: the lake has no such table.
    """
    if table != "dossiers":
        raise ValueError(f"the lake has no table {table!r}")
    return [str(path) for path in sorted(dossier_lake(home).glob(f"year=*/month=*/unit=*/{_FILE}"), key=Partition.of)]


def read_manifest(home: Home) -> dict[str, dict[str, Any]]:
    """What is known of each document in the lake, by its id."""
    path = dossier_lake(home) / "_manifest.json"
    if not path.exists():
        return {}
    documents: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))["documents"]
    return documents


def write_manifest(home: Home, documents: dict[str, dict[str, Any]]) -> None:
    """Replace the manifest at once."""
    path = dossier_lake(home) / "_manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as writing:
        json.dump({"documents": dict(sorted(documents.items()))}, writing, ensure_ascii=False, indent=1)
        writing.flush()
        os.fsync(writing.fileno())
    partial.replace(path)
    _sync_folder(path.parent)


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


def replace_file(new: Path, target: Path) -> None:
    """Put `new` in the place of `target`, durably and at once."""
    with new.open("rb") as reading:
        os.fsync(reading.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    new.replace(target)
    _sync_folder(target.parent)


def remove_partition(home: Home, partition: Partition) -> None:
    """Remove a partition that holds no dossier any more."""
    file = partition_file(home, partition)
    file.unlink(missing_ok=True)
    for folder in (file.parent, file.parent.parent, file.parent.parent.parent):
        try:
            folder.rmdir()
        except OSError:
            return


@contextmanager
def lake_writer(home: Home) -> Iterator[None]:
    """Nobody else writes the lake meanwhile.

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


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
