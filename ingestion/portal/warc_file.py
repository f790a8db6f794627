"""One fetch as one WARC file (ISO 28500): every request and answer byte for byte, with the time it was made.

A file is written beside its place and renamed when it is whole, so a killed fetch leaves nothing that would be taken
in. The last record counts the exchanges: a file cut off between two records is not taken for a whole one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingestion.portal.http_message import BrokenMessage, read_answer, read_form_field
from ingestion.portal.refusing import refused

MAX_FILE_BYTES: Final = 128 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 512 * 1024 * 1024
MAX_RATIO: Final = 200
MAX_BODY_BYTES: Final = 64 * 1024 * 1024
MAX_RECORDS: Final = 100_000
_SMALL: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024
_UNIT_HEADER: Final = "Reform-Unit"
_STANDIN_HEADER: Final = "x-synthetic"
_HTTP: Final = {kind: f"application/http; msgtype={kind}" for kind in ("request", "response")}
_FIELDS: Final = "application/warc-fields"
_EXPECTED: Final = "a WARC file of one whole fetch, as `reform fetch portal` writes it"


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `record_no` is the place of the answer's record in the file, from 1; `body` is what
    the portal said, without transfer and content coding; `unit_code` is the unit this exchange asked for, if one.
    """

    record_no: int
    request_params: dict[str, Any]
    requested_at: datetime
    status: int
    is_standin: bool
    body: bytes
    unit_code: str | None


@dataclass(frozen=True)
class Fetch:
    """One fetch: `service`, `period` (`2025-09`, `2025` or `2025-W38`), `scope` (`all` or a unit) and its exchanges."""

    service: str
    period: str
    scope: str
    started_at: datetime
    exchanges: tuple[Exchange, ...]


class FetchWriter:
    """Writes a fetch to `path`: whole when the `with` block ends well, not at all when it does not."""

    def __init__(self, path: Path, *, service: str, period: str, scope: str, started_at: datetime) -> None:
        self._path = path
        self._partial = path.with_name(f".{path.name}.partial")
        self._info = {
            "software": f"reform-indicators/{version('reform-indicators')}",
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "fetch-service": service,
            "fetch-period": period,
            "fetch-scope": scope,
            "fetch-started-at": _iso(started_at),
            "fetch-outcome": "complete",
        }
        self._started_at = started_at
        self._exchanges = 0

    def __enter__(self) -> FetchWriter:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = self._partial.open("wb")
        self._warc = WARCWriter(self._file, gzip=True, warc_version="1.1")
        self._write("warcinfo", _fields(self._info), {"WARC-Filename": self._path.name}, self._started_at, _FIELDS)
        return self

    def add(
        self,
        request_bytes: bytes,
        response_bytes: bytes,
        *,
        requested_at: datetime,
        url: str,
        unit_code: str | None = None,
    ) -> None:
        """Write one exchange; both messages stand in the file as given."""
        named = {"WARC-Target-URI": url} | ({_UNIT_HEADER: unit_code} if unit_code else {})
        request_id = self._write("request", request_bytes, named, requested_at, _HTTP["request"])
        named["WARC-Concurrent-To"] = request_id
        self._write("response", response_bytes, named, requested_at, _HTTP["response"])
        self._exchanges += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                counted = _fields({"fetch-exchanges": str(self._exchanges)})
                self._write("metadata", counted, {}, self._started_at, _FIELDS)
                self._file.flush()
                os.fsync(self._file.fileno())
        finally:
            self._file.close()
            if kind is not None:
                with suppress(FileNotFoundError):
                    self._partial.unlink()
        if kind is None:
            self._partial.replace(self._path)

    def _write(self, kind: str, content: bytes, named: Mapping[str, str], moment: datetime, media_type: str) -> str:
        """Write a record as it is: given its parsed HTTP head, the library would write that head anew."""
        record_id = f"<urn:uuid:{uuid.uuid4()}>"
        headers = [
            ("WARC-Type", kind),
            ("WARC-Record-ID", record_id),
            ("WARC-Date", _iso(moment)),
            *named.items(),
            ("WARC-Block-Digest", _digest(content)),
            *_payload_digest(kind, content),
        ]
        record = ArcWarcRecord(
            "warc", kind, StatusAndHeaders("", headers, protocol="WARC/1.1"), BytesIO(content), None, media_type,
            len(content),
        )  # fmt: skip
        record.payload_length = len(content)
        self._warc.write_record(record)
        return record_id


def read_fetch(path: Path) -> Fetch:
    """Read a fetch; nothing of `path` is trusted.

    Raises:
        Refused: rule `warc_broken`: the file is cut off, damaged, packed to burst, or no fetch.
    """
    try:
        _check_size(path)
        with path.open("rb") as stream:
            return _fetch(_records(stream))
    except (ArchiveLoadFailed, _Broken, BrokenMessage, zlib.error, EOFError, OSError) as error:
        raise refused("warc_broken", path.name, str(error)[:200] or type(error).__name__, _EXPECTED) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise refused("warc_broken", path.name, f"{type(error).__name__}: {error}"[:200], _EXPECTED) from None


class _Broken(Exception):
    """What makes the file no fetch."""


@dataclass(frozen=True)
class _Record:
    number: int
    kind: str
    headers: Any
    content: bytes


def _check_size(path: Path) -> None:
    """Unpack once without keeping anything: sizes, checksums and the end of the file are known before it is read."""
    packed = path.stat().st_size
    if packed > MAX_FILE_BYTES:
        raise _Broken(f"{packed} bytes; no fetch has more than {MAX_FILE_BYTES}")
    limit = min(MAX_UNPACKED_BYTES, max(packed * MAX_RATIO, _SMALL))
    unpacked = 0
    with path.open("rb") as stream:
        unpacking = zlib.decompressobj(zlib.MAX_WBITS + 16)
        waiting = stream.read(_CHUNK)
        while waiting:
            unpacked += len(unpacking.decompress(waiting, _CHUNK))
            if unpacked > limit:
                raise _Broken(f"{packed} bytes unpack to more than {limit}")
            waiting = unpacking.unconsumed_tail
            if unpacking.eof:
                waiting = unpacking.unused_data or stream.read(_CHUNK)
                if waiting:
                    unpacking = zlib.decompressobj(zlib.MAX_WBITS + 16)
            elif not waiting:
                waiting = stream.read(_CHUNK)
        if not unpacking.eof:
            raise _Broken("the file is empty or cut off")


def _records(stream: IO[bytes]) -> Iterator[_Record]:
    for number, record in enumerate(ArchiveIterator(stream, no_record_parse=True), start=1):
        if number > MAX_RECORDS:
            raise _Broken(f"more than {MAX_RECORDS} records")
        length = int(record.rec_headers.get_header("Content-Length"))
        content = record.content_stream().read()
        if len(content) != length:
            raise _Broken(f"record {number} has {len(content)} of {length} bytes")
        if record.rec_headers.get_header("WARC-Block-Digest") != _digest(content):
            raise _Broken(f"record {number} is not what was written")
        yield _Record(number, record.rec_type, record.rec_headers, content)


def _fetch(records: Iterator[_Record]) -> Fetch:
    first = next(records, None)
    if first is None or first.kind != "warcinfo":
        raise _Broken("it does not begin with the fetch's own record")
    info = _read_fields(first.content)
    if info.get("fetch-outcome") != "complete":
        raise _Broken("the fetch was not completed")
    exchanges: list[Exchange] = []
    request: _Record | None = None
    counted: str | None = None
    for record in records:
        if counted is not None:
            raise _Broken(f"record {record.number} stands behind the end")
        if record.kind == "request" and request is None:
            request = record
        elif record.kind == "response" and request is not None:
            exchanges.append(_exchange(request, record))
            request = None
        elif record.kind == "metadata" and request is None:
            counted = _read_fields(record.content).get("fetch-exchanges")
        else:
            raise _Broken(f"record {record.number} ({record.kind}) is out of place")
    if counted != str(len(exchanges)):
        raise _Broken(f"{len(exchanges)} exchanges of {counted or 'unknown many'}")
    return Fetch(
        info["fetch-service"],
        info["fetch-period"],
        info["fetch-scope"],
        _moment(info["fetch-started-at"]),
        tuple(exchanges),
    )


def _exchange(request: _Record, response: _Record) -> Exchange:
    if response.headers.get_header("WARC-Concurrent-To") != request.headers.get_header("WARC-Record-ID"):
        raise _Broken(f"record {response.number} answers another request")
    answer = read_answer(response.content, MAX_BODY_BYTES)
    params = json.loads(read_form_field(request.content, "params") or "")
    if not isinstance(params, dict):
        raise _Broken(f"record {request.number} asks nothing")
    return Exchange(
        record_no=response.number,
        request_params=params,
        requested_at=_moment(response.headers.get_header("WARC-Date")),
        status=answer.status,
        is_standin=answer.header(_STANDIN_HEADER) is not None,
        body=answer.body,
        unit_code=response.headers.get_header(_UNIT_HEADER),
    )


def _payload_digest(kind: str, content: bytes) -> list[tuple[str, str]]:
    """The digest of an HTTP message's body as transferred; the library would take the whole message for the body."""
    if kind not in _HTTP:
        return []
    return [("WARC-Payload-Digest", _digest(content.partition(b"\r\n\r\n")[2]))]


def _digest(content: bytes) -> str:
    return "sha256:" + base64.b32encode(hashlib.sha256(content).digest()).decode()


def _fields(named: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in named.items()).encode()


def _read_fields(content: bytes) -> dict[str, str]:
    pairs = (line.partition(": ") for line in content.decode("utf-8").split("\r\n") if line)
    return {name: value for name, _, value in pairs}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise _Broken(f"the time {text} has no zone")
    return moment.astimezone(UTC)
