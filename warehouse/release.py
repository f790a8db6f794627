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
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from warehouse.build import read_state
from warehouse.connection import reader
from warehouse.dictionary import write_dictionary
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import PROJECT_ROOT, Home
from warehouse.observability.journal import note
from warehouse.quality_history import remember_quality, write_quality
from warehouse.quality_page import RefusedFile
from warehouse.release_files import write_files
from warehouse.release_list import current_release, list_releases, read_manifest
from warehouse.release_pages import write_pages
from warehouse.release_tables import (
    HISTORY_TABLES,
    SEMANTIC_MANIFEST,
    copy_marts,
    mart_tables,
    table_hash,
)
from warehouse.switches import note_switches, read_switches
from warehouse.table_facts import read_table_facts
from warehouse.table_shapes import KEYS_FILE, keys_in_project
from warehouse.vintages import Moment, faults_in_vintages, remember_history, write_vintages
from warehouse.writers import noted

_DATABASE = "warehouse.duckdb"
_STAMP = "%Y%m%dT%H%M%S%fZ"
_ENGINES = ("duckdb", "dbt-core", "dbt-duckdb", "metricflow", "great-expectations", "apache-airflow", "pyarrow")


@dataclass(frozen=True)
class PublishReport:
    """What a publish did; `outcome` is `published` or `unchanged`. `changes` is what the judge says of it."""

    outcome: str
    release_id: str
    path: str
    tables: dict[str, int]
    changes: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, for an XCom and the summary."""
        return asdict(self)


#: Writes the rows around the figures, read from the archived bytes, into the release being assembled.
CollectSurroundings = Callable[[Path], object]
#: Looks at the assembled release (first) beside the current one, if any, before readers can see it; raises to stop it.
Judge = Callable[[Path, Path | None], dict[str, Any]]


def publish(
    home: Home,
    checks: list[dict[str, Any]] | None = None,
    refused: tuple[RefusedFile, ...] = (),
    *,
    judge: Judge = lambda _folder, _current: {},
    surroundings: CollectSurroundings = lambda _folder: None,
) -> PublishReport:
    """Make a release of the built marts and switch `current` to it; nothing happens when nothing changed.

    `checks` is the outcome of the mart suites, which becomes part of the manifest; `refused` the files that wait
    outside the warehouse, for the page on its quality. `surroundings` puts the cells' neighbours beside the marts, for
    the trail of the figures. `judge` sees the whole copy before readers do; what it raises
    stops the publish and leaves nothing behind.

    Raises:
        EnvironmentBroken: there is no complete build, the copy does not hold what the build holds, or its vintages
            contradict its marts.
    """
    started = time.monotonic()
    report = _publish(home, checks or [], refused, judge, surroundings)
    seconds = round(time.monotonic() - started, 3)
    note(home, "release_published", outcome=report.outcome, release_id=report.release_id, duration_seconds=seconds)
    return report


def _publish(
    home: Home,
    checks: list[dict[str, Any]],
    refused: tuple[RefusedFile, ...],
    judge: Judge,
    surroundings: CollectSurroundings,
) -> PublishReport:
    fingerprint = read_state(home).get("fingerprint")
    if not fingerprint:
        raise EnvironmentBroken("there is no complete build to publish: `reform build` makes one")
    now_current = current_release(home)
    if now_current is not None:
        manifest = read_manifest(now_current) or {}
        # A release from before there were vintages, or keys and CSV, is made again: readers need not wait for news.
        is_whole = "vintages" in manifest and (now_current / KEYS_FILE).exists()
        if manifest["fingerprint"] == fingerprint and is_whole:
            return PublishReport("unchanged", manifest["release_id"], str(now_current), manifest["row_counts"])
    ready = _not_switched_to(home, fingerprint, now_current)
    if ready is not None:
        path = switch(home, ready["release_id"])
        return PublishReport("published", path.name, str(path), ready["row_counts"])
    release = _next_release(home, fingerprint)
    partial = home.releases / f".{release.release_id}.partial"
    for left_by_a_kill in home.releases.glob(".*.partial"):
        shutil.rmtree(left_by_a_kill, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        with noted(home, "release"):
            surroundings(partial)
            counts = _fill(home, partial, release, fingerprint, checks, refused)
        changes = judge(partial, now_current)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _sync_tree(partial)
    final = home.releases / release.release_id
    partial.replace(final)
    _sync_directory(home.releases)
    switch(home, release.release_id)
    return PublishReport("published", release.release_id, str(final), counts, changes)


def switch(home: Home, release_id: str) -> Path:
    """Point `current` to `release_id`, atomically; publishing and rolling back are this same switch.

    Raises:
        Misused: there is no such release.
    """
    target = home.releases / release_id
    if Path(release_id).name != release_id or not (target / "manifest.json").exists():
        raise Misused(f"there is no release {release_id!r}: `reform releases list` names them")
    note_switches(home)
    pointer = home.root / f".current.{os.getpid()}"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(target.relative_to(home.root))
    # The link carries the time of the switch; the file system's own clock may tick once for two switches.
    now = time.time_ns()
    os.utime(pointer, ns=(now, now), follow_symlinks=False)
    pointer.replace(home.current)
    _sync_directory(home.root)
    note_switches(home)
    note(home, "release_switched", release_id=release_id)
    return target


def _not_switched_to(home: Home, fingerprint: str, now_current: Path | None) -> dict[str, Any] | None:
    """The manifest of a release of this build that was made, judged and renamed, and whose process then died.

    A second one beside it would stand in the history as a release readers never saw.
    """
    newest = next(reversed(list_releases(home)), None)
    if newest is None or newest["fingerprint"] != fingerprint or "vintages" not in newest:
        return None
    seen = {known.release_id for known in read_switches(home)}
    is_later = now_current is None or newest["release_id"] > now_current.name
    return newest if is_later and newest["release_id"] not in seen else None


def _fill(
    home: Home,
    folder: Path,
    release: Moment,
    fingerprint: str,
    checks: list[dict[str, Any]],
    refused: tuple[RefusedFile, ...],
) -> dict[str, int]:
    database = folder / _DATABASE
    vintages = _write_database(home, database, release, len(refused))
    with reader(database) as connection:
        tables = mart_tables(connection)
        counts = {
            table: int(connection.execute(f'select count(*) from marts."{table}"').fetchall()[0][0]) for table in tables
        }
        hashes = {table: table_hash(connection, table) for table in tables if table not in HISTORY_TABLES}
        write_files(connection, folder, home.dbt_target / "manifest.json", release.as_dict())
        inputs = connection.execute(
            "select file_name, sha256, source_key, is_superseded from marts.dim_source_document order by all"
        ).fetchall()
    if not any(count for table, count in counts.items() if table.startswith("fct_")):
        raise EnvironmentBroken("the copy of the marts holds no fact of any kind; it was not published")
    write_pages(home, folder, release, checks, refused)
    metrics = home.dbt_target / SEMANTIC_MANIFEST
    if metrics.exists():
        shutil.copyfile(metrics, folder / SEMANTIC_MANIFEST)
    manifest = {
        **release.as_dict(),
        "fingerprint": fingerprint,
        "code_version": code_version(),
        "engines": {name: version(name) for name in _ENGINES},
        "inputs": [
            dict(zip(("file_name", "sha256", "source_key", "is_superseded"), row, strict=True)) for row in inputs
        ],
        "row_counts": counts,
        "table_hashes": hashes,
        "vintages": vintages,
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


def _write_database(home: Home, database: Path, release: Moment, refused_files: int) -> dict[str, Any]:
    """Write every table of the release; returns what the manifest says of its history.

    Raises:
        EnvironmentBroken: the vintages contradict the marts or each other.
    """
    connection = duckdb.connect(str(database))
    try:
        connection.execute("set timezone = 'UTC'")
        keys = keys_in_project(home.dbt_target / "manifest.json")
        copy_marts(connection, home.build_database, {table: item.key for table, item in keys.items()})
        history = _remember(connection, home, release)
        write_vintages(connection, release)
        faults = faults_in_vintages(connection)
        if faults:
            raise EnvironmentBroken(
                f"the vintages of this release would be wrong: {'; '.join(faults)}. Nothing was published. They are "
                f"folded from release {history['predecessor']}: bring that one back from a backup, or move it out of "
                f"{home.releases}, and the history goes on from the release before it"
            )
        write_quality(connection, release.release_id, release.stamp(), refused_files=refused_files)
        write_dictionary(connection, read_table_facts(home))
        connection.execute("checkpoint")
    finally:
        connection.close()
    return history


def _remember(connection: duckdb.DuckDBPyConnection, home: Home, release: Moment) -> dict[str, Any]:
    """Read the history of the latest release that is whole, by id: what `current` points to may be a roll-back.

    Returns for the manifest: `predecessor`; `continuity` (`continued`; `first_release`; `from_marts` of an older
    release without vintages; `anew`, every earlier release being gone); `releases` the table answers for;
    `not_covered`, once seen by readers but not among them; `unreadable`, passed over because damaged.
    """
    unreadable: list[str] = []
    predecessor: str | None = None
    outcome, chain = "nothing", list[dict[str, Any]]()
    for manifest in reversed(list_releases(home)):
        earlier = Moment(manifest["release_id"], datetime.fromisoformat(manifest["published_at"]))
        try:
            connection.execute("attach ? as past (read_only)", [str(home.releases / earlier.release_id / _DATABASE)])
            try:
                outcome = remember_history(connection, "past", earlier)
                remember_quality(connection, "past")
            finally:
                connection.execute("detach past")
        except duckdb.Error:
            unreadable.append(earlier.release_id)
            continue
        predecessor = earlier.release_id
        chain = manifest.get("vintages", {}).get("releases", []) if outcome == "vintages" else [earlier.as_dict()]
        break
    chain = [*chain, release.as_dict()] if outcome != "nothing" else [release.as_dict()]
    covered = {item["release_id"] for item in chain}
    not_covered = sorted({switch.release_id for switch in read_switches(home)} - covered)
    started = "anew" if not_covered or unreadable else "first_release"
    return {
        "predecessor": predecessor,
        "continuity": {"vintages": "continued", "marts": "from_marts"}.get(outcome, started),
        "releases": chain,
        "not_covered": not_covered,
        "unreadable": unreadable,
    }


def _next_release(home: Home, fingerprint: str) -> Moment:
    """The release now begun: its time is decided once, and lies after every earlier release's, whatever the clock."""
    moment = datetime.now(UTC)
    for manifest in list_releases(home):
        moment = max(moment, datetime.fromisoformat(manifest["published_at"]) + timedelta(microseconds=1))
    return Moment(_new_release_id(home, fingerprint, moment), moment)


def _new_release_id(home: Home, fingerprint: str, moment: datetime) -> str:
    """Sorts by time and is unique, even when the clock was set back since the last release."""
    for path in home.releases.glob("[0-9]*"):
        earlier = datetime.strptime(path.name.split("-")[0], _STAMP).replace(tzinfo=UTC)
        moment = max(moment, earlier + timedelta(microseconds=1))
    return f"{moment.strftime(_STAMP)}-{fingerprint[:8]}"


def code_version() -> str:
    """The commit this code is from, with `+changed` when the work tree differs; `unknown` outside git.

    An image holds no git: its build says the commit, and the image carries it as `REFORM_CODE_VERSION`.
    """
    if told := os.environ.get("REFORM_CODE_VERSION"):
        return told

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
