"""From audited marts to the release readers open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, dag, task

from in_words import DEFAULT_ARGS, WRITER_POOL, in_words
from notify import TellOfTimeout, telling

marts = Asset(name="marts", uri="reform://build/marts", group="reform")
release = Asset(name="release", uri="reform://releases/current", group="reform")


@dag(
    dag_id="publish_release",
    schedule=[marts],
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Ho_Chi_Minh"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args=DEFAULT_ARGS | telling("publish_failed"),
    on_failure_callback=TellOfTimeout("publish_failed"),
    tags=["publish"],
)
def publish_release() -> None:
    """### Release: write the docs, copy the marts, switch `current`

    **When it is red**, `current` still points to the previous whole release: a release is switched to only after it was
    written, opened and counted. The log says why; `reform releases rollback ID` goes back to any earlier one.
    """

    @task(pool=WRITER_POOL)
    def write_docs() -> dict[str, Any]:
        from warehouse.docs import write_docs as write
        from warehouse.home import Home

        with in_words():
            return write(Home.from_environment())

    @task(pool=WRITER_POOL, outlets=[release])
    def publish() -> dict[str, Any]:
        from ingestion import steps
        from warehouse.home import Home

        with in_words():
            return steps.publish_audited(Home.from_environment())

    write_docs() >> publish()


publish_release()
