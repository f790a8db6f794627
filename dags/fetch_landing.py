"""Files from an address elsewhere (a folder, S3, SFTP, WebDAV) into the landing folder."""

from __future__ import annotations

import os
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

from in_words import FETCHING_ARGS, fail_if_refused, in_words
from landing_triggers import ADDRESS, ArrivalsTrigger
from notify import TellOfTimeout, telling

HAS_ADDRESS = bool(os.environ.get("REFORM_LANDING_URL", "").strip())
landing_address = Asset(
    name="landing_address",
    uri="reform://landing/address",
    group="reform",
    watchers=[AssetWatcher(name="landing_address", trigger=ArrivalsTrigger(ADDRESS))],
)


@task
def fetch_files() -> dict[str, Any]:
    """Copy what is new and whole."""
    from ingestion.landing.fetch import fetch_landing as fetch
    from ingestion.landing.settings import LandingSettings
    from warehouse.home import Home

    with in_words():
        return fetch(Home.from_environment(), LandingSettings.from_environment())


@task(retries=0)
def report_fetch(report: dict[str, Any]) -> None:
    """Fail in words if a file was refused."""
    fail_if_refused(report)


@dag(
    dag_id="fetch_landing",
    # When something arrived; and once a day, should the watching itself have failed.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("30 5 * * *", timezone="Asia/Ho_Chi_Minh"), assets=[landing_address]
    )
    if HAS_ADDRESS
    else None,
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Ho_Chi_Minh"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args=FETCHING_ARGS | telling("load_blocked"),
    on_failure_callback=TellOfTimeout("load_blocked"),
    tags=["fetch", "landing"],
)
def fetch_landing() -> None:
    """### Landing address: what arrived at `REFORM_LANDING_URL` → `landing/<source>/`

    The triggerer watches the address; no slot is held while nothing arrives. A file is taken once, when it lies
    unchanged; nothing at the address is changed or deleted. The DAGs that read follow by themselves, for they watch
    the landing folder. Without `REFORM_LANDING_URL` this DAG has no schedule.

    **When `fetch_files` is red**, the address could not be reached or a setting `REFORM_LANDING_*` is wrong; the log
    says which. It is tried again for hours; nothing is lost meanwhile.

    **When `report_fetch` is red**, single files were refused (name, size, rights); the log names each once, the others
    were taken. Have the sender put that right. See `docs/landing.md`.
    """
    report_fetch(fetch_files())


fetch_landing()
