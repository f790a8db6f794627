"""`reform build --target spark`: what it says."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from cli.run_lock import one_run
from warehouse.home import Home
from warehouse.parity import MartParity, compare_engines
from warehouse.spark_build import build_on_spark


def build_and_compare(home: Home, as_json: bool) -> None:
    """Build on Spark, compare with DuckDB, say both; exit 1 where the engines differ."""
    with one_run(home):
        if not as_json:
            typer.echo("building what reads the lake on Spark (it takes a minute to start)")
        report = build_on_spark(home)
        compared = compare_engines(home)
    equal = all(one.is_equal for one in compared)
    if as_json:
        typer.echo(json.dumps({**report.as_dict(), "is_equal": equal, "marts": [asdict(one) for one in compared]}))
    else:
        typer.echo(
            f"{report.nodes} models and tests in {report.seconds:.0f} s ({report.cpu_seconds:.0f} s of CPU, "
            f"{report.peak_bytes / 1e9:.1f} GB), into {home.lake_marts}"
        )
        for one in compared:
            typer.echo(_line(one))
    if not equal:
        raise typer.Exit(1)


def _line(one: MartParity) -> str:
    if one.is_equal:
        return f"  {one.mart}: {one.rows:,} rows, {one.cells:,} cells, the same on both engines"
    found = one.shape or (
        f"{one.only_duckdb} rows only on DuckDB, {one.only_spark} only on Spark, {one.different_figures} figures differ"
    )
    return f"  {one.mart}: the engines differ: {found}"
