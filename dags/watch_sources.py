"""What lasts and makes no task fail: overdue editions, rows that wait, warnings that stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowSkipException

from in_words import DEFAULT_ARGS, in_words
from notify import TellOfTimeout, telling


@dag(
    dag_id="watch_sources",
    schedule="30 7 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Ho_Chi_Minh"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args=DEFAULT_ARGS | {"execution_timeout": timedelta(minutes=15)} | telling("watch_failed"),
    on_failure_callback=TellOfTimeout("watch_failed"),
    tags=["watch", "alerts"],
)
def watch_sources() -> None:
    """### Watch: what should have come, what waits, what nobody mended

    Reads the current release, as any reader does, and tells by the channels of `docs/alerts.md`: an index whose edition
    is overdue (`data/reference/index_release.csv`), a dataset of which more rows wait than its suite allows, a warning
    that has stayed. Each is told again after `REFORM_ALERT_REMIND_DAYS`. First it tries what could not be delivered.
    Files of the log older than `REFORM_LOG_DAYS` go; what they counted stays.

    **When a task is red**, the release could not be read or a setting `REFORM_ALERT_*` or `REFORM_LOG_DAYS` is wrong;
    the log says which.
    `reform doctor` says the same. A mail server that is down makes nothing red: the next run tries again.
    """

    @task
    def deliver_waiting() -> int:
        from warehouse.alerts.tell import tell
        from warehouse.home import Home

        with in_words():
            return len(tell(Home.from_environment(), []))

    @task
    def watch(what: Any) -> list[str]:
        from expectations.suites import DATASET_SUITES
        from warehouse.alerts.settings import AlertSettings
        from warehouse.alerts.tell import tell
        from warehouse.alerts.watch import look
        from warehouse.home import Home
        from warehouse.release_list import current_release

        home = Home.from_environment()
        with in_words():
            settings = AlertSettings.from_environment()
            release = current_release(home)
            if release is None:
                raise AirflowSkipException("there is no release yet")
            limits = {name: suite.max_bad_share for name, suite in DATASET_SUITES.items()}
            events = look(release / "warehouse.duckdb", what, limits)
            tell(home, events, settings)
            return [event.title_en for event in events]

    @task
    def shorten_log() -> list[str]:
        from warehouse.home import Home
        from warehouse.observability.totals import fold_old_days

        with in_words():
            return fold_old_days(Home.from_environment())

    shorten_log()
    looks = [watch.override(task_id=f"watch_{what}")(what) for what in ("overdue", "waiting", "warnings")]
    deliver_waiting() >> looks


watch_sources()
