"""`reform metrics`: the measures every tool shares, listed and asked."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from warehouse.errors import Misused
from warehouse.home import Home

metrics_app = typer.Typer(no_args_is_help=True, help="Measures with one definition for every tool.")


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@metrics_app.command("list")
def metrics_list(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")] = False,
) -> None:
    """All metrics of the current release: what they mean, what they can be grouped by, what must not be mixed."""
    from cli.metrics_view import print_metrics
    from warehouse.metrics import MetricLayer

    layer = MetricLayer.of_current_release(Home.from_environment())
    if as_json:
        typer.echo(json.dumps([metric.as_dict() for metric in layer.metrics.values()], ensure_ascii=False))
    else:
        print_metrics(layer.metrics)


@metrics_app.command("query")
def metrics_query(
    metric: Annotated[str, typer.Argument(help="A metric of `reform metrics list`, e.g. average_value.")],
    by: Annotated[
        list[str] | None, typer.Option("--by", help="A dimension to group by; several times, or with commas.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            help="DIMENSION=VALUE to keep, several times; values of one dimension are alternatives.",
        ),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.TABLE,
    show_sql: Annotated[
        bool, typer.Option("--show-sql", help="Print the SQL too: on stderr with csv; json always has it.")
    ] = False,
) -> None:
    """Ask a metric of the current release. A table shows 4 decimals, csv and json all there are."""
    from cli.metrics_view import print_answer, print_csv
    from warehouse.metrics import MetricLayer, Question

    question = Question(
        metric,
        tuple(name.strip() for names in by or () for name in names.split(",")),
        tuple(_condition(text) for text in where or ()),
    )
    answer = MetricLayer.of_current_release(Home.from_environment()).ask(question)
    if show_sql and output is not Format.JSON:
        typer.echo(answer.sql, err=output is Format.CSV)
    if output is Format.JSON:
        typer.echo(json.dumps(answer.as_dict(), ensure_ascii=False, default=str))
    elif output is Format.CSV:
        print_csv(answer)
    else:
        print_answer(answer)


def _condition(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise Misused(f"--where takes DIMENSION=VALUE, for example --where indicator=PAPI, and not {text!r}")
    return name.strip(), value
