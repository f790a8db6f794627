"""`reform publish --to`: the current release in a server, beside the files."""

from __future__ import annotations

import json

import typer

from warehouse.build import read_state
from warehouse.errors import Misused
from warehouse.home import Home
from warehouse.postgresql.address import (
    FROM_ENVIRONMENT,
    VARIABLE,
    Address,
    address_in_environment,
    parse_address,
    schemas_kept,
)
from warehouse.release_list import current_release, list_releases


def serve_to(target: str, as_json: bool) -> None:
    """Load the current release into `target` (an address, or `postgresql` for that of the environment) and say so.

    Raises:
        Misused: there is no release yet, or `target` names no server.
        EnvironmentBroken: the server is away or refuses.
    """
    from warehouse.postgresql.serve import serve_release

    home = Home.from_environment()
    address = _address(target)
    release = current_release(home)
    if release is None:
        raise Misused("there is no release yet: `reform run` makes the first")
    report = serve_release(release, address, keep=schemas_kept())
    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False))
        return
    if report.outcome == "unchanged":
        typer.echo(f"{report.place} has release {report.release_id} already: nothing to do")
    else:
        typer.echo(
            f"{report.place} now has release {report.release_id} in schema marts: {report.tables} tables, "
            f"{report.rows:,} rows, {report.seconds} s"
        )
    for note in report.notes:
        typer.echo(f"  note: {note}")
    if _newer_build(home):
        typer.echo("  note: a newer build is not published yet: `reform publish`, then this again")


def _address(target: str) -> Address:
    if target != FROM_ENVIRONMENT:
        return parse_address(target)
    found = address_in_environment()
    if found is None:
        raise Misused(
            f"set {VARIABLE} or {VARIABLE}_FILE to the address of the server, or give it: --to postgresql://…"
        )
    return found


def _newer_build(home: Home) -> bool:
    """Whether a complete build waits that no release holds; after a roll-back none does."""
    built = read_state(home).get("fingerprint")
    return bool(built) and all(built != manifest["fingerprint"] for manifest in list_releases(home))
