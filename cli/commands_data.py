"""`reform run`, `ingest`, `build`, `publish`: the commands that move data through the DAGs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.progress import Progress
from cli.run_lock import one_run
from cli.summary import print_summary, run_summary
from ingestion.dossiers.steps import SOURCE as DOSSIERS
from ingestion.dossiers.steps import land_exports
from ingestion.landing.at_rest import is_document
from ingestion.parse import parser_for
from ingestion.portal.settings import PortalSettings
from ingestion.steps import land, land_files
from ingestion.survey.landing import land_surveys
from warehouse.drops import RULE as DROPPED
from warehouse.environment import set_aside_if_it_does_not_open
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")]

#: The portal is asked first, so that what it answers is read in the same run.
FETCHING = ("fetch_portal_months", "fetch_portal_766")
PIPELINE = ("ingest_indices", "ingest_dossiers", "ingest_surveys", "build_warehouse", "publish_release")


def run(
    input_folders: Annotated[
        list[Path] | None,
        typer.Option(
            "--input", help="A folder with pci/, papi/, annex/, dossiers/, survey/ in it; its files are landed first."
        ),
    ] = None,
    portal: Annotated[
        bool,
        typer.Option("--portal", help="Fetch what is due from REFORM_PORTAL_URL; where unset, from the stand-in."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """The whole pipeline, through the same DAGs a scheduler runs: land, ingest, build, publish."""
    home = Home.from_environment()
    home.make()
    if portal:
        PortalSettings.from_environment()
    folders = input_folders or []
    for folder in folders:
        if not folder.is_dir():
            raise Misused(f"--input {folder} is not a folder")
    dag_ids = FETCHING + PIPELINE if portal else PIPELINE
    run_pipeline(home, dag_ids, as_json, lambda: _land(home, folders))


def _land(home: Home, folders: list[Path]) -> dict[str, Any]:
    tables = land(home, folders)["landed"]
    return {"landed": tables + land_exports(home, folders, land_files) + land_surveys(home, folders)}


def ingest(
    source: Annotated[str, typer.Argument(help="pci, papi, annex or dossiers")],
    files: Annotated[list[Path], typer.Argument(help="Files to ingest, as received.")],
    as_json: JsonOption = False,
) -> None:
    """Archive, read, audit and load the given files; marts and releases stay as they are."""
    home = Home.from_environment()
    home.make()
    if source != DOSSIERS:
        parser_for(source)
    for file in files:
        if not file.is_file():
            raise Misused(f"{file} is not a file")
        if not is_document(file):
            raise Misused(f"{file} is a link, a hidden or a half-written file; give the document itself")
    dag_ids = ("ingest_dossiers",) if source == DOSSIERS else PIPELINE[:1]
    run_pipeline(home, dag_ids, as_json, lambda: land_files(home, source, files))


class Engine(StrEnum):
    """What builds: DuckDB everything (`build`, as dbt's target is called), Spark the marts that read the lake."""

    BUILD = "build"
    SPARK = "spark"


def build(
    target: Annotated[
        Engine,
        typer.Option(help="`spark`: the marts that read the lake, on Spark, into lake_marts/, compared with DuckDB's."),
    ] = Engine.BUILD,
    as_json: JsonOption = False,
) -> None:
    """Build and test the marts from what is loaded."""
    if target is Engine.SPARK:
        from cli.spark_target import build_and_compare

        build_and_compare(Home.from_environment(), as_json)
        return
    run_pipeline(Home.from_environment(), ("build_warehouse",), as_json)


def publish(
    to: Annotated[
        str | None,
        typer.Option(
            help="Load the current release into this server instead: postgresql://user@host/database, or `postgresql` "
            "for the address in REFORM_SERVE_POSTGRESQL or REFORM_SERVE_POSTGRESQL_FILE (where nobody sees a password)."
        ),
    ] = None,
    allow_drops: Annotated[
        bool, typer.Option("--yes", help="Publish even if more figures are gone than REFORM_MAX_DROPPED_PCT allows.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a release of the built marts, show what it changes, and switch `current` to it; or, with --to, serve it."""
    if to is not None:
        from cli.postgresql_target import serve_to

        serve_to(to, as_json)
        return
    home = Home.from_environment()
    run_pipeline(home, ("publish_release",), as_json, conf={"allow_drops": allow_drops})


def run_pipeline(
    home: Home,
    dag_ids: tuple[str, ...],
    as_json: bool,
    first: Callable[[], dict[str, Any]] = dict,
    conf: dict[str, Any] | None = None,
) -> None:
    """Do `first`, run the DAGs, show the summary and end with its exit code, alone in this home."""
    summary = run_alone(home, dag_ids, quiet=as_json, first=first, conf=conf)
    if not as_json and _would_drop(summary) and sys.stdin.isatty():
        print_summary(summary)
        if typer.confirm("Publish it all the same?", default=False):
            summary = run_alone(home, ("publish_release",), quiet=False, conf={"allow_drops": True})
        else:
            raise typer.Exit(int(summary["exit_code"]))
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, default=str))
    else:
        print_summary(summary)
    raise typer.Exit(int(summary["exit_code"]))


def _would_drop(summary: dict[str, Any]) -> bool:
    return any(f"rule: {DROPPED} " in failure["error"] for failure in summary["failures"])


def run_alone(
    home: Home,
    dag_ids: tuple[str, ...],
    *,
    quiet: bool,
    first: Callable[[], dict[str, Any]] = dict,
    conf: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Do `first`, run the DAGs telling them `conf`, and return the summary; nobody else runs in this home meanwhile.

    Raises:
        EnvironmentBroken: a real Airflow runs here, or another run is under way.
    """
    from cli.dag_runs import run_dags
    from cli.server import services_running

    if services_running(home):
        raise EnvironmentBroken(
            "a real Airflow runs in this home (`make up`), and it is the one that runs the pipeline: put files into "
            f"{home.landing} and trigger the DAG there, or stop it with `make down`"
        )
    progress = Progress(quiet=quiet)
    started = time.monotonic()
    with one_run(home):
        set_aside = set_aside_if_it_does_not_open(home)
        before = first()
        if set_aside is not None:
            before = {**before, "set_aside": f"{set_aside}. It is made again from the archive in this run"}
        with progress:
            outcomes = run_dags(home, list(dag_ids), on_task=progress.on_task, conf=conf)
        return run_summary(home, outcomes, seconds=time.monotonic() - started, before=before)
