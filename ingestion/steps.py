"""The steps of a run, each callable by itself, killable at any instant, and without effect when repeated.

State passes from step to step through files under `REFORM_HOME`, never through memory, because under a real
scheduler every step is a process of its own. Each returns a JSON-able report.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import unicodedata
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingestion.archive import AlreadyReceived, archive_file, archived_files
from ingestion.landing.at_rest import documents_at_rest, is_document
from ingestion.parse import PARSERS
from ingestion.pending import correct_read, plan_reading, read_documents, reading_versions
from ingestion.refusals import (
    clear_refusals,
    note_in_run,
    record_refusals,
    refusals_of,
    refused_documents,
    refused_in_run,
    start_run,
)
from warehouse.batch_files import read_batch
from warehouse.build import input_fingerprint, read_state
from warehouse.changes import judge_changes
from warehouse.errors import EnvironmentBroken, Refused
from warehouse.home import Home
from warehouse.load import load_batches
from warehouse.quality_page import RefusedFile
from warehouse.release import publish

Report = dict[str, Any]


def archive_landing(home: Home, settle_seconds: float = 0) -> Report:
    """Move what lies in `landing/<source>/` into the archive, less what changes within `settle_seconds`."""
    started = time.monotonic()
    start_run(home)
    unread = {entry["document"]["sha256"] for entry in refused_documents(home)}
    archived: list[str] = []
    refused: list[str] = []
    for source in sorted(PARSERS):
        for path in documents_at_rest(home.landing / source, settle_seconds):
            try:
                archive_file(home, source, path, received_from=f"landing/{source}", refused=unread)
                archived.append(path.name)
            except Refused as error:
                note_in_run(home, error.refusals)
                refused.append(path.name)
                if not isinstance(error, AlreadyReceived):
                    continue
            path.unlink()
    return {"archived": archived, "refused": refused, "seconds": time.monotonic() - started}


def begin_again(home: Home) -> Report:
    """A run begins that reads archived documents again: what lies in the landing folder stays there."""
    start_run(home)
    return {"archived": [], "refused": [], "seconds": 0.0}


def parse_pending(home: Home) -> Report:
    """Read every pending document and correct what was read: the portions of `plan_reading`, one after the other."""
    started = time.monotonic()
    refused = [
        file_name for portion in plan_reading(home) for file_name in read_documents(home, portion["keys"])["refused"]
    ]
    corrected = correct_read(home)
    return {
        "parsed": corrected["parsed"],
        "refused": [*refused, *corrected["refused"]],
        "seconds": time.monotonic() - started,
    }


def audit_parsed(home: Home) -> Report:
    """Have the suites judge what was parsed; a blocked batch is recorded as a refusal."""
    started = time.monotonic()
    folders = sorted(home.staging.glob("b_*/parsed"))
    if not folders:
        return {"audited": [], "refused": [], "seconds": time.monotonic() - started}
    from expectations.audit import audit_batches
    from expectations.audit_files import write_audited

    version_of = reading_versions(home)
    audited, refused = [], []
    for item in audit_batches([read_batch(folder) for folder in folders], home):
        if item.refusals:
            document = item.batch.document
            record_refusals(home, document, item.refusals, reading_version=version_of(document.source))
            refused.append(document.file_name)
            continue
        write_audited(home.staging / item.batch.batch_id / "audited", item)
        audited.append(item.batch.batch_id)
    return {"audited": audited, "refused": refused, "seconds": time.monotonic() - started}


def load_audited(home: Home) -> Report:
    """Load what passed, in one transaction, and clear the way behind it."""
    started = time.monotonic()
    from expectations.audit_files import read_loadable

    batches = [read_loadable(folder) for folder in sorted(home.staging.glob("b_*/audited"))]
    # In the order received, so that of two documents for one source-year the later one supersedes the earlier.
    batches.sort(key=lambda item: (item.batch.document.received_at, item.batch.document.sha256))
    outcomes = load_batches(home, batches, reading_version=reading_versions(home))
    for item in batches:
        clear_refusals(home, item.batch.document)
    shutil.rmtree(home.staging, ignore_errors=True)
    return {
        "loaded": [outcome.batch_id for outcome in outcomes if outcome.outcome != "unchanged"],
        "unchanged": [outcome.batch_id for outcome in outcomes if outcome.outcome == "unchanged"],
        "figures": sum(outcome.figures for outcome in outcomes),
        "quarantined": sum(outcome.quarantined for outcome in outcomes),
        "superseded": {outcome.batch_id: list(outcome.superseded) for outcome in outcomes if outcome.superseded},
        "refused": refused_in_run(home),
        "seconds": time.monotonic() - started,
    }


def audit_built_marts(home: Home) -> Report:
    """Have the suites judge the built marts; the outcome is kept for the release's manifest.

    Raises:
        Refused: a blocking rule failed; the marts are not published.
        EnvironmentBroken: it failed because documents came in after the build.
    """
    started = time.monotonic()
    fingerprint = read_state(home).get("fingerprint")
    stored = home.build / "mart_checks.json"
    if stored.exists():
        known = json.loads(stored.read_text("utf-8"))
        if fingerprint and known["fingerprint"] == fingerprint:
            return {"checks": len(known["checks"]), "outcome": "unchanged", "seconds": time.monotonic() - started}
    stored.unlink(missing_ok=True)
    from expectations.mart_audit import audit_marts

    audit = audit_marts(home.build_database, home)
    if audit.refusals:
        _raise_if_overtaken(home)
        raise Refused(*audit.refusals)
    checks = [asdict(check) for check in audit.checks]
    partial = stored.with_suffix(".partial")
    partial.write_text(json.dumps({"fingerprint": fingerprint, "checks": checks}, ensure_ascii=False), "utf-8")
    partial.replace(stored)
    return {"checks": len(checks), "outcome": "audited", "seconds": time.monotonic() - started}


def publish_audited(home: Home, *, allow_drops: bool = False) -> Report:
    """Publish the build, but only one whose marts passed their audit, in the build and again in the copy.

    Raises:
        EnvironmentBroken: the present build was not audited, or documents came in after it.
        Refused: the copy breaks a rule, or it drops more of the current figures than may be dropped unasked.
    """
    stored = home.build / "mart_checks.json"
    known = json.loads(stored.read_text("utf-8")) if stored.exists() else {}
    if not known or known["fingerprint"] != read_state(home).get("fingerprint"):
        raise EnvironmentBroken("the marts were built but not audited, so they are not published: `reform build`")
    refused = tuple(
        RefusedFile(
            file_name=entry["document"]["file_name"],
            source=entry["document"]["source"],
            refusals=tuple(refusals_of(entry)),
        )
        for entry in refused_documents(home)
    )

    def judge(copy: Path, current: Path | None) -> Report:
        from expectations.release_audit import audit_release

        faults = audit_release(copy / "warehouse.duckdb", home.build_database)
        if faults:
            _raise_if_overtaken(home)
            raise Refused(*faults)
        return judge_changes(copy, current, allow_drops=allow_drops)

    def surroundings(folder: Path) -> None:
        from ingestion.surroundings import write_surroundings

        write_surroundings(home, folder)

    return publish(home, known["checks"], refused, judge=judge, surroundings=surroundings).as_dict()


def _raise_if_overtaken(home: Home) -> None:
    """Marts that differ from what was loaded after them are no fault: a retry publishes the next build."""
    if input_fingerprint(home) != read_state(home).get("fingerprint"):
        raise EnvironmentBroken("documents were loaded after the marts were built: `reform build`, then this again")


def land(home: Home, folders: list[Path]) -> Report:
    """Copy the documents below `folders` to the landing folder, those already archived left out.

    A folder holds a subfolder a source (`pci/`, `papi/`, `annex/`), as `landing` itself does.
    """
    known = {(item.document.sha256, *reception) for item in archived_files(home) for reception in item.receptions}
    landed = 0
    for folder in folders:
        for source in sorted(PARSERS):
            files = [path for path in sorted((folder / source).rglob("*")) if _is_table(path)]
            new = [path for path in files if (_sha256(path), source, _nfc(path.name)) not in known]
            landed += land_files(home, source, new)["landed"]
    return {"landed": landed}


def land_files(home: Home, source: str, files: list[Path]) -> Report:
    """Copy `files` to the landing folder of `source`; a killed copy leaves nothing that would be taken in."""
    folder = home.landing / source
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        partial = folder / f"{file.name}.partial"
        shutil.copyfile(file, partial)
        partial.replace(folder / file.name)
    return {"landed": len(files)}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _is_table(path: Path) -> bool:
    return is_document(path) and path.suffix.lower() in {".xls", ".xlsx", ".csv", ".pdf"}
