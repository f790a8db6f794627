"""What a reader saw and when: an append-only log of every switch of `current` (`releases/switches.jsonl`)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.home import Home


@dataclass(frozen=True)
class Switch:
    """From `switched_at` (UTC) until the next switch, readers of `current` saw release `release_id`."""

    switched_at: datetime
    release_id: str


def switches_file(home: Home) -> Path:
    """Where the log is: one JSON object a line, oldest first, only ever appended to."""
    return home.releases / "switches.jsonl"


def read_switches(home: Home) -> list[Switch]:
    """Every switch known, oldest first.

    A line a kill tore in two is passed over. A switch after which the process died before it wrote its line is read
    off `current` itself: the link is as old as the switch.
    """
    path = switches_file(home)
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    known = [switch for line in lines if (switch := _parsed(line)) is not None]
    if home.current.is_symlink():
        pointed_to = home.current.readlink().name
        if not known or known[-1].release_id != pointed_to:
            known.append(Switch(_made_at(home.current), pointed_to))
    return known


def note_switches(home: Home) -> None:
    """Bring the log up to what `current` says; called before and after each switch, so that none is lost to a kill."""
    path = switches_file(home)
    written = [_parsed(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    known = [switch for switch in written if switch is not None]
    missing = read_switches(home)[len(known) :]
    if not missing:
        return
    text = "".join(
        json.dumps({"switched_at": switch.switched_at.isoformat(), "release_id": switch.release_id}) + "\n"
        for switch in missing
    )
    if path.exists() and not path.read_bytes().endswith((b"\n",)) and path.stat().st_size:
        text = "\n" + text
    # One write of an O_APPEND file: two switches at the same moment write two whole lines.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def seen_at(home: Home, moment: datetime) -> str | None:
    """The release `current` pointed to at `moment` (UTC); None before the first switch known."""
    seen = [switch.release_id for switch in read_switches(home) if switch.switched_at <= moment]
    return seen[-1] if seen else None


def _made_at(link: Path) -> datetime:
    microseconds = link.lstat().st_mtime_ns // 1000
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).replace(microsecond=microseconds % 1_000_000)


def _parsed(line: str) -> Switch | None:
    try:
        entry = json.loads(line)
        return Switch(datetime.fromisoformat(entry["switched_at"]), str(entry["release_id"]))
    except (ValueError, TypeError, KeyError):
        return None
