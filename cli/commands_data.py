"""`reform run`, `ingest`, `build`, `publish`: the commands that move data through the DAGs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.progress import Progress
from cli.run_lock import one_run
from cli.summary import print_summary, run_summary
from ingestion.parse import parser_for
from ingestion.steps import is_document, land, land_files
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")]

PIPELINE = ("ingest_indices", "build_warehouse", "publish_release")


def run(
    input_folders: Annotated[
        list[Path] | None,
        typer.Option("--input", help="A folder with pci/, papi/, annex/ in it; its files are landed first."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The whole pipeline, through the same DAGs a scheduler runs: land, ingest, build, publish."""
    home = Home.from_environment()
    home.make()
    folders = input_folders or []
    for folder in folders:
        if not folder.is_dir():
            raise Misused(f"--input {folder} is not a folder")
    run_pipeline(home, PIPELINE, as_json, lambda: land(home, folders))


def ingest(
    source: Annotated[str, typer.Argument(help="pci, papi or annex")],
    files: Annotated[list[Path], typer.Argument(help="Files to ingest, as received.")],
    as_json: JsonOption = False,
) -> None:
    """Archive, read, audit and load the given files; marts and releases stay as they are."""
    home = Home.from_environment()
    home.make()
    parser_for(source)
    for file in files:
        if not file.is_file():
            raise Misused(f"{file} is not a file")
        if not is_document(file):
            raise Misused(f"{file} is a link, a hidden or a half-written file; give the document itself")
    run_pipeline(home, PIPELINE[:1], as_json, lambda: land_files(home, source, files))


def build(as_json: JsonOption = False) -> None:
    """Build and test the marts from what is loaded."""
    run_pipeline(Home.from_environment(), PIPELINE[1:2], as_json)


def publish(as_json: JsonOption = False) -> None:
    """Make a release of the built marts and switch `current` to it."""
    run_pipeline(Home.from_environment(), PIPELINE[2:], as_json)


def run_pipeline(
    home: Home, dag_ids: tuple[str, ...], as_json: bool, first: Callable[[], dict[str, Any]] = dict
) -> None:
    """Do `first`, run the DAGs, show the summary and end with its exit code, alone in this home."""
    summary = run_alone(home, dag_ids, quiet=as_json, first=first)
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, default=str))
    else:
        print_summary(summary)
    raise typer.Exit(int(summary["exit_code"]))


def run_alone(
    home: Home, dag_ids: tuple[str, ...], *, quiet: bool, first: Callable[[], dict[str, Any]] = dict
) -> dict[str, Any]:
    """Do `first`, run the DAGs, and return the summary of the run; nobody else runs in this home meanwhile.

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
        before = first()
        with progress:
            outcomes = run_dags(home, list(dag_ids), on_task=progress.on_task)
        return run_summary(home, outcomes, seconds=time.monotonic() - started, before=before)
