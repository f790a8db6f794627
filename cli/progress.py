"""Progress while the DAGs run: one line a task on a terminal, nothing where nobody watches."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from rich.console import Console

#: What each task does, in the words of somebody who waits for it.
WORDS = {
    "fetch_months": "asking the portal for its months",
    "fetch_weeks": "asking the portal for this week's score",
    "report_fetch": "listing what could not be fetched",
    "archive_landing": "keeping the files as received",
    "list_pending": "looking which are to be read",
    "read_files": "reading",
    "audit_parsed": "checking every figure (Great Expectations)",
    "load_audited": "loading what passed",
    "report_refusals": "listing what was refused",
    "archive_dossiers": "keeping exports of dossiers as received",
    "list_exports": "looking which are to be loaded",
    "load_files": "loading dossiers",
    "measure_dossiers": "measuring them",
    "compact_lake": "compacting the lake",
    "list_landing": "looking which survey exports wait",
    "ingest_files": "reading a survey export",
    "estimate_surveys": "estimating the survey",
    "report_waiting": "listing what waits for a person",
    "build_marts": "building the marts (dbt)",
    "audit_marts": "checking the marts (Great Expectations)",
    "write_docs": "writing the docs (dbt)",
    "publish": "publishing the release",
    "serve_postgresql": "the PostgreSQL server, where one is set",
}


class Progress:
    """Shows tasks as they end; quiet without a terminal or when the caller wants JSON."""

    def __init__(self, *, quiet: bool = False) -> None:
        # The stream itself: while DAGs run, sys.stderr leads to a log file.
        self._console = Console(file=sys.stderr, highlight=False)
        self._shown = sys.stderr.isatty() and not quiet
        self._status = self._console.status("starting Airflow") if self._shown else None
        self._started = time.monotonic()

    def __enter__(self) -> Progress:
        if self._status:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def on_task(self, task: Any) -> None:
        """Called when a task starts (state `running`) or ended."""
        if not self._shown or self._status is None:
            return
        words = WORDS.get(task.task_id, task.task_id)
        if task.state == "running":
            self._status.update(words)
        else:
            mark = {"success": "[green]✓[/green]", "skipped": "[dim]–[/dim]"}.get(task.state, "[red]✗[/red]")
            self._console.print(f"  {mark} {words} [dim]{task.seconds:.1f} s[/dim]")
