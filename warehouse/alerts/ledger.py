"""What was told, to whom and when: an append-only log, `REFORM_HOME/alerts/sent.jsonl`, one JSON object a line.

An event is written down before anything is sent, so that a kill loses none: the next occasion goes on from here. At
worst a message whose answer was lost arrives twice. A line a kill tore in two is passed over.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from warehouse.alerts.event import STANDING, Event, now
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home

#: After so many days a message nobody could be sent is old news.
GIVE_UP_AFTER = timedelta(days=7)
#: How long one process waits for another's deliveries, which are bounded themselves.
_WAIT_SECONDS = 180.0


@dataclass
class Told:
    """An event and what became of it, folded from the lines of the log.

    `channels` are those it is meant for, `delivered` when each took it, `failed` why one did not at its last try.
    """

    event: Event
    told_at: datetime
    channels: tuple[str, ...]
    delivered: dict[str, datetime] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    is_closed: bool = False

    def waiting(self, moment: datetime) -> list[str]:
        """The channels that are still to take it; none once it is old news."""
        if moment - self.told_at > GIVE_UP_AFTER:
            return []
        return [channel for channel in self.channels if channel not in self.delivered]

    def state(self, moment: datetime) -> str:
        """`sent`, `waiting` (for the next occasion) or `failed` (given up), over all channels."""
        if all(channel in self.delivered for channel in self.channels):
            return "sent"
        return "waiting" if self.waiting(moment) else "failed"

    def covers(self, event: Event, moment: datetime, remind_days: int) -> bool:
        """Whether `event` is this one told again, and so no news."""
        if self.is_closed:
            return False
        if self.channels and not self.delivered and not self.waiting(moment):
            return False
        return event.kind not in STANDING or moment - self.told_at < timedelta(days=remind_days)


class Ledger:
    """The log of one home."""

    def __init__(self, home: Home) -> None:
        self.folder = home.root / "alerts"
        self.path = self.folder / "sent.jsonl"

    def read(self) -> dict[str, Told]:
        """Every event known by its key, each as it stands after its last telling, oldest first."""
        told: dict[str, Told] = {}
        lines = self.path.read_text("utf-8", errors="replace").splitlines() if self.path.exists() else []
        for line in lines:
            try:
                _fold(told, json.loads(line))
            except (ValueError, TypeError, KeyError):
                continue
        return told

    def note_events(self, events: Iterable[Event], channels: tuple[str, ...]) -> None:
        """Write down that `events` are to be told through `channels` (none: another event tells them)."""
        self._append(
            [{"entry": "event", "at": _stamp(), "channels": list(channels), "event": one.as_dict()} for one in events]
        )

    def note_delivered(self, key: str, channel: str) -> None:
        """Write down that `channel` took the event."""
        self._append([{"entry": "sent", "at": _stamp(), "key": key, "channel": channel}])

    def note_failed(self, key: str, channel: str, reason: str) -> None:
        """Write down that `channel` did not take it; it is tried again at the next occasion."""
        self._append([{"entry": "failed", "at": _stamp(), "key": key, "channel": channel, "reason": reason}])

    def close(self, subject: str) -> None:
        """What failed under `subject` works again: should it fail once more, that is news."""
        if not self.path.exists():
            return
        with self.locked("sent"):
            open_keys = [
                key for key, told in self.read().items() if told.event.subject == subject and not told.is_closed
            ]
            self._append([{"entry": "closed", "at": _stamp(), "key": key} for key in open_keys])

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the lock `name` of this home; the system lets go of it when the process ends, however it ends.

        Raises:
            EnvironmentBroken: another process holds it longer than any delivery takes.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + _WAIT_SECONDS
        with (self.folder / f"{name}.lock").open("a+", encoding="utf-8") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise EnvironmentBroken(
                            f"another process has held {self.folder / name}.lock for {_WAIT_SECONDS:.0f} s; what is "
                            "written down is delivered at the next occasion"
                        ) from None
                    time.sleep(0.05)
            yield

    def _append(self, entries: list[dict[str, Any]]) -> None:
        if not entries:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        # What is told names files and findings: it is for those who run this home.
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                text = "\n" + text
            # A file name that is no text becomes an escape, which JSON reads back as it was.
            os.write(descriptor, text.encode("utf-8", "backslashreplace"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _fold(told: dict[str, Told], entry: dict[str, Any]) -> None:
    moment = datetime.fromisoformat(entry["at"])
    if entry["entry"] == "event":
        event = Event.from_dict(entry["event"])
        told.pop(event.key, None)  # told again, it goes to the end
        told[event.key] = Told(event, moment, tuple(entry["channels"]))
        return
    one = told[entry["key"]]
    if entry["entry"] == "sent":
        one.delivered[entry["channel"]] = moment
        one.failed.pop(entry["channel"], None)
    elif entry["entry"] == "failed":
        one.failed[entry["channel"]] = str(entry["reason"])
    elif entry["entry"] == "closed":
        one.is_closed = True


def _stamp() -> str:
    return now().isoformat()
