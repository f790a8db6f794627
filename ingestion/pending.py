"""Reading what is pending: which documents, in which portions, each portion by itself.

Under a scheduler every portion is a task of its own, named by its file: one bad workbook is red by name, and the rest
go through. State passes through `build/staging`: `b_…/read` as read, `b_…/parsed` corrected and ready for the audit.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

from ingestion.archive import ArchivedFile, archived_files
from ingestion.backfill import Stretch
from ingestion.corrections import correct_batches
from ingestion.parse import PARSERS, parse_document
from ingestion.portions import portions
from ingestion.refusals import record_refusals, settled_documents
from warehouse.batch_files import read_batch, write_batch
from warehouse.corrections import corrections_hash, read_corrections
from warehouse.errors import Refused
from warehouse.home import PROJECT_ROOT, Home
from warehouse.load import loaded_documents, loaded_years
from warehouse.reference import tree_hash

Report = dict[str, Any]


def reading_versions(home: Home) -> Callable[[str], str]:
    """By source, a hash over everything that decides how its bytes are read and judged.

    When it changes, the documents of the source are read again: for a correction, those of its source only.
    """
    code = tree_hash(
        PROJECT_ROOT / "ingestion",
        PROJECT_ROOT / "expectations",
        PROJECT_ROOT / "data" / "reference",
        suffixes=(".py", ".yml", ".csv"),
    )
    return lru_cache(maxsize=None)(
        lambda source: hashlib.sha256(f"{code}\n{corrections_hash(home, source)}".encode()).hexdigest()
    )


def pending_documents(home: Home) -> list[ArchivedFile]:
    """Every archived document that was not yet read under this reading version, in the order received."""
    version_of = reading_versions(home)
    loaded, settled = loaded_documents(home), settled_documents(home)
    pending = []
    for archived in archived_files(home):
        document = archived.document
        if document.source not in PARSERS:
            continue
        version = version_of(document.source)
        key = f"{version} {document.source}/{document.file_name}"
        if loaded.get(document.sha256) == version or settled.get(document.sha256) in {key, "dismissed"}:
            continue
        pending.append(archived)
    return pending


def documents_of(home: Home, stretch: Stretch) -> list[ArchivedFile]:
    """The archived documents of a stretch, read or not: by the years they hold, or by those in their names.

    One that holds other years too is read whole, for its rows stand and fall together.
    """
    years = loaded_years(home)
    settled = settled_documents(home)
    return [
        item
        for item in archived_files(home)
        if item.document.source == stretch.source
        and settled.get(item.document.sha256) != "dismissed"
        and (
            any(map(stretch.holds_year, years[item.document.sha256]))
            if item.document.sha256 in years
            else stretch.holds_name(item.document.file_name)
        )
    ]


def plan_reading(home: Home, stretch: Stretch | None = None) -> list[Report]:
    """Clear the way and say what is to be read, portion by portion: what is pending, or the documents of a stretch."""
    shutil.rmtree(home.staging, ignore_errors=True)
    home.staging.mkdir(parents=True)
    documents = pending_documents(home) if stretch is None else documents_of(home, stretch)
    return portions([(f"{item.document.source}/{item.document.file_name}", item.document.sha256) for item in documents])


def read_documents(home: Home, documents: Collection[str]) -> Report:
    """Read the archived documents with these SHA-256; of one that is refused nothing is kept but its refusal."""
    started = time.monotonic()
    report: Report = {"read": [], "refused": [], "sentences": []}
    version_of = reading_versions(home)
    for archived in archived_files(home):
        document = archived.document
        if document.sha256 not in documents:
            continue
        try:
            batch = parse_document(document, archived.path)
        except Refused as error:
            record_refusals(home, document, error.refusals, reading_version=version_of(document.source))
            report["refused"].append(document.file_name)
            report["sentences"] += [refusal.sentence() for refusal in error.refusals]
            continue
        write_batch(home.staging / batch.batch_id / "read", batch)
        report["read"].append(batch.batch_id)
    return report | {"seconds": time.monotonic() - started}


def correct_read(home: Home) -> Report:
    """Apply the corrections to everything that was read, for which of its source key's documents is valid matters."""
    version_of = reading_versions(home)
    report: Report = {"parsed": [], "refused": []}
    batches = [read_batch(folder) for folder in sorted(home.staging.glob("b_*/read"))]
    for batch, outcome in correct_batches(batches, read_corrections(home)):
        document = batch.document
        if isinstance(outcome, Refused):
            record_refusals(home, document, outcome.refusals, reading_version=version_of(document.source))
            report["refused"].append(document.file_name)
            continue
        write_batch(home.staging / batch.batch_id / "parsed", outcome)
        report["parsed"].append(batch.batch_id)
    return report
