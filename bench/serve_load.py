"""A load of HTTP requests at a steady rate, cheap enough to share two cores with the server it measures.

Each connection has one request under way; requests fall due at fixed times whatever the answers do, and a latency
counts from when its request was due, so that a stall of the server shows in every request it held up.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

#: Whether the answer to a request is what the release it names says: request, release, answer with its headers.
Agrees = Callable[[bytes, str, bytes], bool]
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_RELEASE = re.compile(rb"\r\nx-release-id: ([^\r]+)", re.IGNORECASE)


@dataclass
class Outcome:
    """What a load met: seconds of each request, answers by status, by release, and answers that contradict."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    torn: int = 0
    broken: int = 0
    seconds: float = 0.0
    client_cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which `share` of the requests were answered."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000

    @property
    def errors(self) -> int:
        """Answers that were none, and connections that broke."""
        return self.broken + sum(count for status, count in self.statuses.items() if status not in {200, 304})


class _Load:
    def __init__(self, requests: Iterator[bytes], agrees: Agrees) -> None:
        self.requests = requests
        self.agrees = agrees
        self.outcome = Outcome()
        self.due: deque[float] = deque()
        self.idle: deque[_Connection] = deque()
        self.underway = 0

    def dispatch(self) -> None:
        while self.due and self.idle:
            self.underway += 1
            self.idle.popleft().ask(next(self.requests), self.due.popleft())


class _Connection(asyncio.Protocol):
    def __init__(self, load: _Load) -> None:
        self._load = load
        self._buffer = b""
        self._due = 0.0
        self._request = b""
        self._expected = 0
        self._busy = False
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A transport of uvloop is none of asyncio's classes, only like one.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._load.idle.append(self)

    def ask(self, request: bytes, due: float) -> None:
        assert self._transport is not None
        self._busy, self._request, self._due = True, request, due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._expected:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._buffer, 0, end + 2)
            self._expected = end + 4 + (int(length.group(1)) if length else 0)
        if len(self._buffer) >= self._expected:
            self._answered(self._buffer)

    def _answered(self, answer: bytes) -> None:
        outcome = self._load.outcome
        outcome.latencies.append(time.perf_counter() - self._due)
        status = int(answer[9:12])
        outcome.statuses[status] += 1
        named = _RELEASE.search(answer)
        release = named.group(1).decode() if named else ""
        outcome.releases[release] += 1
        if status == 200:
            outcome.torn += not self._load.agrees(self._request, release, answer)
        self._buffer, self._expected, self._busy = b"", 0, False
        self._load.underway -= 1
        self._load.idle.append(self)
        self._load.dispatch()

    def connection_lost(self, error: Exception | None) -> None:
        if self._busy:
            self._load.outcome.broken += 1
            self._load.underway -= 1


async def steady_load(
    port: int,
    requests: Iterator[bytes],
    rate: float,
    seconds: float,
    *,
    connections: int = 16,
    agrees: Agrees = lambda _request, _release, _answer: True,
) -> Outcome:
    """Send `rate` requests a second for `seconds`; answers `agrees` is not true of are counted.

    A rate of infinity keeps every connection busy: that measures what the server can do at most.
    """
    loop = asyncio.get_running_loop()
    load = _Load(requests, agrees)
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port)
    cpu, began = time.process_time(), time.perf_counter()
    sent = 0
    while (now := time.perf_counter()) - began < seconds:
        if rate == float("inf"):
            load.due.extend([now] * len(load.idle))
        else:
            while sent < (now - began) * rate:
                load.due.append(began + sent / rate)
                sent += 1
        load.dispatch()
        await asyncio.sleep(0.001)
    while (load.underway or load.due) and time.perf_counter() - began < seconds + 10:
        await asyncio.sleep(0.01)
    load.outcome.broken += load.underway + len(load.due)
    load.outcome.seconds = time.perf_counter() - began
    load.outcome.client_cpu = time.process_time() - cpu
    return load.outcome
