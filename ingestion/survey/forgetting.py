"""One respondent removed everywhere: from the archived exports, the wave, the estimates; and never read again.

The one exception to an archive that is never changed. The export is written again without the respondent's rows, read
back and compared: everybody else must be as before. Only then is the old one removed. What stays is a line in
`REFORM_HOME/survey/forgotten.jsonl`: when, which wave, hashes of the old and the new export, and a hash of the key, by
which the same person is left out again should an export with their answers come a second time. Releases hold shares of
30 and more and are not changed; the next one is estimated without the respondent.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ingestion.archive import ArchivedFile
from ingestion.survey.codebook import CodeBook, read_code_books
from ingestion.survey.columns import Columns
from ingestion.survey.encodings import decoder
from ingestion.survey.export import ExportShape
from ingestion.survey.identifiers import keyed_hash, secret_key
from ingestion.survey.mapping_file import MappingFile, read_mappings
from ingestion.survey.reading import read_columns, read_shape
from ingestion.survey.respondents import plain_texts
from ingestion.survey.rewriting import drop_rows
from ingestion.survey.wave_files import read_manifest, waves_folder
from warehouse.errors import EnvironmentBroken, Misused, Refused
from warehouse.home import Home

Report = dict[str, Any]


def forgotten_file(home: Home) -> Path:
    """The audit of what was forgotten, one JSON object a line."""
    return home.root / "survey" / "forgotten.jsonl"


def forgotten_exports(home: Home) -> set[str]:
    """SHA-256 of the exports that held somebody since forgotten: they are not taken in again."""
    return {entry["old_sha256"] for entry in _audit(home)}


def forgotten_in(home: Home, folder: Path) -> list[str]:
    """The keys in the wave at `folder` whose owners were forgotten."""
    hashes = {entry["key_sha256"] for entry in _audit(home)}
    if not hashes:
        return []
    keys = pl.read_parquet(folder / "respondents.parquet", columns=["respondent_key"])["respondent_key"].to_list()
    return [key for key in keys if _sha256(key.encode()) in hashes]


def forget(home: Home, respondent_key: str) -> Report:
    """Remove the respondent from every archived export and from its wave.

    Returns `wave_id, exports` (old and new SHA-256), `unsearched` (exports without an accepted mapping).

    Raises:
        Misused: no wave has that key, or the wave's respondents have no number of their own.
        EnvironmentBroken: an export cannot be written again as it was; nothing was changed.
    """
    from ingestion.survey.steps import archived_exports, replace_export

    wave_id = _wave_of(home, respondent_key)
    books = {book.code_book: book for book in read_code_books()}
    replaced, unsearched = [], []
    with tempfile.TemporaryDirectory(dir=_work_folder(home)) as work:
        prepared = []
        for number, archived in enumerate(archived_exports(home)):
            folder = Path(work) / str(number)
            folder.mkdir()
            read = _read_ids(home, archived, folder)
            if read is None:
                unsearched.append(archived.document.file_name)
                continue
            shape, mapping, ids = read
            rows = _rows_of(ids, mapping, respondent_key, secret_key(home))
            if rows:
                new = folder / "export"
                drop_rows(archived.path, shape.format, rows, new)
                _compare(archived, new, shape, mapping, books[mapping.code_book], rows, folder)
                prepared.append((archived, new))
        if not prepared:
            raise EnvironmentBroken(f"no archived export of {wave_id} holds this respondent; bring the archive back")
        for archived, new in prepared:
            sha256 = _sha256(new.read_bytes())
            _note(home, wave_id, respondent_key, archived.document.sha256, sha256)
            replace_export(home, archived, new)
            replaced.append({"old_sha256": archived.document.sha256, "new_sha256": sha256})
    return {"wave_id": wave_id, "exports": replaced, "unsearched": unsearched}


def _wave_of(home: Home, respondent_key: str) -> str:
    for folder in sorted(waves_folder(home).glob("wave=*")):
        manifest = read_manifest(folder)
        keys = pl.scan_parquet(folder / "respondents.parquet").filter(pl.col("respondent_key") == respondent_key)
        if manifest is not None and keys.collect().height:
            return str(manifest["wave_id"])
    raise Misused(f"no wave has a respondent {respondent_key!r}: the key is `respondent_key` in respondents.parquet")


def _read_ids(
    home: Home, archived: ArchivedFile, work: Path
) -> tuple[ExportShape, MappingFile, list[str | None]] | None:
    """The numbers of an export's rows, by its accepted mapping; None where there is none."""
    try:
        raw = read_shape(archived.path, archived.document.file_name, work)
    except Refused:
        return None
    for mapping in read_mappings(home).values():
        if mapping.status != "accepted" or "respondent_id" not in mapping.columns:
            continue
        try:
            shape = raw.decoded(decoder(mapping.text_encoding, is_bytes=raw.is_bytes))
        except (KeyError, UnicodeError):
            continue
        if shape.shape_hash() == mapping.shape_hash:
            return raw, mapping, _ids(archived.path, archived.document.file_name, raw, mapping, work / "ids")
    return None


def _ids(path: Path, file_name: str, raw: ExportShape, mapping: MappingFile, folder: Path) -> list[str | None]:
    columns = _columns(path, file_name, raw, mapping, ("respondent_id",), folder)
    return plain_texts(columns.series("respondent_id")).to_list()


def _columns(
    path: Path, file_name: str, raw: ExportShape, mapping: MappingFile, meant: tuple[str, ...], folder: Path
) -> Columns:
    folder.mkdir()
    shape = raw.decoded(decoder(mapping.text_encoding, is_bytes=raw.is_bytes))
    raw_names = {ours.name: theirs.name for ours, theirs in zip(shape.variables, raw.variables, strict=True)}
    wanted = [raw_names[mapping.columns[name]] for name in meant]
    return Columns(tuple(read_columns(path, file_name, raw, wanted, folder)), raw, mapping)


def _rows_of(ids: list[str | None], mapping: MappingFile, respondent_key: str, key: bytes) -> set[int]:
    """The rows of the respondent: all of a long export, the one of a wide export whose number and turn it is."""
    seen: dict[str, int] = {}
    found = set()
    for row, text in enumerate(ids):
        if text is None:
            continue
        turn = seen[text] = seen.get(text, 0) + 1
        told_apart = text if turn == 1 or mapping.layout == "long" else f"{text}\x1f{turn}"
        if keyed_hash(key, "respondent", mapping.wave_id, told_apart) == respondent_key:
            found.add(row)
    return found


def _compare(
    archived: ArchivedFile,
    new: Path,
    raw: ExportShape,
    mapping: MappingFile,
    book: CodeBook,
    rows: set[int],
    work: Path,
) -> None:
    """Hold the new export against the old one: its shape, and every column that is read, but for the rows left out."""
    name = archived.document.file_name
    again = read_shape(new, name, work)
    decode = decoder(mapping.text_encoding, is_bytes=again.is_bytes)
    is_same = again.decoded(decode).shape_hash() == mapping.shape_hash
    if is_same:
        meant = tuple(mapping.columns)
        before = _columns(archived.path, name, raw, mapping, meant, work / "before")
        after = _columns(new, name, again, mapping, meant, work / "after")
        kept = [row for row in range(raw.rows) if row not in rows]
        is_same = all(before.series(column)[kept].equals(after.series(column)) for column in meant)
    if not is_same:
        raise EnvironmentBroken(
            f"{name} cannot be written again as it was ({book.code_book}, {raw.format}); nothing was changed. Have its "
            "owner send an export without the respondent, ingest it, and remove the old one from archive/survey"
        )


def _note(home: Home, wave_id: str, respondent_key: str, old: str, new: str) -> None:
    """Write the audit line before the archive is touched: a kill in between leaves a line too many, never one less."""
    path = forgotten_file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {
        "forgotten_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "wave_id": wave_id,
        "key_sha256": _sha256(respondent_key.encode()),
        "old_sha256": old,
        "new_sha256": new,
    }
    with path.open("a", encoding="utf-8") as writing:
        writing.write(json.dumps(line) + "\n")
        writing.flush()
        os.fsync(writing.fileno())
    path.chmod(0o600)


def _audit(home: Home) -> list[dict[str, str]]:
    path = forgotten_file(home)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line] if path.exists() else []


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _work_folder(home: Home) -> Path:
    folder = home.build / "survey_forget"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    return folder
