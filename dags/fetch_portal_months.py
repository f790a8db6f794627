"""Monthly and yearly statistics of the Public Service Portal, a month a run."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, CronDataIntervalTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from in_words import FETCHING_ARGS, end_of_fetch, fail_if_refused, in_words
from notify import TellOfTimeout, telling

portal_answers = Asset(name="portal_answers", uri="reform://landing/portal", group="reform")
ZONE = "Asia/Ho_Chi_Minh"
#: The portal a setting names is caught up with month by month; where none is named there is nothing to catch up with.
HAS_PORTAL = bool(os.environ.get("REFORM_PORTAL_URL", "").strip())
FROM_MONTH = os.environ.get("REFORM_PORTAL_FROM_MONTH", "").strip() or "2024-08"


@dag(
    dag_id="fetch_portal_months",
    # The run of a month starts on the 11th of the next one, when its figures have settled.
    schedule=CronDataIntervalTimetable("0 5 11 * *", timezone=ZONE),
    start_date=pendulum.from_format(FROM_MONTH, "YYYY-MM", tz=ZONE),
    catchup=HAS_PORTAL,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args=FETCHING_ARGS | telling("load_blocked"),
    on_failure_callback=TellOfTimeout("load_blocked"),
    tags=["fetch", "portal"],
)
def fetch_portal_months() -> None:
    """### The portal's months: ask → one WARC file a service and month in `landing/portal/`

    A run's month is that of its data interval; it also fetches every earlier month since `REFORM_PORTAL_FROM_MONTH`
    that is missing, and none twice. For other months make a backfill, in the UI, by the REST API or by `reform backfill
    portal --from 2022-01 --to 2023-12`: a run a month, which asks for that month and no other. Triggered by hand it
    fetches all that is due, or what its configuration says (`{"first": "2025-01", "until": "2025-03"}`, `{"period":
    "2025-09", "unit": …, "service": …, "force": true}`). `ingest_indices` follows.

    Without `REFORM_PORTAL_URL` scheduled runs do nothing; runs by hand ask the stand-in, whose data is synthetic.

    **When `report_fetch` is red**, the portal answered something that is no data; the log names service, period, rule
    and what came. What was fetched whole is kept, nothing else. See `docs/portal.md`, then clear the run.

    **When `fetch_months` is red**, a setting `REFORM_PORTAL_*` is wrong; the log says which.
    """

    @task(outlets=[portal_answers])
    def fetch_months(**context: Any) -> dict[str, Any]:
        from ingestion.portal import steps
        from warehouse.home import Home

        run = context["dag_run"]
        if run.run_type == "scheduled" and not HAS_PORTAL:
            raise AirflowSkipException("REFORM_PORTAL_URL names no portal")
        with in_words():
            wanted = dict(run.conf or {})
            if run.run_type != "manual":
                wanted["until"] = context["data_interval_start"].in_timezone(ZONE).format("YYYY-MM")
            if run.run_type == "backfill":
                wanted["first"] = wanted["until"]
            report = steps.fetch_months(Home.from_environment(), steps.Wanted.from_conf(wanted))
        return end_of_fetch(context, report)

    @task(trigger_rule="none_failed", retries=0)
    def report_fetch(**context: Any) -> None:
        fail_if_refused(context["ti"].xcom_pull(task_ids="fetch_months"))

    fetch_months() >> report_fetch()


fetch_portal_months()
