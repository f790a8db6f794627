"""From audited marts to the release readers open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, Param, dag, task

from in_words import DEFAULT_ARGS, WRITER_POOL, in_words, run_of_task
from notify import TellFailure, TellOfTimeout, telling

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
    params={
        "allow_drops": Param(
            False,
            type="boolean",
            description="Publish even if more figures are gone than REFORM_MAX_DROPPED_PCT allows",
        )
    },
)
def publish_release() -> None:
    """### Release: write the docs, copy the marts, switch `current`

    **When it is red**, `current` still points to the previous whole release: a release is switched to only after it was
    written, opened, judged by the suites of the marts again and compared with the current one. The log says why;
    `reform releases rollback ID` goes back to any earlier one.

    **When the rule is `figures_dropped`**, the new release would lose figures readers have now. Find out why (a file
    withdrawn, a suite that blocks); if it is right, trigger this DAG with `{"allow_drops": true}`.

    **When only `serve_postgresql` is red**, the release stands and the server still has the one before: mend the
    server, clear the task. **When only `tell_lineage` is red**, the release stands too; whoever collects lineage did
    not take it, or a setting `OPENLINEAGE_*` is wrong (`docs/ops.md`).
    """

    @task(pool=WRITER_POOL)
    def write_docs() -> dict[str, Any]:
        from warehouse.docs import write_docs as write
        from warehouse.home import Home

        with in_words():
            return write(Home.from_environment())

    @task(pool=WRITER_POOL, outlets=[release])
    def publish(**context: Any) -> dict[str, Any]:
        from ingestion import steps
        from warehouse.home import Home

        with in_words():
            return steps.publish_audited(Home.from_environment(), allow_drops=bool(context["params"]["allow_drops"]))

    @task(on_failure_callback=TellFailure("serve_failed"))
    def serve_postgresql() -> dict[str, Any]:
        """Put the release into the PostgreSQL server the environment names; nothing where it names none."""
        from warehouse.home import Home
        from warehouse.postgresql.address import address_in_environment, schemas_kept
        from warehouse.postgresql.serve import serve_release
        from warehouse.release_list import current_release

        with in_words():
            address, release = address_in_environment(), current_release(Home.from_environment())
            if address is None or release is None:
                return {"outcome": "not_set"}
            return serve_release(release, address, keep=schemas_kept()).as_dict()

    # In the pool, because it reads what the build database was loaded from.
    @task(pool=WRITER_POOL)
    def tell_lineage(**context: Any) -> dict[str, Any]:
        """Tell where the release comes from, to whoever the variables OPENLINEAGE_* name."""
        from warehouse.home import Home
        from warehouse.observability.lineage.tell import is_wanted, tell_lineage

        with in_words():
            if not is_wanted():
                return {"outcome": "not_set"}
            return tell_lineage(Home.from_environment(), parent=run_of_task(context)).as_dict()

    published = publish()
    write_docs() >> published >> [serve_postgresql(), tell_lineage()]


publish_release()
