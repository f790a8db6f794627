"""`reform releases`, `trace` and `docs`: the commands that read what was published."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from warehouse.errors import Misused
from warehouse.home import Home
from warehouse.release import switch
from warehouse.release_list import current_release, list_releases

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")]

#: Rows of a section of `releases diff` that are shown unless all are asked for.
ROWS_SHOWN = 10
_PERIODS_SHOWN = 12
_PERIOD = re.compile(
    r"(?P<year>[12][0-9]{3})(?:-(?P<month>[0-9]{1,2}))?|(?P<month_first>[0-9]{1,2})/(?P<year_last>[12][0-9]{3})"
)
_RELEASE_HELP = (
    "A release id or the beginning of one, `current`, `previous`, or a date: what readers saw at the end of that day "
    "(or at a time, 2026-11-30T14:00+07:00; without an offset UTC)."
)

releases_app = typer.Typer(no_args_is_help=True, help="Published releases.")
docs_app = typer.Typer(no_args_is_help=True, help="The documentation of the current release.")


@releases_app.command("list")
def releases_list(as_json: JsonOption = False) -> None:
    """All releases, oldest first; the current one is marked."""
    home = Home.from_environment()
    current = current_release(home)
    releases = list_releases(home)
    if as_json:
        typer.echo(json.dumps({"current": current.name if current else None, "releases": releases}, ensure_ascii=False))
        return
    if not releases:
        typer.echo("no release yet: `reform run` makes the first")
    for manifest in releases:
        mark = "*" if current is not None and manifest["release_id"] == current.name else " "
        rows = sum(manifest["row_counts"].values())
        typer.echo(f"{mark} {manifest['release_id']}  {len(manifest['inputs'])} documents  {rows} rows")


@releases_app.command("rollback")
def releases_rollback(release_id: Annotated[str, typer.Argument(help="The release to go back to.")]) -> None:
    """Point `current` to an earlier release; no release is changed or removed."""
    switch(Home.from_environment(), release_id)
    typer.echo(f"current is now {release_id}")


@releases_app.command("prune")
def releases_prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which would go.")] = False,
) -> None:
    """Remove the releases REFORM_KEEP_RELEASES and REFORM_KEEP_MONTHS do not keep; never the current one."""
    from warehouse.retention import KEEP_LAST, Policy, releases_to_remove, remove_releases

    home = Home.from_environment()
    policy = Policy.from_environment()
    if policy.last is None:
        typer.echo(f"every release is kept: {KEEP_LAST} is not set")
        return
    going = releases_to_remove(home, policy)
    for release_id in going:
        typer.echo(release_id)
    if dry_run:
        typer.echo(f"{len(going)} releases would go")
        return
    freed = remove_releases(home, going)
    typer.echo(f"{len(going)} releases removed, {freed / 2**20:.0f} MiB free")


@releases_app.command("diff")
def releases_diff(
    before: Annotated[str, typer.Argument(help=_RELEASE_HELP)],
    after: Annotated[str, typer.Argument(help="The release to compare it with, named in the same ways.")],
    show_all: Annotated[bool, typer.Option("--all", help="Show every row of every section.")] = False,
    page: Annotated[Path | None, typer.Option("--page", help="Write it as pages (vi, en) into this folder.")] = None,
    as_json: JsonOption = False,
) -> None:
    """What two releases say differently: figures restated, added, removed, newly (in)comparable, and their sources."""
    from cli.diff_view import print_diff
    from warehouse.diff import diff_releases
    from warehouse.release_names import resolve_release

    home = Home.from_environment()
    found = diff_releases(home, resolve_release(home, before), resolve_release(home, after))
    if page is not None:
        from warehouse.diff_page import write_diff_pages

        page.mkdir(parents=True, exist_ok=True)
        for written in write_diff_pages(found, page):
            typer.echo(str(written), err=as_json)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, default=str))
    elif page is None:
        print_diff(found, limit=None if show_all else ROWS_SHOWN)


def trace(
    unit: Annotated[str, typer.Argument(help="A province or ministry, by name or code.")],
    indicator: Annotated[str, typer.Argument(help="An indicator code, e.g. PAPI.SC22 or PORTAL.TILE.")],
    period: Annotated[str, typer.Argument(help="The year, or for portal figures the month: 2018, 2025-08.")],
    month: Annotated[int | None, typer.Option("--month", min=1, max=12, help="The month, beside a year.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help=f"What it was then. {_RELEASE_HELP}")] = None,
    as_json: JsonOption = False,
) -> None:
    """Where a number of the current release comes from, down to the cell of the file; or what it was before."""
    from cli.trace_view import print_trace
    from ingestion.names import UnitResolver
    from warehouse.home import REFERENCE_DIR
    from warehouse.trace import trace_figure

    home = Home.from_environment()
    year, in_month = _period(period, month)
    codes = unit_codes(UnitResolver.from_reference(REFERENCE_DIR), unit, year)
    if as_of is not None:
        if in_month is not None:
            raise Misused("what monthly figures were before is not kept: `--as-of` goes with a year")
        _trace_then(home, codes, f"{indicator} of {unit!r} for {year}", (indicator, year, as_of), as_json)
        return
    release = current_release(home)
    if release is None:
        raise Misused("there is no release yet: `reform run` makes the first")
    database = release / "warehouse.duckdb"
    if in_month is not None:
        _trace_month(database, codes, unit, indicator, date(year, in_month, 1), as_json)
        return
    found = trace_figure(database, codes, indicator, year)
    if found is None:
        raise Misused(
            f"no source of this release prints {indicator} of {unit!r} for {year}; "
            f"{_what_there_is(database, codes, indicator)}"
        )
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=str))
    else:
        print_trace(found, release.name)


def _period(text: str, month: int | None) -> tuple[int, int | None]:
    """The year and month meant by `2018`, `2025-08`, `08/2025` or a year beside `--month`."""
    parts = _PERIOD.fullmatch(text.strip())
    if parts is None:
        raise Misused(f"{text!r} is no period: a year (2018) or a month (2025-08)")
    year = int(parts["year"] or parts["year_last"])
    written = parts["month"] or parts["month_first"]
    if written is not None and not 1 <= int(written) <= 12:
        raise Misused(f"{text!r} is no month: there are twelve")
    if written is not None and month is not None and int(written) != month:
        raise Misused(f"{text!r} and --month {month} name two months")
    return year, int(written) if written is not None else month


def _trace_month(
    database: Path, codes: tuple[str, ...], unit: str, indicator: str, data_month: date, as_json: bool
) -> None:
    from cli.trace_view import print_month
    from warehouse.trace_months import trace_month

    found = trace_month(database, codes, indicator, data_month)
    if found is None:
        raise Misused(
            f"this release has no {indicator} of {unit!r} for {data_month:%Y-%m}; "
            f"{_what_there_is(database, codes, indicator)}"
        )
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=str))
    else:
        print_month(found, database.parent.name)


def _what_there_is(database: Path, codes: tuple[str, ...], indicator: str) -> str:
    """What to ask for instead of a figure that does not exist."""
    from warehouse.trace import what_is_known

    known = what_is_known(database, codes, indicator)
    if not known.is_indicator:
        near = f", perhaps {', '.join(known.near)}" if known.near else ""
        return f"there is no indicator of that code{near}"
    if not known.is_unit:
        return "there is no unit of that name or code in it"
    if known.periods:
        return f"it has {_listed(known.periods)}"
    return "it has no period of it for that unit at all"


def _listed(periods: tuple[str, ...]) -> str:
    shown = periods if len(periods) <= _PERIODS_SHOWN else (*periods[:2], "…", *periods[2 - _PERIODS_SHOWN :])
    return ", ".join(shown)


def _trace_then(home: Home, codes: tuple[str, ...], figure: str, asked: tuple[str, int, str], as_json: bool) -> None:
    from cli.trace_history import print_trace_as_of
    from warehouse.release_names import resolve_release
    from warehouse.trace import known_history, trace_as_of

    indicator, year, as_of = asked
    history = known_history(home)
    remembered = history["vintages"]["releases"] if history else []
    found = trace_as_of(home, codes, indicator, year, resolve_release(home, as_of, remembered))
    if not found["standing"]:
        known = [f"{form['from_release_id']} ({form['value']})" for form in found["history"]]
        later = f"; it is in these: {', '.join(known)}" if known else ""
        raise Misused(f"release {found['release_id']} had no {figure}{later}")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=str))
    else:
        print_trace_as_of(found)


def unit_codes(resolver: object, unit: str, year: int) -> tuple[str, ...]:
    """The codes `unit` may mean in `year`: itself when it is a code, else what its name resolves to."""
    codes = [unit]
    for unit_type in ("province", "ministry", "national", "region"):
        match = resolver.resolve(unit.replace("_", " "), unit_type=unit_type, data_year=year)  # type: ignore[attr-defined]
        if match.unit_code:
            codes.append(match.unit_code)
    return tuple(dict.fromkeys(codes))


@docs_app.command("build")
def docs_build() -> None:
    """Write the docs of the last build (they become part of the next release)."""
    from warehouse.docs import write_docs

    report = write_docs(Home.from_environment())
    typer.echo(f"docs written to {report['path']}")


@docs_app.command("serve")
def docs_serve(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8088) -> None:
    """Serve the docs of the current release on 127.0.0.1 until interrupted."""
    from warehouse.docs_server import docs_server

    home = Home.from_environment()
    if current_release(home) is None:
        raise Misused("there is no release yet: `reform run` makes the first")
    try:
        server = docs_server(home, port)
    except OSError as error:
        raise Misused(f"port {port} on 127.0.0.1 cannot be had ({error.strerror}): `--port N` takes another") from None
    with server:
        folder = escape(str(home.current / "docs"))
        Console().print(f"http://127.0.0.1:{port}/index.html  ({folder}; stop with Ctrl-C)")
        server.serve_forever()
