"""What the log adds up to since the first day: the counters of the metrics, right also after restarts.

They are counted from the files of the log every time, so no process holds them. When files are removed for their age
what they counted is first folded into `totals.json`, which names the last day it holds: a kill between the two counts
nothing twice.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from warehouse.home import Home
from warehouse.observability.journal import days_kept, entries_in

#: Upper bounds of the histogram of step durations, in seconds; from a look-up to a build of the whole.
BOUNDS = (0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
_PREFIX = "reform-"


@dataclass
class Steps:
    """How one task ran: its durations in the classes of `BOUNDS` (the last is above them all), their sum in seconds,
    how it ended, and when it last ended well and otherwise (seconds since 1970; 0: never).
    """

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    last_done: float = 0.0
    last_failed: float = 0.0
    last_seconds: float = 0.0

    def add(self, outcome: str, seconds: float, at: float) -> None:
        """One more run."""
        place = next((place for place, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
        self.buckets[place] += 1
        self.seconds += seconds
        self.outcomes[outcome] += 1
        self.last_seconds = seconds
        if outcome in {"done", "skipped"}:
            self.last_done = max(self.last_done, at)
        else:
            self.last_failed = max(self.last_failed, at)


@dataclass
class Totals:
    """Sums since the first line: loads and rows by source and outcome, steps by DAG and task, builds and publications.

    `until` is the last day folded in whose file is gone (ISO), empty where none is.
    """

    until: str = ""
    loads: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    builds: Counter[str] = field(default_factory=Counter)
    publications: Counter[str] = field(default_factory=Counter)
    steps: dict[tuple[str, str], Steps] = field(default_factory=dict)

    def add(self, entries: Iterable[dict[str, Any]]) -> None:
        """Count more lines."""
        for entry in entries:
            try:
                self._add(entry)
            except (KeyError, TypeError, ValueError):  # a line whose fields somebody else wrote
                continue

    def _add(self, entry: dict[str, Any]) -> None:
        event, outcome, source = entry["event"], str(entry.get("outcome", "")), str(entry.get("source", ""))
        if event in {"batch_loaded", "document_refused"}:
            self.loads[source, outcome] += 1
            for kind in ("accepted", "waiting", "unchanged"):
                self.rows[source, kind] += int(entry.get(f"rows_{kind}", 0))
        elif event == "marts_built":
            self.builds[outcome] += 1
        elif event == "release_published":
            self.publications[outcome] += 1
        elif event == "step_ended" and "dag_id" in entry:
            at = datetime.fromisoformat(entry["at"]).timestamp()
            steps = self.steps.setdefault((entry["dag_id"], entry["task_id"]), Steps())
            steps.add(outcome, float(entry["duration_seconds"]), at)


def read_totals(home: Home) -> Totals:
    """Everything counted so far; empty where nothing was logged."""
    totals = _folded(home)
    for day, path in _files(home.logs):
        if day.isoformat() > totals.until:
            totals.add(entries_in(path))
    return totals


def fold_old_days(home: Home, now: datetime | None = None) -> list[str]:
    """Remove files of the log older than `REFORM_LOG_DAYS`, their counts being kept; returns their names.

    Raises:
        Misused: `REFORM_LOG_DAYS` is not a whole number from 1.
    """
    first_kept = ((now or datetime.now(UTC)) - days_kept()).date()
    old = [(day, path) for day, path in _files(home.logs) if day < first_kept]
    if not old:
        return []
    totals = _folded(home)
    for day, path in old:
        if day.isoformat() > totals.until:
            totals.add(entries_in(path))
            totals.until = day.isoformat()
    _keep(home, totals)
    for _, path in old:
        path.unlink(missing_ok=True)
    return [path.name for _, path in old]


def _files(folder: Path) -> list[tuple[date, Path]]:
    found = []
    for path in sorted(folder.glob(f"{_PREFIX}*.jsonl")):
        try:
            found.append((date.fromisoformat(path.stem.removeprefix(_PREFIX)), path))
        except ValueError:
            continue
    return found


def _folded(home: Home) -> Totals:
    path = home.logs / "totals.json"
    if not path.exists():
        return Totals()
    kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return Totals(
        until=kept["until"],
        loads=Counter({(source, outcome): count for source, outcome, count in kept["loads"]}),
        rows=Counter({(source, outcome): count for source, outcome, count in kept["rows"]}),
        builds=Counter(kept["builds"]),
        publications=Counter(kept["publications"]),
        steps={
            (dag_id, task_id): Steps(buckets, seconds, Counter(outcomes), *last)
            for dag_id, task_id, buckets, seconds, outcomes, *last in kept["steps"]
        },
    )


def _keep(home: Home, totals: Totals) -> None:
    kept = {
        "until": totals.until,
        "loads": [[*key, count] for key, count in sorted(totals.loads.items())],
        "rows": [[*key, count] for key, count in sorted(totals.rows.items())],
        "builds": totals.builds,
        "publications": totals.publications,
        "steps": [
            [*key, one.buckets, one.seconds, one.outcomes, one.last_done, one.last_failed, one.last_seconds]
            for key, one in sorted(totals.steps.items())
        ],
    }
    partial = home.logs / "totals.partial"
    with partial.open("w", encoding="utf-8") as stream:
        json.dump(kept, stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(home.logs / "totals.json")
