"""`reform fetch`: asking the Public Service Portal, through the DAGs a scheduler runs, and copying what landed."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from cli.commands_data import FETCHING, run_alone
from cli.summary import print_fetched
from ingestion.landing.fetch import fetch_landing
from ingestion.landing.settings import LandingSettings
from ingestion.portal.catalogue import services
from ingestion.portal.periods import Period
from ingestion.portal.settings import PortalSettings
from ingestion.portal.steps import Wanted
from warehouse.home import Home

fetch_app = typer.Typer(no_args_is_help=True, help="Fetch from elsewhere: portal, landing.")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")]


@fetch_app.callback()
def _fetch() -> None:
    """Fetch from elsewhere."""


@fetch_app.command("portal")
def portal(
    period: Annotated[str | None, typer.Option(help="2025-09, 2025 or 2025-W38; none: everything that is due.")] = None,
    unit: Annotated[str | None, typer.Option(help="One province, such as lao_cai_2025; none: all.")] = None,
    service: Annotated[str | None, typer.Option(help="One service of data/reference/portal/services.yml.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also what was fetched and can change no more.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask the portal for what is missing, keep its answers as received, read and load them; marts stay as they are.

    Without REFORM_PORTAL_URL the stand-in answers, and its data is synthetic.
    """
    PortalSettings.from_environment()
    wanted = Wanted(period=period, unit=unit, service=service, force=force)
    wanted.check()
    conf = {"period": period, "unit": unit, "service": service, "force": force or None}
    told = {name: value for name, value in conf.items() if value is not None}
    summary = run_alone(Home.from_environment(), (*_dags(period, service), "ingest_indices"), quiet=as_json, conf=told)
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, default=str))
    else:
        _show(summary)
    raise typer.Exit(int(summary["exit_code"]))


@fetch_app.command("landing")
def landing(
    address: Annotated[
        str | None,
        typer.Option("--from", help="file:///folder, s3://…, sftp://…, webdavs://…; else REFORM_LANDING_URL."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Copy what is new and whole at the landing address into the landing folder; there, nothing changes."""
    report = fetch_landing(Home.from_environment(), LandingSettings.from_environment(address))
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        _show_landed(report)
    raise typer.Exit(1 if report["refused"] else 0)


def _show_landed(report: dict[str, Any]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for name in report["fetched"]:
        console.print(f"  fetched {escape(name)}")
    for name in report["waiting"]:
        console.print(f"  waits   {escape(name)} (still being written, or one of that name lies in the landing folder)")
    console.print(f"{escape(report['place'])}: {len(report['fetched'])} fetched, {len(report['known'])} known already")
    if report["fetched"]:
        console.print("now: reform run")
    for sentence in report["refused"]:
        console.print(escape(sentence))


def _dags(period: str | None, service: str | None) -> tuple[str, ...]:
    """The DAGs that fetch what is wanted."""
    months, weeks = FETCHING
    if service is not None:
        return (weeks,) if services()[service].period_kind == "week" else (months,)
    if period is not None:
        return (weeks,) if Period.parse(period).kind == "week" else (months,)
    return FETCHING


def _show(summary: dict[str, Any]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for step in ("fetch_months", "fetch_weeks"):
        for item in summary["steps"].get(step, {}).get("fetched", []):
            twice = f", {item['duplicate_rows']} of them twice" if item["duplicate_rows"] else ""
            asked = f"{item['requests']} requests, {item['rows']} rows{twice}"
            console.print(
                f"  {item['period']:<8} {item['service']} ({item['scope']}): {asked}, {item['bytes']:,} bytes"
            )
    print_fetched(console, summary)
    load = summary["steps"].get("load_audited", {})
    if load.get("loaded"):
        console.print(
            f"loaded: {len(load['loaded'])} documents, {load['quarantined']} rows quarantined; now: reform build"
        )
    for failure in summary["failures"]:
        console.print(f"\n[bold red]{escape(failure['task'])} failed[/bold red]\n{escape(failure['error'])}")
    if summary["refused"]:
        console.print(f"\n[bold red]{len(summary['refused'])} refused[/bold red] (the rest was not affected)")
        for sentence in summary["refused"]:
            console.print(escape(sentence))
