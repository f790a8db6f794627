"""From loaded figures to audited marts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, dag, task

from in_words import DEFAULT_ARGS, WRITER_POOL, in_words
from notify import TellOfTimeout, telling

raw_figures = Asset(name="raw_figures", uri="reform://build/raw", group="reform")
marts = Asset(name="marts", uri="reform://build/marts", group="reform")


@dag(
    dag_id="build_warehouse",
    schedule=[raw_figures],
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Ho_Chi_Minh"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args=DEFAULT_ARGS | telling("build_failed"),
    on_failure_callback=TellOfTimeout("build_failed"),
    tags=["build", "dbt"],
)
def build_warehouse() -> None:
    """### Marts: refresh the reference tables, `dbt build`, audit the marts

    One task builds all models (DuckDB has one writer; see `docs/decisions/0003`).

    **When `build_marts` is red**, a model or one of its tests failed; the log names it with dbt's message. **When
    `audit_marts` is red**, the marts contradict a rule; the log names table, rule, found and expected. In both cases
    nothing was published and `current` is what it was: correct the data or the reference table named, run again.
    """

    @task(pool=WRITER_POOL)
    def build_marts() -> dict[str, Any]:
        from warehouse.build import build_marts as build
        from warehouse.home import Home

        with in_words():
            return build(Home.from_environment()).as_dict()

    @task(outlets=[marts])
    def audit_marts() -> dict[str, Any]:
        from ingestion import steps
        from warehouse.home import Home

        with in_words():
            return steps.audit_built_marts(Home.from_environment())

    build_marts() >> audit_marts()


build_warehouse()
