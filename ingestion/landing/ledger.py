"""What was fetched from a landing address, or refused there: each content once, also where nothing may be deleted."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from warehouse.home import Home

#: Path at the address -> what is known of the file that lay there.
Known = dict[str, dict[str, Any]]


def read_ledger(home: Home, place: str) -> Known:
    """What is known of the files at `place`; lost with the build folder, it costs a second fetch and nothing else."""
    path = _file(home, place)
    return dict(json.loads(path.read_text("utf-8"))["files"]) if path.exists() else {}


def write_ledger(home: Home, place: str, known: Known) -> None:
    """Keep what is known of the files at `place`, whole or not at all."""
    path = _file(home, place)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"place": place, "files": known}, indent=1), "utf-8")
    partial.replace(path)


def _file(home: Home, place: str) -> Any:
    return home.build / "landing" / f"{hashlib.sha256(place.encode()).hexdigest()[:16]}.json"
