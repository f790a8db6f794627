"""Who wrote, and when: a line as each writer begins and one as it ends, so that anyone can check there were never two.

What keeps writers apart is the pool of one slot under Airflow, the lock of a run on the command line, and below both
DuckDB's own lock. This only notes what happened, before any lock is asked for: an attempt beside another writer shows.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from warehouse.home import Home

#: About 5,000 lines; the file before it is kept beside it.
_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Writing:
    """One stretch of writing by one process; `ended_at` is None where the process writes still, or was killed."""

    what: str
    host: str
    pid: int
    began_at: datetime
    ended_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        """Whether it still goes on, as far as this machine can tell: of another's processes it knows nothing."""
        return self.ended_at is None and self.host == socket.gethostname() and psutil.pid_exists(self.pid)


def ledger_file(home: Home) -> Path:
    """Where writers are noted; one JSON document a line."""
    return home.build / "writers.jsonl"


@contextmanager
def noted(home: Home, what: str) -> Iterator[None]:
    """Note that this process writes `what` for as long as the block runs."""
    entry = {"id": secrets.token_hex(8), "what": what, "host": socket.gethostname(), "pid": os.getpid()}
    _append(home, {**entry, "event": "begin"})
    try:
        yield
    finally:
        _append(home, {**entry, "event": "end"})


def writings(home: Home) -> list[Writing]:
    """Every stretch that is noted, in the order begun; a line cut short by a full disk is left out."""
    found: dict[str, Writing] = {}
    for file in (_older(home), ledger_file(home)):
        if not file.exists():
            continue
        for line in file.read_text("utf-8").splitlines():
            try:
                entry = json.loads(line)
                at = datetime.fromisoformat(entry["at"])
                if entry["event"] == "begin":
                    found[entry["id"]] = Writing(entry["what"], entry["host"], entry["pid"], at, None)
                elif (begun := found.get(entry["id"])) is not None:
                    found[entry["id"]] = Writing(begun.what, begun.host, begun.pid, begun.began_at, at)
            except (ValueError, KeyError):
                continue
    return sorted(found.values(), key=lambda writing: writing.began_at)


def overlaps(known: Iterable[Writing]) -> list[tuple[Writing, Writing]]:
    """Pairs of different processes that wrote at the same time; one that never ended says nothing and is left out."""
    ended = sorted((item for item in known if item.ended_at is not None), key=lambda writing: writing.began_at)
    found = []
    for position, first in enumerate(ended):
        for second in ended[position + 1 :]:
            if first.ended_at is None or second.began_at >= first.ended_at:
                break
            if (first.host, first.pid) != (second.host, second.pid):
                found.append((first, second))
    return found


def _older(home: Home) -> Path:
    return ledger_file(home).with_suffix(".before.jsonl")


def _append(home: Home, entry: dict[str, str | int]) -> None:
    line = json.dumps({**entry, "at": datetime.now(UTC).isoformat(timespec="microseconds")}) + "\n"
    file = ledger_file(home)
    # A note that cannot be made (a full disk) is no reason not to do the work: that says for itself what is wrong.
    with suppress(OSError):
        home.build.mkdir(parents=True, exist_ok=True)
        # One write to a file opened for appending: lines of two processes never mix.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, line.encode())
            is_full = os.fstat(descriptor).st_size > _MAX_BYTES
        finally:
            os.close(descriptor)
        if is_full and entry["event"] == "end":
            file.replace(_older(home))
