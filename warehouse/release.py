"""Releases: immutable directories a reader can open at any time, and the one atomic switch between them.

A release is assembled under a hidden name, checked by opening it, fsynced, renamed, and only then pointed to. A
kill at any instant leaves `current` on a whole release. Files are copied, never hard-linked: a link would let
readers lock the next build out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from warehouse.build import read_state
from warehouse.connection import reader
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import PROJECT_ROOT, Home
from warehouse.release_tables import copy_marts, mart_tables, table_hash, write_parquet

_STAMP = "%Y%m%dT%H%M%S%fZ"
_ENGINES = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "apache-airflow", "pyarrow")


@dataclass(frozen=True)
class PublishReport:
    """What a publish did; `outcome` is `published` or `unchanged`."""

    outcome: str
    release_id: str
    path: str
    tables: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, for an XCom and the summary."""
        return asdict(self)


def current_release(home: Home) -> Path | None:
    """The directory `current` points to, or None before the first release.

    Raises:
        EnvironmentBroken: `current` points to something that is not a release.
    """
    if not home.current.is_symlink():
        return None
    target = home.current.resolve()
    if not (target / "manifest.json").exists():
        raise EnvironmentBroken(
            f"{home.current} points to {target}, which is not a whole release: `reform releases rollback ID` "
            "points it to another one"
        )
    return target


def list_releases(home: Home) -> list[dict[str, Any]]:
    """The manifests of all releases, oldest first."""
    return [
        json.loads((path / "manifest.json").read_text("utf-8"))
        for path in sorted(home.releases.glob("[0-9]*"))
        if (path / "manifest.json").exists()
    ]


def publish(home: Home, checks: list[dict[str, Any]] | None = None) -> PublishReport:
    """Make a release of the built marts and switch `current` to it; nothing happens when nothing changed.

    `checks` is the outcome of the mart suites, which becomes part of the manifest.

    Raises:
        EnvironmentBroken: there is no complete build, or the copy does not hold what the build holds.
    """
    fingerprint = read_state(home).get("fingerprint")
    if not fingerprint:
        raise EnvironmentBroken("there is no complete build to publish: `reform build` makes one")
    now_current = current_release(home)
    if now_current is not None:
        manifest = json.loads((now_current / "manifest.json").read_text("utf-8"))
        if manifest["fingerprint"] == fingerprint:
            return PublishReport("unchanged", manifest["release_id"], str(now_current), manifest["row_counts"])
    release_id = _new_release_id(home, fingerprint)
    partial = home.releases / f".{release_id}.partial"
    for left_by_a_kill in home.releases.glob(".*.partial"):
        shutil.rmtree(left_by_a_kill, ignore_errors=True)
    partial.mkdir(parents=True)
    counts = _fill(home, partial, release_id, fingerprint, checks or [])
    _sync_tree(partial)
    final = home.releases / release_id
    partial.replace(final)
    _sync_directory(home.releases)
    switch(home, release_id)
    return PublishReport("published", release_id, str(final), counts)


def switch(home: Home, release_id: str) -> Path:
    """Point `current` to `release_id`, atomically; publishing and rolling back are this same switch.

    Raises:
        Misused: there is no such release.
    """
    target = home.releases / release_id
    if Path(release_id).name != release_id or not (target / "manifest.json").exists():
        raise Misused(f"there is no release {release_id!r}: `reform releases list` names them")
    pointer = home.root / f".current.{os.getpid()}"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(target.relative_to(home.root))
    pointer.replace(home.current)
    _sync_directory(home.root)
    return target


def _fill(home: Home, folder: Path, release_id: str, fingerprint: str, checks: list[dict[str, Any]]) -> dict[str, int]:
    database = folder / "warehouse.duckdb"
    copy_marts(home.build_database, database)
    with reader(database) as connection:
        tables = mart_tables(connection)
        counts = {
            table: int(connection.execute(f'select count(*) from marts."{table}"').fetchall()[0][0]) for table in tables
        }
        hashes = {table: table_hash(connection, table) for table in tables}
        write_parquet(connection, tables, folder / "parquet")
        inputs = connection.execute(
            "select file_name, sha256, source_key, is_superseded from marts.dim_source_document order by all"
        ).fetchall()
    if not counts.get("fct_observation"):
        raise EnvironmentBroken("the copy of the marts holds no observation; it was not published")
    docs = home.build / "docs"
    if docs.exists():
        shutil.copytree(docs, folder / "docs")
    manifest = {
        "release_id": release_id,
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "fingerprint": fingerprint,
        "code_version": code_version(),
        "engines": {name: version(name) for name in _ENGINES},
        "inputs": [
            dict(zip(("file_name", "sha256", "source_key", "is_superseded"), row, strict=True)) for row in inputs
        ],
        "row_counts": counts,
        "table_hashes": hashes,
        "validation": {
            "checks": len(checks),
            "by_outcome": {
                outcome: sum(1 for check in checks if check["outcome"] == outcome)
                for outcome in sorted({check["outcome"] for check in checks})
            },
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    return counts


def _new_release_id(home: Home, fingerprint: str) -> str:
    """Sorts by time and is unique, even when the clock was set back since the last release."""
    moment = datetime.now(UTC)
    for path in home.releases.glob("[0-9]*"):
        earlier = datetime.strptime(path.name.split("-")[0], _STAMP).replace(tzinfo=UTC)
        moment = max(moment, earlier + timedelta(microseconds=1))
    return f"{moment.strftime(_STAMP)}-{fingerprint[:8]}"


def code_version() -> str:
    """The commit this code is from, with `+changed` when the work tree differs; `unknown` outside git."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(PROJECT_ROOT), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout.strip()

    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        return f"{commit}+changed" if git("status", "--porcelain", "--untracked-files=no") else commit
    except (subprocess.SubprocessError, OSError):
        return "unknown"


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    for path in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        _sync_directory(path)


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
