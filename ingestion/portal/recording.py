"""An HTTP transport that keeps every byte sent and received, so that an answer can be archived as it came.

httpx and its transport hand over decoded answers only; the network backend below them is a public seam, and there the
bytes still are what the other side sent (after TLS).
"""

from __future__ import annotations

import ssl
import time
import typing
from collections.abc import Iterable, Iterator

import httpcore
import httpx


class AnswerTooLarge(Exception):
    """More bytes came than an answer may have."""


class Tape:
    """What went over the wire in the exchange under way. `deadline` ends an answer that trickles."""

    def __init__(self, max_bytes: int, answer_seconds: float) -> None:
        self.sent = bytearray()
        self.received = bytearray()
        self._max_bytes = max_bytes
        self._answer_seconds = answer_seconds
        self._deadline = 0.0

    def rewind(self) -> None:
        """A new exchange begins."""
        self.sent, self.received = bytearray(), bytearray()
        self._deadline = time.monotonic() + self._answer_seconds

    def forget(self) -> None:
        """What was said so far was with a proxy, not with the portal."""
        self.sent, self.received = bytearray(), bytearray()

    def hear(self, data: bytes) -> bytes:
        """Keep what came; stop listening to what is too much or too slow."""
        self.received += data
        if len(self.received) > self._max_bytes:
            raise AnswerTooLarge
        if time.monotonic() > self._deadline:
            raise httpcore.ReadTimeout("the whole answer took too long")
        return data


class _TapedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, tape: Tape) -> None:
        self._stream, self._tape = stream, tape

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._tape.hear(self._stream.read(max_bytes, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._tape.sent += buffer
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, timeout)
        self._tape.forget()
        return _TapedStream(secured, self._tape)

    def get_extra_info(self, info: str) -> typing.Any:
        return self._stream.get_extra_info(info)


class _TapedNetwork(httpcore.NetworkBackend):
    def __init__(self, tape: Tape) -> None:
        self._network, self._tape = httpcore.SyncBackend(), tape

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[typing.Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        return _TapedStream(stream, self._tape)


class TapedTransport(httpx.BaseTransport):
    """One connection at a time, straight or through `proxy`, everything on `tape`."""

    def __init__(self, tape: Tape, tls: ssl.SSLContext, proxy: str | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            proxy=_proxy(proxy) if proxy else None,
            max_connections=1,
            network_backend=_TapedNetwork(tape),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the errors of the wire stay those of httpcore."""
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))

    def close(self) -> None:
        """Hang up."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()


def _proxy(address: str) -> httpcore.Proxy:
    url = httpx.URL(address)
    auth = (url.username.encode(), url.password.encode()) if url.username else None
    bare = url.copy_with(username=None, password=None)
    return httpcore.Proxy(str(bare), auth=auth)
