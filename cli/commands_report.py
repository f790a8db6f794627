"""`reform report`: what an office files about one unit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.commands_release import JsonOption, unit_codes
from warehouse.errors import Misused
from warehouse.home import REFERENCE_DIR, Home
from warehouse.release_list import current_release


def report(
    unit: Annotated[str, typer.Argument(help="A province or ministry, by name or code.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write into.")] = Path(),
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="xlsx, docx or pdf; may be given again. Default: all three.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """A workbook and a letter of one page (DOCX, PDF) of a unit, from the current release; always the same bytes."""
    from ingestion.names import UnitResolver
    from warehouse.reports.write import write_report

    release = current_release(Home.from_environment())
    if release is None:
        raise Misused("there is no release yet: `reform run` makes the first")
    published_at = json.loads((release / "manifest.json").read_text("utf-8"))["published_at"]
    codes = unit_codes(UnitResolver.from_reference(REFERENCE_DIR), unit, datetime.now(UTC).year)
    moment = datetime.fromisoformat(published_at).astimezone(UTC)
    written = write_report(release / "warehouse.duckdb", codes, out, release.name, moment, formats or [])
    if as_json:
        typer.echo(json.dumps({"release_id": release.name, "files": [str(path) for path in written]}))
        return
    for path in written:
        typer.echo(str(path))
