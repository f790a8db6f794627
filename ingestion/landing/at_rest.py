"""Telling a file that has arrived from one that is still being written: it has lain unchanged over two looks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

#: Names of files that are still being written or are no documents at all.
_NOT_DOCUMENTS = (".part", ".partial", ".tmp", ".crdownload", ".filepart", ".md")
#: How many looks a burst of files may keep those waiting that have arrived.
_PATIENCE = 10


def is_document(path: Path) -> bool:
    """Whether `path` is a regular file somebody means to send; links are not followed out of the landing folder."""
    return path.is_file() and not path.is_symlink() and is_document_name(path.name)


def is_document_name(name: str) -> bool:
    """Whether a file of that name is meant to be sent: not hidden, not half-written, not a note beside the data."""
    return not name.startswith((".", "~")) and Path(name).suffix.lower() not in _NOT_DOCUMENTS


def documents_at_rest(folder: Path, settle_seconds: float = 0) -> list[Path]:
    """The documents below `folder`, made if it is missing, less those that change while this looks.

    It looks twice, `settle_seconds` apart, only where a file was changed within that time; 0: whoever calls knows
    that the files are whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    documents = sorted(path for path in folder.rglob("*") if is_document(path))
    if settle_seconds <= 0:
        return documents
    before = {path: _mark(path) for path in documents}
    young = time.time() - settle_seconds
    if not any(mark is None or mark[1] / 1e9 > young for mark in before.values()):
        return documents
    time.sleep(settle_seconds)
    return [path for path in documents if before[path] is not None and _mark(path) == before[path]]


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def marks(folders: list[Path]) -> dict[str, str]:
    """Every document below `folders`, with its size and time of change, as one look sees them."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in folder.rglob("*") if folder.is_dir() else ():
            mark = _mark(path) if is_document(path) else None
            if mark is not None:
                found[str(path)] = f"{mark[0]} {mark[1]}"
    return found


class Arrivals:
    """Of looks at a place, one after the other: which files have arrived, each once, a burst of files together."""

    def __init__(self) -> None:
        self._before: dict[str, str] = {}
        self._told: dict[str, str] = {}
        self._waited = 0

    def look(self, seen: Mapping[str, str]) -> list[str]:
        """The files that lie as they did at the look before and were not told yet; `seen` is path -> size and time.

        While other files still change, those at rest wait for them, but not for ever.
        """
        resting = {path: mark for path, mark in seen.items() if self._before.get(path) == mark}
        is_moving = len(resting) < len(seen)
        self._before = dict(seen)
        self._told = {path: mark for path, mark in self._told.items() if path in seen}
        news = sorted(path for path, mark in resting.items() if self._told.get(path) != mark)
        if not news:
            self._waited = 0
            return []
        if is_moving and self._waited < _PATIENCE:
            self._waited += 1
            return []
        self._waited = 0
        self._told |= {path: resting[path] for path in news}
        return news
