"""`reform alerts`: whether people are told, and what they were told."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")]

alerts_app = typer.Typer(no_args_is_help=True, help="Messages to people: mail, Slack, Mattermost, Teams.")


@alerts_app.command("test")
def alerts_test(as_json: JsonOption = False) -> None:
    """Send a test message through each configured channel and say what came of it."""
    from warehouse.alerts.occasions import trial
    from warehouse.alerts.settings import AlertSettings
    from warehouse.alerts.tell import try_channels

    done = try_channels(AlertSettings.from_environment(), trial())
    if not done:
        raise Misused("no channel is configured: set REFORM_ALERT_SMTP_HOST or a webhook, see docs/alerts.md")
    if as_json:
        said = [
            {"channel": one.channel, "where": one.where, "delivered": not one.reason, "reason": one.reason}
            for one in done
        ]
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        for one in done:
            typer.echo(
                f"{one.channel}  {one.where}  {'delivered' if not one.reason else 'NOT delivered: ' + one.reason}"
            )
    raise typer.Exit(EnvironmentBroken.exit_code if any(one.reason for one in done) else 0)


@alerts_app.command("list")
def alerts_list(
    limit: Annotated[int, typer.Option(min=1, help="How many of the latest events to show.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """The latest events, oldest first: sent, waiting for the next occasion, or given up, and why."""
    from warehouse.alerts.event import now
    from warehouse.alerts.ledger import Ledger

    moment = now()
    latest = list(Ledger(Home.from_environment()).read().values())[-limit:]
    if as_json:
        said = [
            {
                **told.event.as_dict(),
                "told_at": told.told_at.isoformat(),
                "state": told.state(moment),
                "delivered": {channel: at.isoformat() for channel, at in told.delivered.items()},
                "failed": told.failed,
            }
            for told in latest
        ]
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    if not latest:
        typer.echo("nothing was told yet")
    console = Console(soft_wrap=True, highlight=False)
    for told in latest:
        through = ", ".join(told.channels) or "within another message"
        console.print(
            f"{told.told_at:%Y-%m-%d %H:%M}Z  {told.state(moment):<8} {told.event.kind:<26} "
            f"{escape(told.event.title_en)}  [dim]({through})[/dim]"
        )
        for channel, reason in told.failed.items():
            console.print(f"  {channel}: {escape(reason)}")
