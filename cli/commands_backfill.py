"""`reform backfill`: a stretch of time of one source again, through the DAG a scheduler runs, and nothing else."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cli.commands_data import JsonOption, run_alone
from cli.summary import print_summary
from ingestion.backfill import Stretch
from ingestion.dossiers.steps import SOURCE as DOSSIERS
from ingestion.survey.steps import SOURCE as SURVEY
from warehouse.errors import Misused
from warehouse.home import Home

PORTAL = "portal"
#: Source -> the DAG that reads it.
_DAGS = {
    "annex": "ingest_indices",
    "papi": "ingest_indices",
    "pci": "ingest_indices",
    DOSSIERS: "ingest_dossiers",
    SURVEY: "ingest_surveys",
    PORTAL: "fetch_portal_months",
}


def backfill(
    source: Annotated[str, typer.Argument(help=", ".join(_DAGS))],
    first: Annotated[str, typer.Option("--from", help="A year (2019); dossiers and portal also a month (2025-03).")],
    last: Annotated[str | None, typer.Option("--to", help="The last one; none: only --from.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Portal: ask again also for what can change no more.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Read (portal: ask for) the documents of these years or months again; no other period is touched.

    Marts and releases stay as they are: `reform build` and `reform publish` follow.
    """
    if source not in _DAGS:
        raise Misused(f"there is no source {source!r}; the sources are: {', '.join(_DAGS)}")
    if force and source != PORTAL:
        raise Misused("--force is for the portal; what is archived is always read again")
    stretch = Stretch.of(source, first, last)
    summary = _again(Home.from_environment(), source, stretch, force=force, quiet=as_json)
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, default=str))
    else:
        print_summary(summary)
    raise typer.Exit(int(summary["exit_code"]))


def _again(home: Home, source: str, stretch: Stretch, *, force: bool, quiet: bool) -> dict[str, Any]:
    if source != PORTAL:
        told = {"source": source} if _DAGS[source] == "ingest_indices" else {}
        conf = {**told, "from": stretch.first_month, "to": stretch.last_month}
        return run_alone(home, (_DAGS[source],), quiet=quiet, conf=conf)
    asked = {"first": stretch.first_month, "until": stretch.last_month} | ({"force": True} if force else {})
    fetched = run_alone(home, (_DAGS[source],), quiet=quiet, conf=asked)
    if fetched["failures"]:
        return fetched
    read = run_alone(home, ("ingest_indices",), quiet=quiet)
    return {
        **read,
        "steps": fetched["steps"] | read["steps"],
        "refused": [*fetched["refused"], *read["refused"]],
        "exit_code": max(fetched["exit_code"], read["exit_code"]),
    }
