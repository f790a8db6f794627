"""Refused documents: one JSON a document under `quarantine/`, until the document is read or its owner withdraws it.

They are kept out of the build database on purpose: a refused file changes nothing in it.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from warehouse.errors import Refusal
from warehouse.figures import SourceDocument
from warehouse.home import Home
from warehouse.observability.journal import note


def start_run(home: Home) -> None:
    """A run begins: nothing was refused in it yet."""
    _write_run(home, [])


def note_in_run(home: Home, refusals: Iterable[Refusal]) -> None:
    """Remember that the present run refused something; what waits from earlier runs is no news.

    Several tasks of a run may do so at once, and one that is tried again says the same: it stands once.
    """
    home.build.mkdir(parents=True, exist_ok=True)
    with _run_file(home).with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write_run(home, list(dict.fromkeys([*refusals_in_run(home), *refusals])))


def refused_in_run(home: Home) -> list[str]:
    """A sentence for everything the present (or last) run refused."""
    return [refusal.sentence() for refusal in refusals_in_run(home)]


def refusals_in_run(home: Home) -> list[Refusal]:
    """Everything the present (or last) run refused."""
    path = _run_file(home)
    return [Refusal(**refusal) for refusal in json.loads(path.read_text("utf-8"))] if path.exists() else []


def _run_file(home: Home) -> Path:
    return home.build / "refusals_in_run.json"


def _write_run(home: Home, refusals: list[Refusal]) -> None:
    home.build.mkdir(parents=True, exist_ok=True)
    partial = _run_file(home).with_suffix(".partial")
    partial.write_text(json.dumps([asdict(refusal) for refusal in refusals], ensure_ascii=False), "utf-8")
    partial.replace(_run_file(home))


def record_refusals(home: Home, document: SourceDocument, refusals: Iterable[Refusal], *, reading_version: str) -> None:
    """Remember why `document` may not enter, and that the present run refused it."""
    refusals = list(refusals)
    note_in_run(home, refusals)
    keep_refusals(home, document, refusals, reading_version=reading_version)


def keep_refusals(home: Home, document: SourceDocument, refusals: Iterable[Refusal], *, reading_version: str) -> None:
    """Remember why `document` may not enter; replaces what was remembered of it before."""
    home.quarantine.mkdir(parents=True, exist_ok=True)
    target = home.quarantine / f"{document.sha256}.json"
    partial = target.with_suffix(".partial")
    kept = [asdict(refusal) for refusal in refusals]
    content = {"document": asdict(document), "reading_version": reading_version, "refusals": kept}
    partial.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    partial.replace(target)
    note(
        home,
        "document_refused",
        source=document.source,
        source_document_id=document.source_document_id,
        outcome="refused",
        rules=sorted({refusal["rule"] for refusal in kept}),
    )


def clear_refusals(home: Home, document: SourceDocument) -> None:
    """A document was read: forget its own refusals, and those of earlier files it was sent to replace (same name)."""
    for entry in refused_documents(home):
        refused = entry["document"]
        same_file = (refused["source"], refused["file_name"]) == (document.source, document.file_name)
        if same_file or refused["sha256"] == document.sha256:
            (home.quarantine / f"{refused['sha256']}.json").unlink(missing_ok=True)


def dismiss(home: Home, file_name: str) -> int:
    """Their owner withdraws refused files of that name: they wait no longer and are not read again.

    The bytes stay in the archive. Returns how many were dismissed.
    """
    entries = [entry for entry in refused_documents(home) if entry["document"]["file_name"] == file_name]
    for entry in entries:
        target = home.quarantine / f"{entry['document']['sha256']}.json"
        partial = target.with_suffix(".partial")
        partial.write_text(json.dumps({**entry, "dismissed": True}, ensure_ascii=False, indent=1), "utf-8")
        partial.replace(target)
    return len(entries)


def refused_documents(home: Home) -> list[dict[str, Any]]:
    """What is remembered of the refused documents that wait, by file name."""
    return [entry for entry in _entries(home) if not entry.get("dismissed")]


def settled_documents(home: Home) -> dict[str, str]:
    """SHA-256 of documents that need no reading now, with what settles it: a reading version, or `dismissed`.

    A document sent again under another name or to another source is to be read again.
    """
    return {
        entry["document"]["sha256"]: "dismissed" if entry.get("dismissed") else reading_key(entry)
        for entry in _entries(home)
    }


def reading_key(entry: dict[str, Any]) -> str:
    """What a refusal was about: the reading version, the source and the name under which the file was sent."""
    document = entry["document"]
    return f"{entry['reading_version']} {document['source']}/{document['file_name']}"


def _entries(home: Home) -> list[dict[str, Any]]:
    found = [json.loads(path.read_text("utf-8")) for path in home.quarantine.glob("*.json")]
    return sorted(found, key=lambda item: (item["document"]["file_name"], item["document"]["sha256"]))


def refusals_of(entry: dict[str, Any]) -> list[Refusal]:
    """The refusals of one entry of `refused_documents`."""
    return [Refusal(**refusal) for refusal in entry["refusals"]]
