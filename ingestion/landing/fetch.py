"""Copying what arrived at a landing address into the landing folder: each content once, whole or not at all."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingestion.archive import MAX_DOCUMENT_BYTES, archived_files
from ingestion.landing.ledger import Known, read_ledger, write_ledger
from ingestion.landing.refusing import refusal
from ingestion.landing.remote import Changed, RemoteFile, RemoteFolder, open_remote, too_large
from ingestion.landing.settings import LandingSettings
from warehouse.errors import EnvironmentBroken, Misused, Refusal, Refused
from warehouse.home import Home

Report = dict[str, Any]

#: What stays free on the disk of the landing folder, whatever is sent.
_KEEP_FREE_BYTES = 1024**3


def new_files(settings: LandingSettings, home: Home) -> dict[str, str]:
    """The files at the address that were neither fetched nor refused as they lie there now: path -> mark.

    Raises:
        EnvironmentBroken: the address cannot be reached or read.
        Refused: more files lie there than anybody sends.
    """
    known = read_ledger(home, settings.place)
    with open_remote(settings) as remote:
        files, refused = remote.look()
    seen = {file.path: file.mark for file in files} | {path: "" for path, _ in refused}
    return {path: mark for path, mark in seen.items() if known.get(path, {}).get("mark") != mark}


def fetch_landing(home: Home, settings: LandingSettings | None) -> Report:
    """Copy what is new and whole at the address into `landing/<source>/`; nothing there is changed or deleted.

    Returns `fetched` (source/name), `known` (the archive has their bytes already), `waiting` (still being written, or
    a file of that name lies in the landing folder) and `refused` (sentences; each is told once).

    Raises:
        Misused: no address is set.
        EnvironmentBroken: the address cannot be reached or read, the disk is too full, or another fetch is under way.
        Refused: more files lie there than anybody sends.
    """
    if settings is None:
        raise Misused("no landing address: set REFORM_LANDING_URL or give one with --from. See docs/landing.md")
    started = time.monotonic()
    report: Report = {"place": settings.place, "fetched": [], "known": [], "waiting": [], "refused": []}
    with _one_fetch(home), open_remote(settings) as remote:
        known = read_ledger(home, settings.place)
        files, refused = remote.look()
        for path, told in refused:
            _refuse(known, path, "", told, report)
        pending = {file.path: file for file in files if known.get(file.path, {}).get("mark") != file.mark}
        if pending:
            time.sleep(settings.settle_seconds)
            again = {file.path: file for file in remote.look()[0]}
            for path, file in pending.items():
                if again.get(path) == file:
                    _take(home, remote, file, known, report)
                else:
                    report["waiting"].append(f"{file.source}/{file.name}")
                write_ledger(home, settings.place, known)
        lying = {file.path for file in files} | {path for path, _ in refused}
        write_ledger(home, settings.place, {path: entry for path, entry in known.items() if path in lying})
    return report | {"seconds": round(time.monotonic() - started, 2)}


def _take(home: Home, remote: RemoteFolder, file: RemoteFile, known: Known, report: Report) -> None:
    """Copy one file, or note why not."""
    name = f"{file.source}/{file.name}"
    folder = home.landing / file.source
    folder.mkdir(parents=True, exist_ok=True)
    limit = _max_bytes(file.source)
    if (folder / file.name).exists():
        report["waiting"].append(name)
        return
    if file.size is not None and file.size > limit:
        _refuse(known, file.path, file.mark, too_large(file, file.size, limit), report)
        return
    if shutil.disk_usage(folder).free - (file.size or 0) < _KEEP_FREE_BYTES:
        raise EnvironmentBroken(f"the disk of {home.landing} is too full for {name}: free some space, fetch again")
    with tempfile.TemporaryDirectory(dir=home.landing, prefix=".fetching-") as folder_of_copy:
        copy = Path(folder_of_copy) / "copy"
        try:
            sha256 = remote.copy(file, copy, limit)
        except Changed:
            report["waiting"].append(name)
            return
        except Refused as error:
            _refuse(known, file.path, file.mark, error.refusals[0], report)
            return
        except Exception as error:
            # Not remembered: it is tried again.
            told = refusal("landing_unreadable", name, type(error).__name__, "a file this account may read")
            report["refused"].append(told.sentence())
            return
        if _is_in_archive(home, file, sha256):
            report["known"].append(name)
        else:
            copy.replace(folder / file.name)
            report["fetched"].append(name)
    known[file.path] = {"mark": file.mark, "sha256": sha256, "fetched_at": datetime.now(UTC).isoformat()}


def _refuse(known: Known, path: str, mark: str, told: Refusal, report: Report) -> None:
    if known.get(path, {}).get("mark") != mark:
        report["refused"].append(told.sentence())
        known[path] = {"mark": mark, "refused": told.rule}


def _max_bytes(source: str) -> int:
    # Late: their steps import what reads exports.
    from ingestion.dossiers import steps as dossiers
    from ingestion.survey import limits
    from ingestion.survey import steps as surveys

    largest = {dossiers.SOURCE: dossiers.MAX_EXPORT_BYTES, surveys.SOURCE: limits.MAX_EXPORT_BYTES}
    return largest.get(source, MAX_DOCUMENT_BYTES)


def _is_in_archive(home: Home, file: RemoteFile, sha256: str) -> bool:
    """Whether these bytes were received before under that name; of a survey, also whether they must not come again."""
    from ingestion.survey import steps as surveys
    from ingestion.survey.forgetting import forgotten_exports

    if file.source == surveys.SOURCE:
        return sha256 in {item.document.sha256 for item in surveys.archived_exports(home)} | forgotten_exports(home)
    return any(
        item.document.sha256 == sha256 and (file.source, file.name) in item.receptions for item in archived_files(home)
    )


@contextmanager
def _one_fetch(home: Home) -> Iterator[None]:
    home.make()
    with (home.build / "landing_fetch.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EnvironmentBroken("another fetch from a landing address is under way: wait for it to end") from None
        for left in home.landing.glob(".fetching-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
