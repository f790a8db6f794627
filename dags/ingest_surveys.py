"""Survey exports from the landing folder into the lake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import (
    Asset,
    AssetOrTimeSchedule,
    AssetWatcher,
    CronTriggerTimetable,
    dag,
    task,
)
from airflow.sdk.exceptions import AirflowSkipException

from in_words import (
    BY_FILE,
    DEFAULT_ARGS,
    WRITER_POOL,
    again_params,
    end_of_portion,
    fail_if_any,
    in_words,
    reports_of_portions,
)
from landing_triggers import ArrivalsTrigger
from notify import TellOfTimeout, telling

landed_surveys = Asset(
    name="landed_surveys",
    uri="reform://landing/surveys",
    group="reform",
    watchers=[AssetWatcher(name="landed_surveys", trigger=ArrivalsTrigger("surveys"))],
)
raw_figures = Asset(name="raw_figures", uri="reform://build/raw", group="reform")


@task
def list_landing(**context: Any) -> list[dict[str, Any]]:
    """Say what lies in the landing folder, a portion a task, those still being written left out."""
    from ingestion.backfill import Stretch
    from ingestion.landing.settings import settle_seconds
    from ingestion.survey import steps
    from warehouse.home import Home

    with in_words():
        stretch = Stretch.from_params(context["params"], [steps.SOURCE])
        if stretch is not None:
            return steps.plan_again(Home.from_environment(), stretch)
        return steps.plan_landing(Home.from_environment(), settle_seconds())


# One at a time: of several exports of a year the last is the wave.
@task(map_index_template=BY_FILE, max_active_tis_per_dagrun=1)
def ingest_files(portion: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Archive one export and read it by its mapping, or the few that share this task."""
    from ingestion.survey import steps
    from warehouse.home import Home

    with in_words():
        ingest = steps.ingest_again if context["params"]["from"] else steps.ingest_landing
        outcome = ingest(Home.from_environment(), portion["keys"])
    waiting = [
        refusal.sentence() for item in [*outcome["proposed"], *outcome["refused"]] for refusal in item["refusals"]
    ]
    loaded = [item["wave"]["wave_id"] for item in outcome["loaded"] if item["is_new"]]
    return end_of_portion(context, {"name": portion["name"], "loaded": loaded, "waiting": waiting}, waiting)


# Whatever went wrong before: the estimates follow what the lake holds.
@task(pool=WRITER_POOL, outlets=[raw_figures], trigger_rule="all_done")
def estimate_surveys(**context: Any) -> dict[str, Any]:
    """Bring the estimates up to the waves in the lake."""
    from ingestion.survey.estimates import steps
    from warehouse.home import Home

    with in_words():
        report = steps.estimate_waves(Home.from_environment())
    if report["outcome"] == "unchanged":
        # Skipped, the task announces no new data.
        context["ti"].xcom_push(key="return_value", value=report)
        raise AirflowSkipException("no wave is new")
    return report


@task(trigger_rule="none_failed", retries=0)
def report_waiting(planned: list[dict[str, Any]], **context: Any) -> None:
    """Fail in words if an export waits for a person, or was not read."""
    reports = reports_of_portions(context, "ingest_files")
    fail_if_any([sentence for report in reports for sentence in report["waiting"]], planned, reports)


@dag(
    dag_id="ingest_surveys",
    # Whenever an export has landed; and daily, should an event be lost.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("30 6 * * *", timezone="Asia/Ho_Chi_Minh"), assets=[landed_surveys]
    ),
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Ho_Chi_Minh"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args=DEFAULT_ARGS | telling("load_blocked"),
    on_failure_callback=TellOfTimeout("load_blocked"),
    tags=["ingest", "surveys"],
    params=again_params("a year such as 2024"),
)
def ingest_surveys() -> None:
    """### Survey exports: landing → archive → accepted mapping → lake → estimates

    Takes everything that lies in `REFORM_HOME/landing/survey/`. An export whose shape has an accepted mapping is read
    into `lake/survey/wave=…`; for any other a mapping file is written, and nothing of it is loaded.

    To read years again, trigger it with `{"from": "2023", "to": "2024"}` (or `reform backfill survey --from 2023 --to
    2024`): those archived exports are read, and nothing else is touched.

    `ingest_files` is a task an export, named by it, one at a time; of more than 50 exports several share a task.

    **When a task of `ingest_files` is red**, and `report_waiting` behind it, a person must read a mapping file
    (`reform survey mappings`, then `reform survey accept`), or have the owner send a refused file again. The log names
    file, rule, found and expected.

    **When `estimate_surveys` is red**, the waves are in the lake and the build database has the estimates it had.

    **When `list_landing` is red**, nothing was loaded. `reform doctor` says what is wrong.
    """

    planned = list_landing()
    estimated = estimate_surveys()
    ingest_files.expand(portion=planned) >> estimated
    estimated >> report_waiting(planned)


ingest_surveys()
