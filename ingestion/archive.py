"""The archive: every document byte for byte as received, addressed by its SHA-256, never changed.

`archive/ab/abcd…/content` holds the bytes, `document.json` beside it who sent them when and under which name. The
landing folder is only a doorstep: a file leaves it once its bytes are safe here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse.errors import Refusal, Refused
from warehouse.figures import SourceDocument
from warehouse.home import Home

MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
_CHUNK = 1024 * 1024
#: Longer than any copying may take.
_STALE_SECONDS = 6 * 3600

_MEDIA_TYPES = {
    b"PK\x03\x04": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"\xd0\xcf\x11\xe0": "application/vnd.ms-excel",
    b"%PDF": "application/pdf",
    b"\x1f\x8b": "application/gzip",
}


@dataclass(frozen=True)
class ArchivedFile:
    """A document, where its bytes are, and the sources and names under which they came."""

    document: SourceDocument
    path: Path
    receptions: frozenset[tuple[str, str]]


class AlreadyReceived(Refused):
    """The same bytes were received under another name: a copy sent as something else, or a mere renaming."""


def archive_file(
    home: Home,
    source: str,
    path: Path,
    *,
    received_from: str,
    refused: Collection[str] = (),
    max_bytes: int = MAX_DOCUMENT_BYTES,
) -> ArchivedFile:
    """Copy `path` into the archive and return its document; the same bytes under the same name change nothing.

    `refused` holds the SHA-256 of documents that could not be read: those may be sent again under another name or to
    another source. `max_bytes` is the largest a document of the source can be.

    Raises:
        Refused: the file is larger than any document of its source can be.
        AlreadyReceived: the bytes are known under another name, and passing them over would be a silent skip.
    """
    file_name = unicodedata.normalize("NFC", path.name)
    size_bytes = path.stat().st_size
    if size_bytes > max_bytes:
        raise Refused(
            Refusal(
                file_name=file_name,
                rule="too_large",
                found=f"{size_bytes} bytes",
                expected=f"at most {max_bytes} bytes",
                text_en="the file is too large to be a document of its source",
                text_vi="tệp quá lớn so với tài liệu của nguồn này",
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
    record = _add_reception(folder, sha256, media_type, reception, may_be_renamed=sha256 in refused)
    return _archived(record, content)


def archived_files(home: Home) -> list[ArchivedFile]:
    """Every document of the archive, in the order received (then by hash)."""
    found = []
    for known in home.archive.glob("*/*/document.json"):
        found.append(_archived(json.loads(known.read_text("utf-8")), known.parent / "content"))
    return sorted(found, key=lambda item: (item.document.received_at, item.document.sha256))


def _add_reception(
    folder: Path, sha256: str, media_type: str, reception: dict[str, str], *, may_be_renamed: bool
) -> dict[str, Any]:
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
    last = record["receptions"][-1] if record["receptions"] else None
    if last is None or (last["source"], last["file_name"]) != (reception["source"], reception["file_name"]):
        if last is not None and not may_be_renamed:
            raise AlreadyReceived(_already_received(reception, last))
        record["receptions"].append(reception)
        _write_durably(known, json.dumps(record, ensure_ascii=False, indent=1))
    return record


def _already_received(reception: dict[str, str], earlier: dict[str, str]) -> Refusal:
    return Refusal(
        file_name=reception["file_name"],
        rule="already_received",
        found=f"the very bytes of {earlier['source']}/{earlier['file_name']}, received {earlier['received_at']}",
        expected="a document of its own",
        text_en="the file is a copy of one that was received before, under another name; nothing was changed",
        text_vi="tệp này là bản sao của một tệp đã nhận trước đó với tên khác; không có gì thay đổi",
        action="if it should hold another year or index, send the right file; if it was only renamed, nothing is to do",
    )


def _archived(record: dict[str, Any], content: Path) -> ArchivedFile:
    receptions = frozenset((seen["source"], seen["file_name"]) for seen in record["receptions"])
    return ArchivedFile(_document(record), content, receptions)


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
    for left_by_a_kill in incoming.iterdir():
        # Another source may be receiving at the same time: only what is too old to be under way goes.
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left_by_a_kill.stat().st_mtime > _STALE_SECONDS:
                left_by_a_kill.unlink()
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
