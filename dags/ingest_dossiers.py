"""Exports of dossiers from the landing folder into the lake, and their measures into the build database."""

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

landed_dossiers = Asset(
    name="landed_dossiers",
    uri="reform://landing/dossiers",
    group="reform",
    watchers=[AssetWatcher(name="landed_dossiers", trigger=ArrivalsTrigger("dossiers"))],
)
raw_figures = Asset(name="raw_figures", uri="reform://build/raw", group="reform")


@task
def archive_dossiers(**context: Any) -> dict[str, Any]:
    """Take the exports off the landing folder, those still being written left out; to read again, leave them there."""
    from ingestion.backfill import Stretch
    from ingestion.dossiers import steps
    from ingestion.landing.settings import settle_seconds
    from warehouse.home import Home

    with in_words():
        if Stretch.from_params(context["params"], [steps.SOURCE]) is not None:
            return {"archived": [], "refused": []}
        return steps.archive_exports(Home.from_environment(), settle_seconds())


@task
def list_exports(**context: Any) -> list[dict[str, Any]]:
    """Say what is to be loaded, a portion a task, the newest month first."""
    from ingestion.backfill import Stretch
    from ingestion.dossiers import steps
    from warehouse.home import Home

    with in_words():
        stretch = Stretch.from_params(context["params"], [steps.SOURCE])
        return steps.plan_loads(Home.from_environment(), stretch)


@task(map_index_template=BY_FILE, max_active_tis_per_dagrun=1)
def load_files(portion: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Read, judge and merge one export, or the few that share this task."""
    from ingestion.dossiers import steps
    from warehouse.home import Home

    with in_words():
        again = bool(context["params"]["from"])
        report = steps.load_exports(Home.from_environment(), portion["keys"], again=again)
    return end_of_portion(context, report | {"name": portion["name"]}, report["refused"])


# Whatever went wrong before: the measures follow what the lake holds.
@task(pool=WRITER_POOL, outlets=[raw_figures], trigger_rule="all_done")
def measure_dossiers(**context: Any) -> dict[str, Any]:
    """Compute the measures of the months that changed."""
    from ingestion.dossiers import steps
    from warehouse.home import Home

    with in_words():
        report = steps.measure_exports(Home.from_environment())
    if report["outcome"] == "unchanged":
        # Skipped, the task announces no new data: unchanged input must not build and publish.
        context["ti"].xcom_push(key="return_value", value=report)
        raise AirflowSkipException("no export is new")
    return report


# After the measures, which need no compacted lake; also when nothing was new, should an earlier run have been killed.
@task(trigger_rule="none_failed")
def compact_lake(**context: Any) -> dict[str, Any]:
    """Sort settled months of the lake into few files, and remove those that were replaced long enough ago."""
    from dataclasses import asdict

    from warehouse.home import Home
    from warehouse.lake_compaction import compact, vacuum

    with in_words():
        home = Home.from_environment()
        compacted = compact(home)
        return {"compacted": [asdict(month) for month in compacted], "vacuumed": asdict(vacuum(home))}


@task(trigger_rule="none_failed", retries=0)
def report_refusals(archived: dict[str, Any], planned: list[dict[str, Any]], **context: Any) -> None:
    """Fail in words if an export was refused, or was not loaded."""
    reports = reports_of_portions(context, "load_files")
    refused = [*archived["refused"], *(sentence for report in reports for sentence in report["refused"])]
    fail_if_any(refused, planned, reports)


@dag(
    dag_id="ingest_dossiers",
    # Whenever an export has landed; and daily, should an event be lost.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("30 6 * * *", timezone="Asia/Ho_Chi_Minh"), assets=[landed_dossiers]
    ),
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Ho_Chi_Minh"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args=DEFAULT_ARGS | telling("load_blocked"),
    on_failure_callback=TellOfTimeout("load_blocked"),
    tags=["ingest", "dossiers"],
    params=again_params("a month such as 2025-03, or a year"),
)
def ingest_dossiers() -> None:
    """### Dossiers: landing → archive → read, judge, merge into the lake → measures → compaction

    Takes everything that lies in `REFORM_HOME/landing/dossiers/` and every archived export that the lake does not hold
    as it would be read now. Running it again does nothing new. Personal data stays in the archive (`docs/dossiers.md`).

    To read months again, trigger it with `{"from": "2025-01", "to": "2025-03"}` (or `reform backfill dossiers --from
    2025-01 --to 2025-03`): those exports are read and merged, and nothing else is touched.

    `load_files` is a task an export, named by it and one at a time (the lake has one writer); of more than 50 exports
    several share a task.

    **When a task of `load_files` is red**, and `report_refusals` behind it, exports were refused; what went through is
    loaded. The log names file, place, rule, found and expected. Have the portal's keeper send a corrected export, or
    describe the new headings in `data/reference/dossiers/`, and run the DAG again. `reform quarantine list` shows the
    same.

    `compact_lake` makes few sorted files of months that later states hardly change any more (decision 0026). Red, it
    left every month as it was; nothing waits for it, and the next run tries again.

    **When another task is red**, the lake holds what it held, or the exports that were merged before it: each is whole.
    """

    archived = archive_dossiers()
    planned = list_exports()
    measured = measure_dossiers()
    archived >> planned
    load_files.expand(portion=planned) >> measured
    measured >> [report_refusals(archived, planned), compact_lake()]


ingest_dossiers()
