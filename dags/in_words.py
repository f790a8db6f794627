"""How a task of ours ends: refused data fails at once and in words; only a broken environment is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from airflow.sdk import Param, get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

#: Retries wait, because what heals by itself (a locked file, a full disk) takes time.
DEFAULT_ARGS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(hours=1),
}

#: What asks a portal waits longer: it may be down for hours, and is not to be pressed.
FETCHING_ARGS: dict[str, Any] = DEFAULT_ARGS | {
    "retries": 5,
    "retry_delay": timedelta(minutes=5),
    "max_retry_delay": timedelta(hours=2),
    "execution_timeout": timedelta(hours=3),
}

#: A mapped task is named by the files it reads: `ingestion.portions` shares them out.
BY_FILE = "{{ task.op_kwargs['portion']['name'] }}"

#: The one slot of whoever writes the build database or the releases.
WRITER_POOL = "warehouse_writer"


def again_params(form: str, *sources: str) -> dict[str, Param]:
    """What a person may tell a run of a DAG that reads: to read a stretch of time again, and nothing else.

    `form` says how its periods are written; `sources` are those to choose from where there are several.
    """
    said = f"{form}; empty: the run does what is pending"
    params = {
        "from": Param(None, type=["null", "string"], description=f"Read again from: {said}"),
        "to": Param(None, type=["null", "string"], description=f"Read again up to: {form}; empty: only `from`"),
    }
    if sources:
        choice = Param(None, type=["null", "string"], enum=[None, *sources], description="Read this source again")
        return {"source": choice, **params}
    return params


@contextmanager
def in_words() -> Iterator[None]:
    """Turn refused data and wrong use into a failure without retries, carrying our own words.

    A full disk and a damaged build database are tried again, and said in our own words too.
    """
    from warehouse.environment import told_in_words
    from warehouse.errors import Misused, Refused
    from warehouse.home import Home
    from warehouse.observability.journal import step

    home = Home.from_environment()
    try:
        with step(home, passed_over=(AirflowSkipException,), **_ids_of_task()), told_in_words(home):
            yield
    except (Refused, Misused) as error:
        raise AirflowFailException(str(error)) from None


def _ids_of_task() -> dict[str, Any]:
    """What tells the lines of this task in the log from those of others; nothing where no task runs."""
    try:
        instance = get_current_context()["ti"]
    except RuntimeError:
        return {}
    ids = {"dag_id": instance.dag_id, "task_id": instance.task_id, "run_id": instance.run_id}
    return ids | {"try_number": instance.try_number, "map_index": instance.map_index}


def run_of_task(context: Any) -> Any:
    """This task as Airflow's own lineage events name it, for the events that are told from within it."""
    from airflow.providers.openlineage.plugins import macros

    from warehouse.observability.lineage.events import ParentRun

    instance = context["ti"]
    return ParentRun(
        macros.lineage_job_namespace(), macros.lineage_job_name(instance), macros.lineage_run_id(instance)
    )


class FilesRefused(AirflowFailException):
    """Files of this task were refused. It is red by their name; a task at the end of the run tells of them all."""


def end_of_portion(context: Any, report: dict[str, Any], refused: list[str]) -> dict[str, Any]:
    """How a task that read one portion ends: its report is known to those behind it even where files were refused."""
    if refused:
        context["ti"].xcom_push(key="return_value", value=report)
        raise FilesRefused("\n\n".join(refused))
    return report


def reports_of_portions(context: Any, task_id: str) -> list[dict[str, Any]]:
    """What the mapped tasks reported, refused or not; one that broke has no report."""
    return [report for report in context["ti"].xcom_pull(task_ids=[task_id]) if report]


def fail_if_any(refused: list[str], planned: list[dict[str, Any]], reports: list[dict[str, Any]]) -> None:
    """Fail in words if anything was refused, or a planned portion has no report: its task was killed or broke."""
    broken = sorted({portion["name"] for portion in planned} - {report["name"] for report in reports})
    said = [f"{name}: not read, because its task broke; the next run takes it up" for name in broken]
    if refused or said:
        raise AirflowFailException(
            f"{len(refused) + len(said)} refused or waiting; the rest went through\n\n" + "\n\n".join([*said, *refused])
        )


def end_of_fetch(context: Any, report: dict[str, Any]) -> dict[str, Any]:
    """How a task that asked a portal ends: again later while the portal is down, skipped when nothing new lies here."""
    if report["unavailable"] and context["ti"].try_number <= context["ti"].max_tries:
        raise RuntimeError("the portal is not available; asking again later\n\n" + "\n\n".join(report["refused"]))
    if not report["waiting"]:
        # Skipped, the task announces nothing new.
        context["ti"].xcom_push(key="return_value", value=report)
        raise AirflowSkipException("nothing new was fetched")
    return report


def fail_if_refused(report: dict[str, Any] | None) -> None:
    """Fail in words if a fetch was refused; the rest of what was fetched is kept and read."""
    refused = (report or {}).get("refused", [])
    if refused:
        raise AirflowFailException(f"{len(refused)} not fetched; the rest is kept\n\n" + "\n\n".join(refused))
