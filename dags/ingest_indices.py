"""Index tables from the landing folder into the build database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from in_words import DEFAULT_ARGS, WRITER_POOL, in_words
from notify import TellOfTimeout, telling

raw_figures = Asset(name="raw_figures", uri="reform://build/raw", group="reform")


@dag(
    dag_id="ingest_indices",
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Ho_Chi_Minh"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args=DEFAULT_ARGS | telling("load_blocked"),
    on_failure_callback=TellOfTimeout("load_blocked"),
    tags=["ingest", "indices"],
)
def ingest_indices() -> None:
    """### Index tables: landing → archive → parse → audit → load

    Takes everything that lies in `REFORM_HOME/landing/<source>/` and everything archived that was not yet read under
    the present layouts. Running it again does nothing new.

    **When `report_refusals` is red**, files were refused; what went through is loaded and built. The task's log names
    file, sheet, cell, rule, found and expected. Have the owner send a corrected file, or describe the new layout in
    `data/reference/layouts/`, and run the DAG again. `reform quarantine list` shows the same.

    **When another task is red**, nothing was loaded. `reform doctor` says what is wrong with the machine.
    """

    @task
    def archive_landing() -> dict[str, Any]:
        from ingestion import steps
        from warehouse.home import Home

        with in_words():
            return steps.archive_landing(Home.from_environment())

    @task
    def parse_pending() -> dict[str, Any]:
        from ingestion import steps
        from warehouse.home import Home

        with in_words():
            return steps.parse_pending(Home.from_environment())

    @task
    def audit_parsed() -> dict[str, Any]:
        from ingestion import steps
        from warehouse.home import Home

        with in_words():
            return steps.audit_parsed(Home.from_environment())

    @task(pool=WRITER_POOL, outlets=[raw_figures])
    def load_audited(**context: Any) -> dict[str, Any]:
        from ingestion import steps
        from warehouse.home import Home

        with in_words():
            report = steps.load_audited(Home.from_environment())
        if not report["loaded"]:
            # Skipped, the task announces no new data: unchanged input must not build and publish.
            context["ti"].xcom_push(key="return_value", value=report)
            raise AirflowSkipException("nothing new was loaded")
        return report

    @task(trigger_rule="none_failed", retries=0)
    def report_refusals() -> None:
        from ingestion.refusals import refused_in_run
        from warehouse.home import Home

        refused = refused_in_run(Home.from_environment())
        if refused:
            raise AirflowFailException(f"{len(refused)} refused; the rest went through\n\n" + "\n\n".join(refused))

    archive_landing() >> parse_pending() >> audit_parsed() >> load_audited() >> report_refusals()


ingest_indices()
