"""The archive: every document byte for byte as received, addressed by its SHA-256, never changed.

`archive/ab/abcd…/content` holds the bytes, `document.json` beside it who sent them when and under which name. The
landing folder is only a doorstep: a file leaves it once its bytes are safe here.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse.errors import Refusal, Refused
from warehouse.figures import SourceDocument
from warehouse.home import Home

MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
_CHUNK = 1024 * 1024

_MEDIA_TYPES = {
    b"PK\x03\x04": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"\xd0\xcf\x11\xe0": "application/vnd.ms-excel",
    b"%PDF": "application/pdf",
}


@dataclass(frozen=True)
class ArchivedFile:
    """A document and where its bytes are."""

    document: SourceDocument
    path: Path


def archive_file(home: Home, source: str, path: Path, *, received_from: str) -> ArchivedFile:
    """Copy `path` into the archive and return its document; the same bytes under the same name change nothing.

    Raises:
        Refused: the file is larger than any index table can be.
    """
    file_name = unicodedata.normalize("NFC", path.name)
    size_bytes = path.stat().st_size
    if size_bytes > MAX_DOCUMENT_BYTES:
        raise Refused(
            Refusal(
                file_name=file_name,
                rule="too_large",
                found=f"{size_bytes} bytes",
                expected=f"at most {MAX_DOCUMENT_BYTES} bytes",
                text_en="the file is too large to be an index table",
                text_vi="tệp quá lớn so với một bảng chỉ số",
                action="send the table alone, without pictures or other sheets",
            )
        )
    sha256, first_bytes, copied = _copy_hashing(path, home.archive / ".incoming")
    folder = home.archive / sha256[:2] / sha256
    content = folder / "content"
    folder.mkdir(parents=True, exist_ok=True)
    if content.exists():
        copied.unlink()
    else:
        copied.replace(content)
    media_type = next((kind for magic, kind in _MEDIA_TYPES.items() if first_bytes.startswith(magic)), "text/csv")
    reception = {
        "source": source,
        "file_name": file_name,
        "received_from": received_from,
        "received_at": datetime.now(UTC).isoformat(timespec="microseconds"),
    }
    record = _add_reception(folder, sha256, media_type, reception)
    return ArchivedFile(_document(record), content)


def archived_files(home: Home) -> list[ArchivedFile]:
    """Every document of the archive, in the order received (then by hash)."""
    found = []
    for known in home.archive.glob("*/*/document.json"):
        found.append(ArchivedFile(_document(json.loads(known.read_text("utf-8"))), known.parent / "content"))
    return sorted(found, key=lambda item: (item.document.received_at, item.document.sha256))


def _add_reception(folder: Path, sha256: str, media_type: str, reception: dict[str, str]) -> dict[str, Any]:
    """Note that the document was received; the same name from the same source again is no news."""
    known = folder / "document.json"
    record: dict[str, Any] = {
        "sha256": sha256,
        "size_bytes": (folder / "content").stat().st_size,
        "media_type": media_type,
        "receptions": [],
    }
    if known.exists():
        record = json.loads(known.read_text("utf-8"))
    last = record["receptions"][-1] if record["receptions"] else {}
    if (last.get("source"), last.get("file_name")) != (reception["source"], reception["file_name"]):
        record["receptions"].append(reception)
        _write_durably(known, json.dumps(record, ensure_ascii=False, indent=1))
    return record


def _document(record: dict[str, Any]) -> SourceDocument:
    latest = record["receptions"][-1]
    sha256 = str(record["sha256"])
    return SourceDocument(
        source_document_id=f"doc_{sha256[:16]}",
        sha256=sha256,
        source=latest["source"],
        file_name=latest["file_name"],
        size_bytes=record["size_bytes"],
        media_type=record["media_type"],
        received_at=latest["received_at"],
        received_from=latest["received_from"],
    )


def _copy_hashing(source: Path, incoming: Path) -> tuple[str, bytes, Path]:
    """Copy durably into `incoming`; the hash is of the bytes copied, whatever happens to `source` meanwhile."""
    incoming.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    first = b""
    with source.open("rb") as reading, tempfile.NamedTemporaryFile(dir=incoming, delete=False) as writing:
        while chunk := reading.read(_CHUNK):
            first = first or chunk[:8]
            digest.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    copied = Path(writing.name)
    copied.chmod(0o440)
    return digest.hexdigest(), first, copied


def _write_durably(target: Path, text: str) -> None:
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    with partial.open("w", encoding="utf-8") as writing:
        writing.write(text)
        writing.flush()
        os.fsync(writing.fileno())
    partial.replace(target)
