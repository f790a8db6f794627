"""The log of an installation: one JSON object a line, for `jq`, for a log shipper, and for the metrics.

    logs/reform-2026-11-29.jsonl        one file a day (UTC); every process appends whole lines
    logs/totals.json                    the sums of days whose files are gone

Only the fields of `FIELDS` are ever written: ids, counts, durations and names of our own. No text of a file, no message
of an error, no name of a file, no address enters, so that nothing secret or personal can. What a person is to read in
words stands in the log of the task and in `reform quarantine list`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from warehouse.errors import Misused, Refused
from warehouse.home import Home

#: Where lines go: `file` (the default), `stderr`, both with a comma between, or `none`.
SWITCH = "REFORM_LOG"
#: Days whose files stay; what they counted is kept for ever.
KEEP_DAYS = "REFORM_LOG_DAYS"
_DEFAULT_DAYS = 90

#: Everything a line may hold. `at` is UTC; `duration_seconds` wall time; `rows_*` and `documents` are counts.
FIELDS = (
    "at", "event", "outcome", "command", "dag_id", "task_id", "run_id", "try_number", "map_index", "batch_id",
    "source", "dataset", "source_document_id", "release_id", "duration_seconds", "rows_accepted", "rows_waiting",
    "rows_unchanged", "models", "tests", "relations", "checks", "rules", "error_type", "exit_code", "process_id",
)  # fmt: skip


def _only_known_fields(_logger: Any, _name: str, fields: Any) -> dict[str, Any]:
    return {name: fields[name] for name in FIELDS if fields.get(name) is not None}


_PROCESSORS = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    _only_known_fields,
    structlog.processors.JSONRenderer(ensure_ascii=False),
)


def note(home: Home, event: str, **fields: Any) -> None:
    """Write one line; a log that cannot be written is no reason to fail.

    Fields not in `FIELDS` are left out. The ids of DAG, task and run stand in every line of `step`.
    """
    entry: Any = {"event": event, "process_id": os.getpid(), **fields}
    for process in _PROCESSORS:
        entry = process(None, "info", entry)
    for place in _places():
        with suppress(OSError, ValueError):
            if place == "stderr":
                print(entry, file=sys.stderr, flush=True)
            elif home.root.is_dir():
                _append(home.logs, f"{entry}\n".encode())


def _places() -> list[str]:
    named = os.environ.get(SWITCH, "").strip() or "file"
    return [place for place in named.replace(" ", "").split(",") if place in {"file", "stderr"}]


def _append(folder: Path, line: bytes) -> None:
    """One write of an O_APPEND file: lines of several processes do not mix."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(log_file(folder, datetime.now(UTC).date()), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":  # a full disk tore the line before
            line = b"\n" + line
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


@contextmanager
def step(home: Home, *, passed_over: tuple[type[BaseException], ...] = (), **ids: Any) -> Iterator[None]:
    """Note beginning and end of a step; what is noted within it carries its `ids` too.

    A step that was killed has a `step_started` and no `step_ended`. An exception of `passed_over` ends it as `skipped`.
    """
    started = time.monotonic()
    with structlog.contextvars.bound_contextvars(**ids):
        note(home, "step_started")
        try:
            yield
        except BaseException as error:
            note(home, "step_ended", duration_seconds=_since(started), **_ended_by(error, passed_over))
            raise
        note(home, "step_ended", duration_seconds=_since(started), outcome="done")


def _ended_by(error: BaseException, passed_over: tuple[type[BaseException], ...]) -> dict[str, Any]:
    if isinstance(error, passed_over):
        return {"outcome": "skipped"}
    if isinstance(error, Refused):
        rules = sorted({refusal.rule for refusal in error.refusals})
        return {"outcome": "refused", "error_type": type(error).__name__, "rules": rules}
    return {"outcome": "misused" if isinstance(error, Misused) else "broken", "error_type": type(error).__name__}


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def log_file(folder: Path, day: date) -> Path:
    """The file of a day."""
    return folder / f"reform-{day.isoformat()}.jsonl"


def days_kept() -> timedelta:
    """How long files of the log stay.

    Raises:
        Misused: `REFORM_LOG_DAYS` is not a whole number from 1.
    """
    given = os.environ.get(KEEP_DAYS, "").strip()
    if given and (not given.isdecimal() or int(given) < 1):
        raise Misused(f"{KEEP_DAYS} is {given!r}; it is a whole number of days from 1")
    return timedelta(days=int(given or _DEFAULT_DAYS))


def entries_in(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of one file; one that a kill or a full disk tore is passed over."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and isinstance(entry.get("event"), str):
                yield entry
