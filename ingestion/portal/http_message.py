"""An HTTP answer as it came over the wire, taken apart: the client and the reader of the archive use this alike."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from urllib.parse import parse_qsl

_MAX_HEAD = 64 * 1024
_SECRET_HEADERS = {b"authorization", b"proxy-authorization", b"cookie"}
_HEAD_END = b"\r\n\r\n"


class BrokenMessage(ValueError):
    """The bytes are not a whole HTTP message; the text says what is wrong with them."""


class TooLarge(BrokenMessage):
    """The message unpacks to more than may be."""


@dataclass(frozen=True)
class HttpAnswer:
    """Status, headers (names in small letters, in their order) and the body without transfer and content coding."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        return next((value for known, value in self.headers if known == name), None)


def read_answer(message: bytes, max_bytes: int) -> HttpAnswer:
    """Take `message` apart; its body may unpack to `max_bytes` at most.

    Raises:
        BrokenMessage: it is not whole, or coded in a way nobody asked for.
    """
    status, headers, rest = _head(message)
    while 100 <= status < 200:
        status, headers, rest = _head(rest)
    named = dict(reversed(headers))
    if "chunked" in named.get("transfer-encoding", "").lower():
        rest = _unchunked(rest)
    elif (length := named.get("content-length")) is not None:
        if not length.isdecimal():
            raise BrokenMessage("its Content-Length is no number")
        if len(rest) != int(length):
            raise BrokenMessage(f"{len(rest)} bytes came of {length}")
    return HttpAnswer(status, headers, _unpacked(rest, named.get("content-encoding", "identity").lower(), max_bytes))


def read_form_field(request: bytes, name: str) -> str | None:
    """The field `name` of the form a request sent."""
    _, _, body = request.partition(_HEAD_END)
    return dict(parse_qsl(body.decode("ascii", "replace"))).get(name)


def without_secrets(request: bytes) -> bytes:
    """The request with the values of headers that identify us withheld; everything else stays as it was sent."""
    head, end, body = request.partition(_HEAD_END)
    lines = head.split(b"\r\n")
    for number, line in enumerate(lines):
        name = line.partition(b":")[0]
        if name.strip().lower() in _SECRET_HEADERS:
            lines[number] = name + b": [withheld]"
    return b"\r\n".join(lines) + end + body


def _head(message: bytes) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    end = message.find(_HEAD_END, 0, _MAX_HEAD)
    if end < 0:
        raise BrokenMessage("its head has no end")
    first, *lines = message[:end].decode("latin-1").split("\r\n")
    parts = first.split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not (parts[1].isdecimal() and len(parts[1]) == 3):
        raise BrokenMessage("it does not begin like an HTTP answer")
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    return int(parts[1]), headers, message[end + len(_HEAD_END) :]


def _unchunked(rest: bytes) -> bytes:
    parts: list[bytes] = []
    place = 0
    while True:
        line_end = rest.find(b"\r\n", place, place + 1024)
        try:
            size = int(rest[place:line_end].split(b";")[0], 16) if line_end >= 0 else -1
        except ValueError:
            size = -1
        if size < 0:
            raise BrokenMessage("a chunk of it has no length")
        if size == 0:
            return b"".join(parts)
        start = line_end + 2
        if len(rest) < start + size + 2:
            raise BrokenMessage("its last chunk is cut off")
        parts.append(rest[start : start + size])
        place = start + size + 2


def _unpacked(body: bytes, coding: str, max_bytes: int) -> bytes:
    if coding in {"", "identity"}:
        if len(body) > max_bytes:
            raise TooLarge(f"{len(body)} bytes")
        return body
    if coding not in {"gzip", "x-gzip"}:
        raise BrokenMessage("it is packed in a way nobody asked for")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS + 16)
    try:
        unpacked = unpacking.decompress(body, max_bytes + 1)
    except zlib.error:
        raise BrokenMessage("its packing is damaged") from None
    if len(unpacked) > max_bytes:
        raise TooLarge(f"more than {max_bytes} bytes unpacked")
    if not unpacking.eof:
        raise BrokenMessage("its packing is cut off")
    return unpacked
