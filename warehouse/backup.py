"""Backups: every file of an installation that cannot be made again, stored once by its content.

    DIR/objects/ab/<sha256>            the bytes, each once however many snapshots hold them
    DIR/snapshots/<time>.json          the files of one moment: path, SHA-256, size, mode; written last

A snapshot is whole or not there: objects are made durable before the list that names them. What was not touched since
the last snapshot (size and time of change) is not read again. The build database is left out: it follows from the
archive, and `reform restore` proves it. A backup holds what the archive holds, personal data included: the folder is
made for its owner only.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home

#: What is kept of a home. Files under `archive`, `releases` never change; the rest is replaced whole.
PARTS = ("archive", "lake", "releases", "corrections", "quarantine", "survey", "secrets", "portal", "alerts", "airflow")
_LEFT_OUT = ("airflow/logs/", "archive/.incoming/", "lake/.incoming/")
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A file of a snapshot; `mtime_ns` tells the next one whether it must be read again."""

    path: str
    sha256: str
    size: int
    mode: int
    mtime_ns: int


@dataclass(frozen=True)
class Snapshot:
    """What a home held at `taken_at` (UTC, ISO 8601); `current` is the release readers saw, or None."""

    snapshot_id: str
    taken_at: str
    current: str | None
    files: tuple[StoredFile, ...]


@dataclass(frozen=True)
class BackupReport:
    """What a backup did; `new_bytes` is what was added to the store."""

    snapshot_id: str
    files: int
    bytes: int
    new_files: int
    new_bytes: int


def take_backup(home: Home, store: Path) -> BackupReport:
    """Add a snapshot of `home` to `store`. Nothing may write to the home meanwhile: the caller holds it.

    Raises:
        Misused: `store` lies inside the home.
        EnvironmentBroken: the store cannot be written.
    """
    store = store.resolve()
    if store == home.root or home.root in store.parents:
        raise Misused(f"{store} lies inside {home.root}: a backup belongs on another disk")
    try:
        for folder in (store, store / "objects", store / "snapshots"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = _known_files(store)
        files, new_files, new_bytes = [], 0, 0
        for path, name in _files_of(home):
            stored, was_new = _store(path, name, store, known.get(name))
            files.append(stored)
            new_files, new_bytes = new_files + was_new, new_bytes + was_new * stored.size
        snapshot = Snapshot(
            snapshot_id=_next_id(store),
            taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
            current=home.current.readlink().name if home.current.is_symlink() else None,
            files=tuple(sorted(files, key=lambda item: item.path)),
        )
        _write_durably(store / "snapshots" / f"{snapshot.snapshot_id}.json", json.dumps(asdict(snapshot)).encode())
    except OSError as error:
        raise EnvironmentBroken(f"the backup could not be written: {error}. No snapshot was made") from error
    return BackupReport(
        snapshot.snapshot_id, len(files), sum(file.size for file in files), new_files=new_files, new_bytes=new_bytes
    )


def list_snapshots(store: Path) -> list[str]:
    """The ids of the snapshots in `store`, oldest first."""
    return sorted(path.stem for path in (store / "snapshots").glob("*.json"))


def read_snapshot(store: Path, snapshot_id: str | None = None) -> Snapshot:
    """The snapshot `snapshot_id`, by default the latest.

    Raises:
        Misused: there is none of that name, or none at all.
        EnvironmentBroken: its list cannot be read.
    """
    known = list_snapshots(store)
    if not known:
        raise Misused(f"{store} holds no snapshot: `reform backup {store}` makes one")
    wanted = snapshot_id or known[-1]
    if wanted not in known:
        raise Misused(f"there is no snapshot {wanted!r} in {store}. Known: {', '.join(known[-12:])}")
    try:
        content: dict[str, Any] = json.loads((store / "snapshots" / f"{wanted}.json").read_text("utf-8"))
        return Snapshot(**{**content, "files": tuple(StoredFile(**file) for file in content["files"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EnvironmentBroken(f"the list of snapshot {wanted} is damaged ({error}); take an earlier one") from error


def damaged_objects(store: Path, snapshot: Snapshot) -> list[str]:
    """The files of `snapshot` whose stored bytes are missing or not what they were."""
    return [file.path for file in snapshot.files if _hash_of(object_path(store, file.sha256)) != file.sha256]


def object_path(store: Path, sha256: str) -> Path:
    """Where the bytes with that hash are."""
    return store / "objects" / sha256[:2] / sha256


def _files_of(home: Home) -> Iterator[tuple[Path, str]]:
    for part in PARTS:
        for path in sorted((home.root / part).rglob("*")):
            name = path.relative_to(home.root).as_posix()
            is_unfinished = any(piece.startswith(".") or piece.endswith(".partial") for piece in Path(name).parts)
            if path.is_symlink() or not path.is_file() or is_unfinished or name.startswith(_LEFT_OUT):
                continue
            yield path, name


def _store(path: Path, name: str, store: Path, known: StoredFile | None) -> tuple[StoredFile, bool]:
    """Keep the bytes of `path`; says whether they were new to the store."""
    status = path.stat()
    if known is not None and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return known, False
    incoming = store / "objects" / ".incoming"
    if name.endswith(".db"):
        _copy_sqlite(path, incoming)
    else:
        shutil.copyfile(path, incoming)
    sha256 = _hash_of(incoming)
    assert sha256 is not None
    target = object_path(store, sha256)
    stored = StoredFile(name, sha256, incoming.stat().st_size, status.st_mode & 0o777, status.st_mtime_ns)
    if target.exists():
        incoming.unlink()
        return stored, False
    target.parent.mkdir(mode=0o700, exist_ok=True)
    incoming.chmod(0o600)
    with incoming.open("rb") as reading:
        os.fsync(reading.fileno())
    incoming.replace(target)
    return stored, True


def _copy_sqlite(path: Path, target: Path) -> None:
    """SQLite's own backup: a copy of the file could catch a transaction halfway."""
    target.unlink(missing_ok=True)
    source, copy = sqlite3.connect(f"file:{path}?mode=ro", uri=True), sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()


def _known_files(store: Path) -> dict[str, StoredFile]:
    """The files of the latest readable snapshot whose bytes are still there."""
    for snapshot_id in reversed(list_snapshots(store)):
        try:
            files = read_snapshot(store, snapshot_id).files
        except EnvironmentBroken:
            continue
        return {file.path: file for file in files if object_path(store, file.sha256).exists()}
    return {}


def _next_id(store: Path) -> str:
    """Sorts by time, and after every snapshot there is, whatever the clock says."""
    wanted = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    known = list_snapshots(store)
    return wanted if not known or wanted > known[-1] else f"{known[-1]}a"


def _hash_of(path: Path) -> str | None:
    if not path.is_file():
        return None
    digest = hashlib.sha256()
    with path.open("rb") as reading:
        while chunk := reading.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _write_durably(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("wb") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(writing.fileno())
    partial.chmod(0o600)
    partial.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
