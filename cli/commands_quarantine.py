"""`reform quarantine`: what waits for its owner, as a list, as a workbook to decide in, and the decisions back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands_data import PIPELINE, JsonOption, run_alone
from cli.run_lock import one_run
from cli.summary import print_summary
from ingestion.refusals import refusals_of, refused_documents
from warehouse.errors import Misused
from warehouse.home import Home

if TYPE_CHECKING:
    from ingestion.worklist.replay import Replay

quarantine_app = typer.Typer(no_args_is_help=True, help="Rows and files that wait for their owner.")


@quarantine_app.command("list")
def quarantine_list(as_json: JsonOption = False) -> None:
    """Rows that were set aside and files that were refused, each with its rule and what to do."""
    from cli.quarantine_view import print_quarantine, waiting

    found = waiting(Home.from_environment())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=str))
    else:
        print_quarantine(found)


@quarantine_app.command("dismiss")
def quarantine_dismiss(file_name: Annotated[str, typer.Argument(help="Name of the refused file.")]) -> None:
    """Withdraw a refused file: it waits no longer. Its bytes stay in the archive."""
    from ingestion.refusals import dismiss

    count = dismiss(Home.from_environment(), file_name)
    if not count:
        raise Misused(f"no refused file is named {file_name!r}: `reform quarantine list` names them")
    typer.echo(f"{file_name}: withdrawn")


@quarantine_app.command("export")
def quarantine_export(
    target: Annotated[Path, typer.Argument(help="The workbook to write, e.g. list.xlsx.")],
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite the file, with whatever was entered in it.")
    ] = False,
) -> None:
    """Write what waits to a workbook people can decide in: drop-downs, the bad cell marked."""
    from ingestion.worklist.rows import known_unit_names, waiting_rows
    from ingestion.worklist.writing import write_list

    home = Home.from_environment()
    _check_target(target)
    if target.exists() and not force:
        raise Misused(f"{target} is there already, perhaps with decisions in it; name another file, or add --force")
    rows = waiting_rows(home)
    files = [
        (str(entry["document"]["file_name"]), "\n".join(refusal.sentence() for refusal in refusals_of(entry)))
        for entry in refused_documents(home)
    ]
    write_list(target, rows, units=known_unit_names(), refused_files=files)
    typer.echo(f"{target}: {len(rows)} rows to decide, {len(files)} refused files")
    typer.echo(f"fill in the yellow columns, then: reform quarantine replay {target}")


@quarantine_app.command("replay")
def quarantine_replay(
    edited: Annotated[Path, typer.Argument(help="The workbook with the decisions.")], as_json: JsonOption = False
) -> None:
    """Try the decisions of a work list; keep what passes as corrections, load and publish it, return the rest."""
    from cli.server import services_running
    from ingestion.worklist.reading import read_list
    from ingestion.worklist.replay import replay

    home = Home.from_environment()
    _check_target(edited)
    if not edited.is_file():
        raise Misused(f"{edited} is not a file")
    lines = read_list(edited)
    with one_run(home):
        result = replay(home, lines, decided_on=datetime.now(UTC).date())
    returned = _return(home, edited, {line.key: line.entered for line in lines}, result.returned)
    if not as_json:
        _print_replay(result, returned)
    summary: dict[str, Any] = {}
    if result.accepted or result.standing:
        if services_running(home):
            typer.echo("the Airflow that runs here applies them with the next run of ingest_indices", err=True)
        else:
            # Also for decisions that stood already: the run that was to apply them may have been cut short.
            summary = run_alone(home, PIPELINE, quiet=as_json)
    if as_json:
        shown = {**asdict(result), "returned_file": returned, "run": summary}
        typer.echo(json.dumps(shown, ensure_ascii=False, default=str))
    elif summary:
        print_summary(summary)
    raise typer.Exit(max(int(summary.get("exit_code", 0)), 1 if result.returned else 0))


def _print_replay(result: Replay, returned: Path | None) -> None:
    typer.echo(
        f"{len(result.accepted)} decisions kept as corrections, "
        f"{len(result.standing) + len(result.done)} stood already, "
        f"{len(result.returned)} returned"
    )
    if result.corrections_file:
        typer.echo(f"  kept in {result.corrections_file}")
    for reason in sorted(set(result.returned.values()))[:5]:
        typer.echo(f"  {reason}")
    if returned:
        typer.echo(f"  look at {returned}: the last column says why")


def _return(home: Home, edited: Path, entered: dict[str, dict[str, str]], returned: dict[str, str]) -> Path | None:
    """Write the returned lines beside the list, as people had filled them in, with the reason; None when all passed."""
    from ingestion.worklist.rows import known_unit_names, waiting_rows
    from ingestion.worklist.writing import write_list

    target = edited.with_name(f"{edited.stem}.returned.xlsx")
    rows = [row for row in waiting_rows(home) if row.key in returned]
    if not returned:
        target.unlink(missing_ok=True)
        return None
    filled_in = {key: entered[key] | {"result": reason} for key, reason in returned.items()}
    write_list(target, rows, units=known_unit_names(), filled_in=filled_in)
    return target


def _check_target(path: Path) -> None:
    if path.suffix.lower() != ".xlsx":
        raise Misused(f"{path} should end in .xlsx: the work list is a workbook")
