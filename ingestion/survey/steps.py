"""The steps of a survey export: archive → shape → mapping (a person accepts it) → wave in the lake.

Each step is without effect when repeated. Of several exports of a year the last ingested is the wave.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingestion.archive import AlreadyReceived, ArchivedFile, archive_file, archived_files
from ingestion.backfill import Stretch
from ingestion.landing.at_rest import documents_at_rest, is_document
from ingestion.portions import portions
from ingestion.survey.codebook import CodeBook, code_book_hash, read_code_books
from ingestion.survey.encodings import decoder
from ingestion.survey.export import ExportShape
from ingestion.survey.forgetting import forget, forgotten_exports, forgotten_in
from ingestion.survey.identifiers import secret_key
from ingestion.survey.limits import MAX_EXPORT_BYTES
from ingestion.survey.mapping_file import (
    MappingFile,
    accepted_mapping,
    check_mapping,
    mappings_folder,
    read_mapping,
    read_mappings,
    write_mapping,
)
from ingestion.survey.matching import nearest_code_book, propose, year_of
from ingestion.survey.normalise import WaveInput, normalise
from ingestion.survey.reading import encoding_of, read_columns, read_shape
from ingestion.survey.refusing import refuse
from ingestion.survey.wave_files import read_manifest, wave_folder
from warehouse.errors import Misused, Refused
from warehouse.home import Home
from warehouse.observability.journal import note

Report = dict[str, Any]
SOURCE = "survey"
#: Longer than any reading may take.
_STALE_SECONDS = 6 * 3600


class _SurveyArchive(Home):
    """A home whose archive is the folder of survey exports, which their owner alone may read."""

    @property
    def archive(self) -> Path:
        return self.root / "archive" / "survey"


@dataclass(frozen=True)
class Given:
    """What a person says of an export because its file does not."""

    data_year: int | None = None
    encoding: str | None = None


def ingest_files(home: Home, files: list[Path], given: Given | None = None) -> Report:
    """Archive the files and load each that has an accepted mapping; for the others a mapping is proposed.

    Raises:
        Misused: a file is not there.
    """
    for file in files:
        if not is_document(file):
            raise Misused(f"{file} is not a file, or a link, a hidden or a half-written one")
    given = given or Given()
    outcomes = []
    for file in files:
        try:
            outcomes.append(_ingest(home, archive_export(home, file, received_from="command"), given))
        except Refused as error:
            outcomes.append({"outcome": "refused", "file_name": file.name, "refusals": error.refusals})
    return _together(outcomes)


def plan_landing(home: Home, settle_seconds: float = 0) -> list[Report]:
    """What lies in `landing/survey`, portion by portion, less what changes within `settle_seconds`."""
    lying = _lying(home, settle_seconds).items()
    return portions([(os.fsencode(path.name).decode("utf-8", "replace"), key) for key, path in lying])


def ingest_landing(home: Home, keys: Collection[str] | None = None) -> Report:
    """The same for what lies in `landing/survey`; given `keys` of `plan_landing`, for these only.

    A file leaves the landing folder once all was done with it: nobody reads the archive for exports that were received
    and not loaded, so a run killed in between finds its file here.
    """
    outcomes = []
    for key, path in _lying(home).items():
        if keys is not None and key not in keys:
            continue
        try:
            archived = archive_export(home, path, received_from=f"landing/{SOURCE}")
        except Refused as error:
            outcomes.append({"outcome": "refused", "file_name": path.name, "refusals": error.refusals})
            continue
        outcomes.append(_ingest(home, archived, Given()))
        path.unlink()
    return _together(outcomes)


def plan_again(home: Home, stretch: Stretch) -> list[Report]:
    """The archived exports of the years of `stretch`, by the year in their names, portion by portion."""
    exports = [item for item in archived_exports(home) if stretch.holds_name(item.document.file_name)]
    return portions([(item.document.file_name, item.document.sha256) for item in exports])


def ingest_again(home: Home, documents: Collection[str]) -> Report:
    """Read the archived exports with these SHA-256 again, in the order received, by their accepted mappings."""
    exports = [item for item in archived_exports(home) if item.document.sha256 in documents]
    return _together([_ingest(home, item, Given(), again=True) for item in exports])


def _lying(home: Home, settle_seconds: float = 0) -> dict[str, Path]:
    """The documents in `landing/survey`, each by a key that travels between tasks whatever signs its name holds."""
    documents = documents_at_rest(home.landing / SOURCE, settle_seconds)
    return {hashlib.sha256(os.fsencode(item)).hexdigest()[:16]: item for item in documents}


def accept(home: Home, path: Path, by: str) -> Report:
    """Mark the mapping at `path` as accepted by a person, and load the exports that waited for it.

    Raises:
        Misused: nobody's name was given.
        Refused: the mapping does not fit its export or its code book.
    """
    if not by.strip():
        raise Misused("say who accepts the mapping: --by NAME")
    mapping = read_mapping(path)
    book = _book(mapping.code_book, path.name)
    if mapping.code_book_hash != code_book_hash(book):
        raise refuse(
            path.name, "mapping_invalid", found="a code book that has changed since", expected="a new proposal"
        )
    waiting = [item for item in archived_exports(home) if _shape_hash(home, item, mapping) == mapping.shape_hash]
    if not waiting:
        raise refuse(
            path.name, "mapping_invalid", found="no archived export of this shape", expected="the export itself"
        )
    shape = read_shape(waiting[-1].path, waiting[-1].document.file_name, _private_folder(home))
    decode = decoder(mapping.text_encoding, is_bytes=shape.is_bytes)
    check_mapping(mapping, shape.decoded(decode), book, path.name)
    accepted = mapping.model_copy(
        update={"status": "accepted", "accepted_by": by.strip(), "accepted_on": datetime.now(UTC).date()}
    )
    target = mappings_folder(home) / path.name
    write_mapping(target, accepted)
    given = Given(accepted.data_year, accepted.text_encoding)
    return _together([_ingest(home, waiting[-1], given)])


def proposed_mappings(home: Home) -> dict[Path, MappingFile]:
    """The mappings that wait for a person."""
    return {path: mapping for path, mapping in read_mappings(home).items() if mapping.status == "proposed"}


def archive_export(home: Home, path: Path, *, received_from: str) -> ArchivedFile:
    """Archive an export; its folders are 0700 and its files 0400.

    Raises:
        Refused: it is too large, or holds somebody who was since forgotten.
    """
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() in forgotten_exports(home):
            raise refuse(
                path.name,
                "survey_export_forgotten",
                found="the export as it was",
                expected="one without that respondent",
            )
    archive = _SurveyArchive(home.root)
    before = os.umask(0o077)
    try:
        archive.archive.mkdir(parents=True, exist_ok=True)
        archive.archive.chmod(0o700)
        try:
            archived = archive_file(archive, SOURCE, path, received_from=received_from, max_bytes=MAX_EXPORT_BYTES)
        except AlreadyReceived:
            # The same answers under another name are the same wave: nothing is to be told apart here.
            archived = next(item for item in archived_exports(home) if _same_bytes(item, path))
    finally:
        os.umask(before)
    archived.path.parent.chmod(0o700)
    for file in archived.path.parent.iterdir():
        file.chmod(0o400)
    return archived


def replace_export(home: Home, archived: ArchivedFile, new: Path) -> None:
    """Archive `new` in the place of `archived`, whose bytes are removed, and read the wave again."""
    named = new.with_name(archived.document.file_name)
    new.rename(named)
    again = archive_export(home, named, received_from=f"without a forgotten respondent, for {archived.document.sha256}")
    shutil.rmtree(archived.path.parent)
    outcome = _ingest(home, again, Given())
    if outcome["outcome"] != "loaded":
        raise Refused(*outcome["refusals"])


def archived_exports(home: Home) -> list[ArchivedFile]:
    """Every archived export, in the order received."""
    return archived_files(_SurveyArchive(home.root))


def _same_bytes(item: ArchivedFile, path: Path) -> bool:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == item.document.sha256


def _shape_hash(home: Home, item: ArchivedFile, mapping: MappingFile) -> str:
    try:
        shape = read_shape(item.path, item.document.file_name, _private_folder(home))
        return shape.decoded(decoder(mapping.text_encoding, is_bytes=shape.is_bytes)).shape_hash()
    except (Refused, KeyError, UnicodeError):
        return ""


def _ingest(home: Home, archived: ArchivedFile, given: Given, *, again: bool = False) -> Report:
    """Load one export, or propose its mapping; the outcome in words. `again`: also what the lake holds already."""
    document = archived.document
    try:
        raw = read_shape(archived.path, document.file_name, _private_folder(home))
        encoding = encoding_of(raw, document.file_name, given.encoding)
        shape = raw.decoded(decoder(encoding, is_bytes=raw.is_bytes))
        data_year = year_of(document.file_name, given.data_year)
        book, likeness = nearest_code_book(shape, read_code_books(), data_year, document.file_name)
        mapping = accepted_mapping(home, shape, book, data_year, document.file_name)
        if mapping is None:
            return _propose(home, shape, book, likeness, archived, data_year, encoding)
        check_mapping(mapping, shape, book, document.file_name)
        return {"outcome": "loaded", **_load(home, archived, raw, mapping, book, again=again)}
    except Refused as error:
        rules = sorted({refusal.rule for refusal in error.refusals})
        _note(home, "document_refused", archived, outcome="refused", rules=rules)
        return {"outcome": "refused", "file_name": document.file_name, "refusals": error.refusals}


def _note(home: Home, event: str, archived: ArchivedFile, **fields: Any) -> None:
    note(home, event, source=SOURCE, source_document_id=archived.document.source_document_id, **fields)


def _propose(
    home: Home,
    shape: ExportShape,
    book: CodeBook,
    likeness: float,
    archived: ArchivedFile,
    data_year: int,
    encoding: str,
) -> Report:
    name = archived.document.file_name
    mapping = propose(shape, book, likeness=likeness, data_year=data_year, file_name=name, encoding=encoding)
    path = mappings_folder(home) / f"{mapping.wave_id}_{mapping.shape_hash[:8]}.yml"
    if not path.exists() or read_mapping(path).code_book_hash != mapping.code_book_hash:
        write_mapping(path, mapping)
    refusal = refuse(
        name, "mapping_not_accepted", found=f"{len(mapping.differences)} differences from {book.code_book}",
        expected="an accepted mapping", place=str(path),
    )  # fmt: skip
    return {"outcome": "proposed", "file_name": name, "mapping": str(path), "refusals": refusal.refusals}


def _load(
    home: Home, archived: ArchivedFile, raw: ExportShape, mapping: MappingFile, book: CodeBook, *, again: bool
) -> Report:
    folder = wave_folder(home, mapping.wave_id)
    known = read_manifest(folder)
    same = ("sha256", "code_book_hash", "shape_hash")
    present = {
        "sha256": archived.document.sha256,
        "code_book_hash": code_book_hash(book),
        "shape_hash": mapping.shape_hash,
    }
    if not again and known is not None and all(known[key] == present[key] for key in same):
        return {"wave": known, "is_new": False}
    shape = raw.decoded(decoder(mapping.text_encoding, is_bytes=raw.is_bytes))
    raw_names = {ours.name: theirs.name for ours, theirs in zip(shape.variables, raw.variables, strict=True)}
    with tempfile.TemporaryDirectory(dir=_private_folder(home)) as work:
        wanted = [raw_names[column] for column in mapping.columns.values()]
        parts = read_columns(archived.path, archived.document.file_name, raw, wanted, Path(work))
        wave = WaveInput(archived.document, raw, mapping, book, tuple(parts))
        manifest = normalise(wave, folder, secret_key(home))
    for key in forgotten_in(home, folder):
        # Somebody who was forgotten came again in another export: out of it, and out of the archive, at once.
        forget(home, key)
        manifest = read_manifest(folder) or manifest
    _note(home, "batch_loaded", archived, dataset=SOURCE, batch_id=mapping.wave_id, outcome="loaded",
          rows_accepted=manifest["respondents"] - manifest["respondents_excluded"],
          rows_waiting=manifest["respondents_excluded"])  # fmt: skip
    return {"wave": manifest, "is_new": True}


def _private_folder(home: Home) -> Path:
    """Where columns lie between archive and lake, respondents' numbers among them; leftovers of killed runs go."""
    folder = home.build / "survey"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for left in folder.iterdir():
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    return folder


def _book(name: str, file_name: str) -> CodeBook:
    for book in read_code_books():
        if book.code_book == name:
            return book
    raise refuse(file_name, "survey_no_code_book", found=name, expected="a code book of the project")


def _together(outcomes: list[Report]) -> Report:
    return {
        "loaded": [item for item in outcomes if item["outcome"] == "loaded"],
        "proposed": [item for item in outcomes if item["outcome"] == "proposed"],
        "refused": [item for item in outcomes if item["outcome"] == "refused"],
    }
