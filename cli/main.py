"""The `reform` command: what users type. It words and shows; the work is elsewhere.

Exit codes: 0 done, 1 the data was refused, 2 wrong use, 3 the environment is broken.
"""

from __future__ import annotations

import os
import sys
import time
import traceback

import structlog
import typer

from cli import (
    commands_airflow,
    commands_alerts,
    commands_backfill,
    commands_data,
    commands_fetch,
    commands_lake,
    commands_metrics,
    commands_observe,
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
from warehouse.observability import journal

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
app.command("lineage")(commands_observe.lineage)
app.command("doctor")(commands_airflow.doctor)
app.add_typer(commands_fetch.fetch_app, name="fetch")
app.add_typer(commands_release.releases_app, name="releases")
app.add_typer(commands_quarantine.quarantine_app, name="quarantine")
app.add_typer(commands_metrics.metrics_app, name="metrics")
app.add_typer(commands_lake.lake_app, name="lake")
app.add_typer(commands_survey.survey_app, name="survey")
app.add_typer(commands_release.docs_app, name="docs")
app.add_typer(commands_airflow.airflow_app, name="airflow")
app.add_typer(commands_alerts.alerts_app, name="alerts")
app.add_typer(commands_serve.serve_app, name="serve")
commands_serve.serve_app.command("metrics")(commands_observe.serve_metrics)


@app.callback()
def _noted(context: typer.Context) -> None:
    """Which command it is stands in the log of the installation; its arguments do not."""
    structlog.contextvars.bind_contextvars(command=context.invoked_subcommand)


def main() -> None:
    """Run the command; an error meant for the user ends in its words and its exit code, never in a stack trace."""
    started, exit_code = time.monotonic(), 0
    try:
        with told_in_words(Home.from_environment()):
            app()
    except ReformError as error:
        typer.echo(str(error), err=True)
        exit_code = error.exit_code
        sys.exit(exit_code)
    except KeyboardInterrupt:
        typer.echo("stopped; whatever was under way can be run again", err=True)
        exit_code = 130
        sys.exit(exit_code)
    except SystemExit as ended:
        exit_code = ended.code if isinstance(ended.code, int) else 1
        raise
    except Exception:
        # Said here: after `finally` nobody hears the interpreter any more.
        traceback.print_exc()
        exit_code = 1
        sys.exit(exit_code)
    finally:
        _note_end(exit_code, time.monotonic() - started)
        _silence_shutdown()


def _note_end(exit_code: int, seconds: float) -> None:
    """A line in the log for every command that did something; asking for help is nothing."""
    home = Home.from_environment()
    if structlog.contextvars.get_contextvars().get("command") and home.build.is_dir():
        journal.note(home, "command_ended", exit_code=exit_code, duration_seconds=round(seconds, 3))


def _silence_shutdown() -> None:
    """From here on only the interpreter speaks: libraries report what they leak at exit, which helps no user."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


if __name__ == "__main__":
    main()
