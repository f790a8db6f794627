"""Index tables from the landing folder into the build database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import (
    Asset,
    AssetAny,
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

portal_answers = Asset(name="portal_answers", uri="reform://landing/portal", group="reform")
landed_indices = Asset(
    name="landed_indices",
    uri="reform://landing/indices",
    group="reform",
    watchers=[AssetWatcher(name="landed_indices", trigger=ArrivalsTrigger("indices"))],
)
SOURCES = ("annex", "papi", "pci")
raw_figures = Asset(name="raw_figures", uri="reform://build/raw", group="reform")


@task
def archive_landing(**context: Any) -> dict[str, Any]:
    """Take the files off the landing folder, those still being written left out; to read again, leave them there."""
    from ingestion import steps
    from ingestion.backfill import Stretch
    from ingestion.landing.settings import settle_seconds
    from warehouse.home import Home

    with in_words():
        if Stretch.from_params(context["params"], SOURCES) is not None:
            return steps.begin_again(Home.from_environment())
        return steps.archive_landing(Home.from_environment(), settle_seconds())


# In the pool, because it asks the build database what is loaded, and nobody can while a build writes it.
@task(pool=WRITER_POOL)
def list_pending(**context: Any) -> list[dict[str, Any]]:
    """Say what is to be read, a portion a task."""
    from ingestion.backfill import Stretch
    from ingestion.pending import plan_reading
    from warehouse.home import Home

    with in_words():
        return plan_reading(Home.from_environment(), Stretch.from_params(context["params"], SOURCES))


@task(map_index_template=BY_FILE)
def read_files(portion: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Read one file, or the few that share this task."""
    from ingestion.pending import read_documents
    from warehouse.home import Home

    with in_words():
        report = read_documents(Home.from_environment(), portion["keys"])
    return end_of_portion(context, report | {"name": portion["name"]}, report["sentences"])


# Whatever was refused: what was read goes on. Where nothing is pending, this and the load are skipped.
@task(trigger_rule="all_done_min_one_success")
def audit_parsed() -> dict[str, Any]:
    """Correct what was read, and have the suites judge it."""
    from ingestion import pending, steps
    from warehouse.home import Home

    home = Home.from_environment()
    with in_words():
        pending.correct_read(home)
        return steps.audit_parsed(home)


@task(pool=WRITER_POOL, outlets=[raw_figures])
def load_audited(**context: Any) -> dict[str, Any]:
    """Load what passed."""
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
def report_refusals(planned: list[dict[str, Any]], **context: Any) -> None:
    """Fail in words if anything was refused, or was not read."""
    from ingestion.refusals import refused_in_run
    from warehouse.home import Home

    fail_if_any(refused_in_run(Home.from_environment()), planned, reports_of_portions(context, "read_files"))


@dag(
    dag_id="ingest_indices",
    # Whenever a file has landed or the portal has answered; and daily, should an event be lost.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 6 * * *", timezone="Asia/Ho_Chi_Minh"),
        assets=AssetAny(portal_answers, landed_indices),
    ),
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Ho_Chi_Minh"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args=DEFAULT_ARGS | telling("load_blocked"),
    on_failure_callback=TellOfTimeout("load_blocked"),
    tags=["ingest", "indices"],
    params=again_params("a year such as 2019", *SOURCES),
)
def ingest_indices() -> None:
    """### Index tables: landing → archive → parse → audit → load

    Takes everything that lies in `REFORM_HOME/landing/<source>/` and everything archived that was not yet read under
    the present layouts. Running it again does nothing new.

    To read years of one source again, trigger it with `{"source": "pci", "from": "2009", "to": "2011"}` (or `reform
    backfill pci --from 2009 --to 2011`): those documents are read, and nothing else is touched.

    `read_files` is a task a file, named by it; of more than 50 files several share a task.

    **When a task of `read_files` is red**, and `report_refusals` behind it, files were refused; what went through is
    loaded and built. The log of the one names sheet, cell, rule, found and expected of its file, that of the other
    tells of all. Have the owner send a corrected file, or describe the new layout in `data/reference/layouts/`, and
    run the DAG again. `reform quarantine list` shows the same.

    **When another task is red**, nothing was loaded. `reform doctor` says what is wrong with the machine.
    """

    pending = list_pending()
    audited = audit_parsed()
    archive_landing() >> pending
    [pending, read_files.expand(portion=pending)] >> audited
    audited >> load_audited() >> report_refusals(pending)


ingest_indices()
