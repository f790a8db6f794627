"""The rolling score of Decision 766 from the Public Service Portal, a vintage a week."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from in_words import FETCHING_ARGS, end_of_fetch, fail_if_refused, in_words
from notify import TellOfTimeout, telling

portal_answers = Asset(name="portal_answers", uri="reform://landing/portal", group="reform")
HAS_PORTAL = bool(os.environ.get("REFORM_PORTAL_URL", "").strip())


@dag(
    dag_id="fetch_portal_766",
    # Not on a Monday or Sunday: between two runs there is always another week, in every time zone.
    schedule="0 5 * * 3",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Ho_Chi_Minh"),
    # What the score was in a week that is over cannot be asked any more.
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args=FETCHING_ARGS | telling("load_blocked"),
    on_failure_callback=TellOfTimeout("load_blocked"),
    tags=["fetch", "portal"],
)
def fetch_portal_766() -> None:
    """### The score of Decision 766: this week's vintage → one WARC file in `landing/portal/`

    The portal prints a rolling value, so each week's answer is kept as a vintage with its own time. A week that was
    fetched is not fetched again, unless the run's configuration says `{"force": true}`. `ingest_indices` follows by
    itself. Without `REFORM_PORTAL_URL` scheduled runs do nothing; runs by hand ask the stand-in.

    **When `report_fetch` is red**, the portal answered something that is no data; the log names rule and what came.
    A week missed is missing: trigger the DAG again before Sunday ends. See `docs/portal.md`.

    **When `fetch_weeks` is red**, a setting `REFORM_PORTAL_*` is wrong; the log says which.
    """

    @task(outlets=[portal_answers])
    def fetch_weeks(**context: Any) -> dict[str, Any]:
        from ingestion.portal import steps
        from warehouse.home import Home

        run = context["dag_run"]
        if run.run_type != "manual" and not HAS_PORTAL:
            raise AirflowSkipException("REFORM_PORTAL_URL names no portal")
        with in_words():
            report = steps.fetch_weeks(Home.from_environment(), steps.Wanted.from_conf(run.conf))
        return end_of_fetch(context, report)

    @task(trigger_rule="none_failed", retries=0)
    def report_fetch(**context: Any) -> None:
        fail_if_refused(context["ti"].xcom_pull(task_ids="fetch_weeks"))

    fetch_weeks() >> report_fetch()


fetch_portal_766()
