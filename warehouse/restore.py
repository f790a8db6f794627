"""A home out of a backup, and the proof that its marts are the ones that were published."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from warehouse.backup import Snapshot, StoredFile, object_path
from warehouse.connection import reader
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.release_tables import mart_tables, table_hash


@dataclass(frozen=True)
class Proof:
    """Tables of a release whose rebuilt rows have the hash the release has, and those that have not."""

    release_id: str
    equal: tuple[str, ...]
    different: tuple[str, ...]


def restore_home(home: Home, store: Path, snapshot: Snapshot) -> int:
    """Write the files of `snapshot` into the empty `home`; every byte is held against its hash. Returns their number.

    The home appears at once, when all of it is there.

    Raises:
        Misused: the home holds something already.
        EnvironmentBroken: a file of the backup is missing or damaged; nothing was restored.
    """
    if home.root.exists() and any(home.root.iterdir()):
        raise Misused(f"{home.root} is not empty: restore into an empty REFORM_HOME")
    partial = home.root.with_name(f".{home.root.name}.restoring")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        for file in snapshot.files:
            _restore(file, store, partial)
        if snapshot.current is not None:
            (partial / "current").symlink_to(Path("releases") / snapshot.current)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if home.root.exists():
        home.root.rmdir()
    partial.replace(home.root)
    return len(snapshot.files)


def _restore(file: StoredFile, store: Path, root: Path) -> None:
    target = (root / file.path).resolve()
    if root.resolve() not in target.parents:
        raise EnvironmentBroken(f"the backup names {file.path!r}, which lies outside the home; it was tampered with")
    source = object_path(store, file.sha256)
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with source.open("rb") as reading, target.open("wb") as writing:
            while chunk := reading.read(1024 * 1024):
                digest.update(chunk)
                writing.write(chunk)
    except OSError as error:
        raise EnvironmentBroken(f"{file.path} is not in the backup ({error}); nothing was restored") from error
    if digest.hexdigest() != file.sha256:
        raise EnvironmentBroken(
            f"{file.path}: the backup's copy has SHA-256 {digest.hexdigest()}, expected {file.sha256}; nothing was "
            "restored. An earlier snapshot may hold it whole: `reform restore DIR --list`"
        )
    target.chmod(file.mode)
    os.utime(target, ns=(file.mtime_ns, file.mtime_ns))


def prove_build(home: Home) -> Proof | None:
    """Compare the marts just built with the tables of the release `current` points to, by their hashes.

    None where there is no release to compare with.

    Raises:
        EnvironmentBroken: there is no build.
    """
    manifest_file = home.current / "manifest.json"
    if not manifest_file.exists():
        return None
    manifest = json.loads(manifest_file.read_text("utf-8"))
    with reader(home.build_database) as connection:
        present = set(mart_tables(connection))
        promised = {table: value for table, value in manifest["table_hashes"].items() if table != "dictionary"}
        equal = {
            table: table in present and table_hash(connection, table) == value for table, value in promised.items()
        }
    return Proof(
        release_id=manifest["release_id"],
        equal=tuple(sorted(table for table, same in equal.items() if same)),
        different=tuple(sorted(table for table, same in equal.items() if not same)),
    )
