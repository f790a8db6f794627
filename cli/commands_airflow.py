"""`reform airflow` and `reform doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from warehouse.home import Home

airflow_app = typer.Typer(no_args_is_help=True, help="The real Airflow, on 127.0.0.1.")
PortOption = Annotated[int, typer.Option(help="Port of the API server on 127.0.0.1.")]


@airflow_app.command("up")
def up(port: PortOption = 8080) -> None:
    """Start API server, scheduler, DAG processor and triggerer, and wait until they are healthy."""
    from cli import server

    for line in server.up(Home.from_environment(), port):
        typer.echo(line)


@airflow_app.command("down")
def down() -> None:
    """Stop every process `up` started, and make sure none is left."""
    from cli import server

    for line in server.down(Home.from_environment()):
        typer.echo(line)


@airflow_app.command("status")
def status() -> None:
    """Which of its processes run."""
    from cli import server

    for line in server.status(Home.from_environment()):
        typer.echo(line)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """What is missing or wrong on this machine, and how to mend it."""
    from cli.doctor import diagnose

    findings = diagnose(Home.from_environment())
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        console = Console(soft_wrap=True, highlight=False)
        for finding in findings:
            mark = "[green]✓[/green]" if finding.ok else "[red]✗[/red]"
            console.print(f"{mark} {finding.name:<22} {escape(finding.detail)}")
            if not finding.ok and finding.mend:
                console.print(f"  {'':<22} → {escape(finding.mend)}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 3)
