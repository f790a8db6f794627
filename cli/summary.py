"""What a run did, as data for machines and as a page of words for a person."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.dag_runs import READING, REPORTING
from ingestion.refusals import refused_documents, refused_in_run
from warehouse.connection import reader
from warehouse.diff_page import HEADINGS
from warehouse.drops import REPORTED
from warehouse.home import Home
from warehouse.quality_history import decisions_asked
from warehouse.release_list import current_release
from warehouse.release_tables import columns_of, own_catalog

_EXAMPLES = {
    "metric_yoy": """
        select unit_code, indicator_code, data_year from marts.metric_yoy where boundary = 'published'
        order by is_comparable is not true, unit_code <> 'ha_noi_2008', data_year desc, unit_code, indicator_code
        limit 1
    """,
    "metric_portal_change": """
        select unit_code, indicator_code, strftime(data_month, '%Y-%m') from marts.metric_portal_change
        where boundary = 'published' and value is not null
        order by unit_code <> 'ha_noi_2008', data_month desc, unit_code, indicator_code limit 1
    """,
}


def run_summary(home: Home, outcomes: Sequence[Any], *, seconds: float, before: dict[str, Any]) -> dict[str, Any]:
    """The facts of a run: what entered, what waits, what was refused, which release stands, what to open next.

    `outcomes` are the DAG runs in order. `exit_code` is 1 when a file or a build was refused and 3 when a task
    failed for any other reason.
    """
    tasks = [task for outcome in outcomes for task in outcome.tasks]
    results = _results(tasks)
    failures = [
        {"task": task.task_id, "error": task.error or "failed"}
        for task in tasks
        if task.state == "failed" and not _is_told_elsewhere(task)
    ]
    # Only a run that reads refuses; building and publishing say nothing of files.
    refused = refused_in_run(home) if "archive_landing" in {task.task_id for task in tasks} else []
    refused = refused + [
        sentence
        for step in ("fetch_months", "fetch_weeks", "archive_dossiers", "load_files")
        for sentence in results.get(step, {}).get("refused", [])
    ]
    release = current_release(home)
    return {
        **before,
        "dags": {outcome.dag_id: outcome.state for outcome in outcomes},
        "steps": results,
        "sources": _sources(home),
        "checks": _checks(home),
        "refused": refused,
        "refused_waiting": len(refused_documents(home)),
        "decisions_asked": decisions_asked(release / "warehouse.duckdb") if release else 0,
        "failures": failures,
        "release_id": release.name if release else None,
        "release_path": str(home.current) if release else None,
        "example": example_of(release / "warehouse.duckdb") if release else [],
        "seconds": round(seconds, 1),
        "seconds_by_part": _by_part(_sums((task.task_id, task.seconds) for task in tasks), seconds),
        "cpu_seconds_by_part": _by_part(_sums((task.task_id, task.cpu_seconds) for task in tasks), time.process_time()),
        "seconds_by_task": {
            task_id: round(spent, 2) for task_id, spent in _sums((task.task_id, task.seconds) for task in tasks).items()
        },
        "exit_code": _exit_code(failures, tasks, refused),
    }


def example_of(database: Path) -> list[str]:
    """A figure of the release to ask `reform trace` for: unit, indicator, period; empty where it has none.

    The newest of Hà Nội that has a change, or, in a release without indices, the newest month of the portal.
    """
    with reader(database) as connection:
        for table, sql in _EXAMPLES.items():
            row = connection.execute(sql).fetchone() if columns_of(connection, own_catalog(connection), table) else None
            if row is not None:
                return [str(value) for value in row]
    return []


def _exit_code(failures: list[dict[str, Any]], tasks: Sequence[Any], refused: list[str]) -> int:
    if any(not task.is_refusal for task in tasks if task.state == "failed" and not _is_told_elsewhere(task)):
        return 3
    return 1 if failures or refused else 0


def _is_told_elsewhere(task: Any) -> bool:
    """Whether a failed task says only which files were refused, for that stands under `refused`."""
    return task.task_id in REPORTING or (task.task_id in READING and task.is_refusal)


def _results(tasks: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """What each task reported; of a task that was mapped over files one report, with its lists and numbers added up."""
    results: dict[str, dict[str, Any]] = {}
    for task in tasks:
        if not isinstance(task.result, dict):
            continue
        if task.map_index < 0:
            results[task.task_id] = task.result
            continue
        together = results.setdefault(task.task_id, {})
        for name, value in task.result.items():
            if isinstance(value, list | int | float):
                together[name] = together[name] + value if name in together else value
    return results


def _sums(spent: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for name, seconds in spent:
        sums[name] = sums.get(name, 0.0) + seconds
    return sums


#: Who a task's time belongs to; what belongs to nobody here is Airflow's own.
_PARTS = {
    "audit_parsed": "Great Expectations",
    "audit_marts": "Great Expectations",
    "build_marts": "dbt",
    "write_docs": "dbt",
}


def _by_part(seconds: dict[str, float], whole: float) -> dict[str, float]:
    """Seconds of the run by whose code ran: our own, dbt, Great Expectations (the audits), Airflow (the rest)."""
    parts = {"our own": 0.0, "dbt": 0.0, "Great Expectations": 0.0}
    for task_id, spent in seconds.items():
        parts[_PARTS.get(task_id, "our own")] += spent
    parts["Airflow"] = whole - sum(parts.values())
    return {part: round(spent, 1) for part, spent in parts.items()}


def _sources(home: Home) -> list[dict[str, Any]]:
    if not home.build_database.exists():
        return []
    with reader(home.build_database) as connection:
        rows = connection.execute(
            """
            select dataset, count(*), sum(figure_count)::bigint, sum(quarantined.waiting)::bigint
            from raw.batch
            left join (select batch_id, count(distinct row_id) as waiting from raw.quarantine group by batch_id)
                as quarantined using (batch_id)
            where superseded_by_batch_id is null
            group by dataset order by dataset
            """
        ).fetchall()
    return [
        {"dataset": dataset, "documents": documents, "figures": figures, "quarantined": waiting or 0}
        for dataset, documents, figures, waiting in rows
    ]


def _checks(home: Home) -> dict[str, int]:
    if not home.build_database.exists():
        return {}
    with reader(home.build_database) as connection:
        rows = connection.execute(
            "select outcome, count(*) from raw.check_result group by outcome order by outcome"
        ).fetchall()
    return {str(outcome): int(count) for outcome, count in rows}


def print_summary(summary: dict[str, Any]) -> None:
    """Print `run_summary` for a person."""
    console = Console(soft_wrap=True, highlight=False)
    table = Table(title="What stands in the warehouse", title_justify="left", box=None, pad_edge=False)
    for heading, justify in (
        ("dataset", "left"),
        ("documents", "right"),
        ("figures", "right"),
        ("waiting", "right"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for row in summary["sources"]:
        table.add_row(row["dataset"], str(row["documents"]), f"{row['figures']:,}", str(row["quarantined"]))
    console.print()
    if "set_aside" in summary:
        console.print(escape(summary["set_aside"]) + "\n")
    console.print(table)
    print_fetched(console, summary)
    load = summary["steps"].get("load_audited", {})
    build = summary["steps"].get("build_marts", {})
    if not load and "archive_landing" in summary["steps"]:
        console.print("\nthis run: no document was to be read")
    if load:
        console.print(
            f"\nthis run: {len(load['loaded'])} documents loaded, {len(load['unchanged'])} unchanged, "
            f"{load['quarantined']} rows quarantined"
        )
    dossiers = summary["steps"].get("load_files", {})
    if dossiers.get("loaded"):
        console.print(
            f"dossiers: {len(dossiers['loaded'])} exports, {dossiers['rows']:,} rows in: {dossiers['new']:,} new, "
            f"{dossiers['updated']:,} updated, {dossiers['outdated']:,} older than known; "
            f"{dossiers['left_out']:,} rows left out, {dossiers['set_aside']:,} set aside in lake/dossiers_rejected"
        )
    surveys = summary["steps"].get("estimate_surveys", {})
    if surveys.get("waves"):
        console.print(f"surveys: {len(surveys['waves'])} waves estimated ({', '.join(surveys['waves'])})")
    if build:
        built = (
            f"{build['models']} models, {build['tests']} tests" if build["outcome"] == "built" else "nothing changed"
        )
        audited = summary["steps"].get("audit_marts", {})
        console.print(f"marts: {built}" + (f", {audited['checks']} checks" if audited else ""))
    _print_changes(console, summary["steps"].get("publish", {}).get("changes") or {})
    if summary["checks"]:
        console.print("checks: " + ", ".join(f"{count} {outcome}" for outcome, count in summary["checks"].items()))
    for failure in summary["failures"]:
        console.print(f"\n[bold red]{escape(failure['task'])} failed[/bold red]\n{escape(failure['error'])}")
    if summary["refused"]:
        console.print(f"\n[bold red]{len(summary['refused'])} refused[/bold red] (the rest was not affected)")
        for sentence in summary["refused"]:
            console.print(escape(sentence))
    _print_next(console, summary)


def _print_changes(console: Console, changes: dict[str, Any]) -> None:
    """What the new release says differently, in one line; `reform releases diff` says it figure by figure."""
    if not changes:
        return
    moved = [f"{count:,} {HEADINGS[kind][0]}" for kind, count in changes["figures"].items() if count]
    lost: dict[str, int] = changes["reports_dropped"]
    tables = [f"{changes[part]} {part}" for part in ("inputs", "checks", "columns") if changes[part]]
    gone = [f"{count:,} ({', '.join(REPORTED[table])}) gone from {table}" for table, count in lost.items()]
    said = ", ".join([*moved, *gone, *tables]) or "no figure differs"
    console.print(f"against {changes['against']}: {said}   (docs/changes.html, reform releases diff previous current)")


def print_fetched(console: Console, summary: dict[str, Any]) -> None:
    """Say what the portal was asked, and plainly when it was the stand-in that answered."""
    reports = [summary["steps"][step] for step in ("fetch_months", "fetch_weeks") if step in summary["steps"]]
    if not reports:
        return
    fetched = [item for report in reports for item in report["fetched"]]
    unchanged = sum(report["unchanged"] for report in reports)
    requests, size = sum(item["requests"] for item in fetched), sum(item["bytes"] for item in fetched)
    console.print(
        f"\nportal: {len(fetched)} fetches ({requests:,} requests, {size / 1e6:.1f} MB), "
        f"{unchanged} known or not yet due, and not asked"
    )
    if any(report["is_synthetic"] for report in reports):
        console.print(
            "[bold]SYNTHETIC · GIẢ LẬP[/bold]: the stand-in answered; none of these figures is real "
            "(REFORM_PORTAL_URL names a real portal)\n"
            "  trả lời là của cổng giả lập; không số liệu nào trong đó là thật"
        )


def _print_next(console: Console, summary: dict[str, Any]) -> None:
    waiting = sum(row["quarantined"] for row in summary["sources"])
    files = summary["refused_waiting"]
    spent = ", ".join(f"{part} {seconds} s" for part, seconds in summary["seconds_by_part"].items())
    console.print(f"\n[bold]release {summary['release_id'] or 'none yet'}[/bold] · {summary['seconds']} s ({spent})")
    if summary["release_path"]:
        path = summary["release_path"]
        console.print(f"  open  {path}/docs/index.html        what it holds, how it was checked")
        console.print(f"  query duckdb -readonly {path}/warehouse.duckdb   (schema marts), or {path}/parquet/")
        if summary["example"]:
            console.print(f"  ask   .venv/bin/reform trace {shlex.join(summary['example'])}")
    if summary["decisions_asked"]:
        console.print(
            f"  decide {summary['release_path']}/docs/quality.html      {summary['decisions_asked']} warnings stand in "
            "several releases"
        )
    if waiting or files:
        console.print(
            f"  mend  .venv/bin/reform quarantine list       {waiting} rows and {files} files wait for their owner"
        )
