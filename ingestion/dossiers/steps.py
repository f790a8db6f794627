"""The steps for dossiers: archive what landed, load what is pending, note what is to be measured.

Each can be killed at any instant and run again. State passes through files under `REFORM_HOME`: the archive, the lake
with its manifests, and the build database.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import Any

from ingestion.archive import AlreadyReceived, ArchivedFile, archive_file, archived_files
from ingestion.backfill import Stretch
from ingestion.dossiers.judging import Judgement, discard, judge, prepare
from ingestion.dossiers.layout import DOSSIER_REFERENCE, layouts
from ingestion.dossiers.loading import Loaded, merge
from ingestion.dossiers.reading import Reading, month_in_name, read_export
from ingestion.dossiers.units import UnitsOnDays
from ingestion.landing.at_rest import documents_at_rest, is_document
from ingestion.portions import portions
from ingestion.refusals import clear_refusals, keep_refusals, refused_documents, settled_documents
from warehouse.errors import Refused
from warehouse.home import REFERENCE_DIR, Home
from warehouse.lake import dossier_store, incoming, lake_writer
from warehouse.lake_manifest import commit, read_version
from warehouse.observability.journal import note

Report = dict[str, Any]

SOURCE = "dossiers"
#: Exports of a month of a large city are some hundred megabytes; index tables keep their own, smaller limit.
MAX_EXPORT_BYTES = 8 * 1024**3
#: Raised when exports already read must be read again because the reading itself was wrong.
READING = 1
_UNIT_TABLES = ("unit", "unit_alias", "unit_lineage")


def archive_exports(home: Home, settle_seconds: float = 0) -> Report:
    """Move what lies in `landing/dossiers/` into the archive, less what changes within `settle_seconds`."""
    started = time.monotonic()
    unread = {entry["document"]["sha256"] for entry in refused_documents(home)}
    archived: list[str] = []
    refused: list[str] = []
    for path in documents_at_rest(home.landing / SOURCE, settle_seconds):
        try:
            archive_file(
                home, SOURCE, path, received_from=f"landing/{SOURCE}", refused=unread, max_bytes=MAX_EXPORT_BYTES
            )
            archived.append(path.name)
        except Refused as error:
            refused += [refusal.sentence() for refusal in error.refusals]
            if not isinstance(error, AlreadyReceived):
                continue
        path.unlink()
    return {"archived": archived, "refused": refused, "seconds": time.monotonic() - started}


def plan_loads(home: Home, stretch: Stretch | None = None) -> list[Report]:
    """What is to be loaded, portion by portion: every archived export that the lake does not hold as it would be read,
    or every export of the months of a stretch.

    The newest month goes first: then an older export meets its successors, and fewer files are written twice.
    """
    documents = _pending(home) if stretch is None else _exports_of(home, stretch)
    pending = sorted(documents, key=_age, reverse=True)
    return portions([(item.document.file_name, item.document.sha256) for item in pending])


def load_exports(home: Home, documents: Collection[str] | None = None, *, again: bool = False) -> Report:
    """Read, judge and merge the pending exports; given `documents` (SHA-256), of these only.

    `again`: also those that the lake holds.
    """
    started = time.monotonic()
    report: Report = {"loaded": [], "refused": [], "rows": 0, "new": 0, "updated": 0, "outdated": 0, "set_aside": 0,
                      "left_out": 0}  # fmt: skip
    with lake_writer(home):
        shutil.rmtree(_staging(home), ignore_errors=True)  # what a run left that was killed once its export was in
        candidates = archived_files(home) if again else _pending(home)
        pending = [item for item in candidates if documents is None or item.document.sha256 in documents]
        if pending:
            _load(home, pending, report)
    return {**report, "seconds": time.monotonic() - started}


def _staging(home: Home) -> Path:
    """Where exports lie between being read and being merged, a private file each; the lake's writer owns it."""
    return home.build / "dossier_staging"


def _load(home: Home, pending: list[ArchivedFile], report: Report) -> None:
    staging = _staging(home)
    staging.mkdir(parents=True)
    units = UnitsOnDays.from_reference()
    try:
        for archived in sorted(pending, key=_age, reverse=True):
            database = staging / f"{archived.document.source_document_id}.duckdb"
            try:
                _load_one(home, archived, database, units, report)
            except Refused as error:
                keep_refusals(home, archived.document, error.refusals, reading_version=reading_version())
                report["refused"] += [refusal.sentence() for refusal in error.refusals]
            finally:
                discard(database)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _load_one(home: Home, archived: ArchivedFile, database: Path, units: UnitsOnDays, report: Report) -> None:
    reading = read_export(archived, home, database, units)
    prepare(reading, units)
    (judgement,) = judge([reading])
    if judgement.refusals:
        raise Refused(*judgement.refusals)
    store = dossier_store(home)
    version = read_version(store)
    document_id = archived.document.source_document_id
    with incoming(home) as folder:
        loaded = merge(home, judgement, version, folder)
    documents = version.documents | {document_id: _entry(reading, judgement, loaded)}
    batch = {"kind": "load", "document": document_id, "file_name": archived.document.file_name}
    commit(store, version, batch, loaded.added, loaded.removed, documents)
    clear_refusals(home, archived.document)
    report["loaded"].append(archived.document.file_name)
    report["rows"] += reading.rows
    for name, count in (("new", loaded.new), ("updated", loaded.updated), ("outdated", loaded.outdated),
                        ("set_aside", judgement.set_aside), ("left_out", judgement.left_out)):  # fmt: skip
        report[name] += count
    note(
        home,
        "batch_loaded",
        batch_id=document_id,
        source=SOURCE,
        dataset=SOURCE,
        source_document_id=document_id,
        outcome="loaded",
        rows_accepted=loaded.new + loaded.updated,
        rows_waiting=judgement.set_aside,
        rows_unchanged=loaded.outdated,
    )


def _entry(reading: Reading, judgement: Judgement, loaded: Loaded) -> dict[str, Any]:
    document = reading.archived.document
    return {
        "sha256": document.sha256,
        "file_name": document.file_name,
        "received_at": document.received_at,
        "reading_version": reading_version(),
        "layout_id": reading.layout_id,
        "export_month": reading.export_month.isoformat(),
        "is_synthetic": reading.is_synthetic,
        "rows": reading.rows,
        "left_out": judgement.left_out,
        "set_aside": judgement.set_aside,
        "partitions": [[part.year, part.month, part.unit] for part in loaded.partitions],
        "checks": [check.as_dict() for check in judgement.checks],
    }


def _pending(home: Home) -> list[ArchivedFile]:
    """Archived exports that the lake does not hold, or holds as an earlier version of the reading read them."""
    version = reading_version()
    manifest = read_version(dossier_store(home)).documents
    settled = settled_documents(home)
    pending = []
    for archived in archived_files(home):
        document = archived.document
        if document.source != SOURCE:
            continue
        known = manifest.get(document.source_document_id, {}).get("reading_version")
        key = f"{version} {document.source}/{document.file_name}"
        if known == version or settled.get(document.sha256) in {key, "dismissed"}:
            continue
        pending.append(archived)
    return pending


def _exports_of(home: Home, stretch: Stretch) -> list[ArchivedFile]:
    """Archived exports of the months of `stretch`: by what was read in them, else by the month in their names."""
    manifest, settled = read_version(dossier_store(home)).documents, settled_documents(home)
    found = []
    for archived in archived_files(home):
        document = archived.document
        if document.source != SOURCE or settled.get(document.sha256) == "dismissed":
            continue
        known = manifest.get(document.source_document_id, {}).get("export_month")
        month = date.fromisoformat(known) if known else month_in_name(document.file_name)
        if month is not None and stretch.holds_month(month.year, month.month):
            found.append(archived)
    return found


def _age(archived: ArchivedFile) -> tuple[date, str, str]:
    document = archived.document
    return month_in_name(document.file_name) or date.min, document.received_at, document.sha256


def reading_version() -> str:
    """What decides how an export is read: the layouts and words, the units, and the version of the code."""
    known = [(layout.layout_id, layout.content_hash) for layout in layouts()]
    files = [DOSSIER_REFERENCE / "words.yml", *(REFERENCE_DIR / f"{name}.csv" for name in _UNIT_TABLES)]
    contents = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return hashlib.sha256(repr((READING, known, contents)).encode()).hexdigest()[:16]


def measure_exports(home: Home) -> Report:
    """Tell the build database what the lake holds now and what it is measured with; the models measure."""
    from ingestion.dossiers.measure_inputs import note_inputs

    return note_inputs(home)


def land_exports(home: Home, folders: list[Path], land: Callable[[Home, str, list[Path]], Report]) -> int:
    """Copy the exports below `folders` (each with a subfolder `dossiers`) to the landing folder, but known ones."""
    known = {item.document.sha256 for item in archived_files(home)}
    landed = 0
    for folder in folders:
        for path in sorted((folder / SOURCE).rglob("*")):
            if not is_document(path) or path.suffix.lower() not in {".csv", ".parquet", ".txt"}:
                continue
            with path.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() not in known:
                    landed += land(home, SOURCE, [path])["landed"]
    return landed
