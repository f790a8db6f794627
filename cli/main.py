"""The `reform` command: what users type. It words and shows; the work is elsewhere.

Exit codes: 0 done, 1 the data was refused, 2 wrong use, 3 the environment is broken.
"""

from __future__ import annotations

import os
import sys

import typer

from cli import (
    commands_airflow,
    commands_alerts,
    commands_backfill,
    commands_data,
    commands_fetch,
    commands_metrics,
    commands_operations,
    commands_quarantine,
    commands_release,
    commands_report,
    commands_serve,
    commands_survey,
)
from warehouse.environment import told_in_words
from warehouse.errors import ReformError
from warehouse.home import Home

app = typer.Typer(
    name="reform",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Administrative reform indicators of Viet Nam: ingest, audit, compare, publish, trace.",
)
app.command("run")(commands_data.run)
app.command("ingest")(commands_data.ingest)
app.command("build")(commands_data.build)
app.command("backfill")(commands_backfill.backfill)
app.command("publish")(commands_data.publish)
app.command("trace")(commands_release.trace)
app.command("report")(commands_report.report)
app.command("backup")(commands_operations.backup)
app.command("restore")(commands_operations.restore)
app.command("doctor")(commands_airflow.doctor)
app.add_typer(commands_fetch.fetch_app, name="fetch")
app.add_typer(commands_release.releases_app, name="releases")
app.add_typer(commands_quarantine.quarantine_app, name="quarantine")
app.add_typer(commands_metrics.metrics_app, name="metrics")
app.add_typer(commands_survey.survey_app, name="survey")
app.add_typer(commands_release.docs_app, name="docs")
app.add_typer(commands_airflow.airflow_app, name="airflow")
app.add_typer(commands_alerts.alerts_app, name="alerts")
app.add_typer(commands_serve.serve_app, name="serve")


def main() -> None:
    """Run the command; an error meant for the user ends in its words and its exit code, never in a stack trace."""
    try:
        with told_in_words(Home.from_environment()):
            app()
    except ReformError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("stopped; whatever was under way can be run again", err=True)
        sys.exit(130)
    finally:
        _silence_shutdown()


def _silence_shutdown() -> None:
    """From here on only the interpreter speaks: libraries report what they leak at exit, which helps no user."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


if __name__ == "__main__":
    main()
