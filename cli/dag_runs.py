"""Running the DAGs of `dags/` in this process, the same files a scheduler runs, with what each task returned."""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pluggy

from cli.airflow_environment import airflow_environment, ensure_metadata, require_metadata
from warehouse.environment import in_words_of_machine
from warehouse.errors import EnvironmentBroken, ReformError
from warehouse.home import PROJECT_ROOT, Home


@dataclass(frozen=True)
class TaskOutcome:
    """How a task ended; `state` is `running` in the callback at its start. `seconds` is wall time, `cpu_seconds` the
    processor's, over all threads. `map_index` tells the tasks of one id apart that were mapped over files, else -1.
    """

    task_id: str
    state: str
    seconds: float = 0.0
    result: Any = None
    error: str | None = None
    is_refusal: bool = False
    cpu_seconds: float = 0.0
    map_index: int = -1


@dataclass(frozen=True)
class DagOutcome:
    """How a DAG run ended, task by task in the order they ran."""

    dag_id: str
    state: str
    tasks: tuple[TaskOutcome, ...]


OnTask = Callable[[TaskOutcome], None]

#: Tasks that only say what went wrong with some of the input, or waits for a person, while the rest went through.
REPORTING = frozenset({"report_refusals", "report_fetch", "report_waiting"})
#: Tasks mapped over files: what fails in one keeps none of the other files back.
READING = frozenset({"read_files", "load_files", "ingest_files"})


def run_dags(
    home: Home,
    dag_ids: Sequence[str],
    on_task: OnTask = lambda _: None,
    conf: dict[str, Any] | None = None,
) -> list[DagOutcome]:
    """Run `dag_ids` one after the other and stop behind the first one a later one depends on and that failed.

    A failed task of `REPORTING` or `READING` does not stop the rest: what went through is built and published. `conf`
    is what the runs are told, as a person may tell it when triggering them.

    Raises:
        EnvironmentBroken: Airflow could not start or stopped in between, or the DAG files could not be imported.
    """
    os.environ.update(airflow_environment(home))
    # Who runs this by command has put whole files there, and waits.
    os.environ["REFORM_LANDING_SETTLE_SECONDS"] = "0"
    log_file = home.airflow / "logs" / "reform-run.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    outcomes = []
    with _output_to(log_file):
        dags = _dags(home, dag_ids)
        # What Airflow has loaded stays to the end: the collector need not walk through it at every pass.
        gc.freeze()
        for dag_id in dag_ids:
            try:
                outcome = _run(dags[dag_id], on_task, conf)
            except ReformError:
                raise
            except Exception as error:
                raise EnvironmentBroken(in_words_of_machine(home, error) or _stopped(dag_id, error)) from error
            outcomes.append(outcome)
            if any(task.state == "failed" and not task.is_refusal for task in outcome.tasks):
                require_metadata()
            if any(task.state not in {"success", "skipped"} for task in _binding(outcome)):
                break
    return outcomes


def _stopped(dag_id: str, error: Exception) -> str:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return (
        f"Airflow stopped in the midst of {dag_id} ({reason}). `current` is a whole release and nothing received is "
        "lost. Run this again: a metadata database that went away is made anew; if it stops again, `reform doctor`"
    )


def _binding(outcome: DagOutcome) -> list[TaskOutcome]:
    return [task for task in outcome.tasks if task.task_id not in REPORTING | READING]


def _dags(home: Home, dag_ids: Sequence[str]) -> dict[str, Any]:
    try:
        ensure_metadata(home)
        from airflow.dag_processing.dagbag import DagBag
    except Exception as error:
        raise EnvironmentBroken(f"Airflow could not start: {error}. `reform doctor` says what can be done.") from error
    sys.path.insert(0, str(PROJECT_ROOT / "dags"))
    bag = DagBag(str(PROJECT_ROOT / "dags"), bundle_path=PROJECT_ROOT / "dags", bundle_name="reform")
    if bag.import_errors:
        raise EnvironmentBroken(f"DAG files could not be imported: {bag.import_errors}")
    missing = [dag_id for dag_id in dag_ids if dag_id not in bag.dags]
    if missing:
        raise EnvironmentBroken(f"there is no DAG named {', '.join(missing)}")
    return dict(bag.dags)


def _run(dag: Any, on_task: OnTask, conf: dict[str, Any] | None) -> DagOutcome:
    for task in dag.tasks:
        task.retries = 0  # a person is waiting: say at once what is wrong
    listener = _Listener(on_task)
    from airflow.sdk.listener import get_listener_manager

    manager = get_listener_manager()
    manager.add_listener(listener)
    try:
        run = dag.test(run_conf=conf)
    finally:
        manager.pm.unregister(listener)
    results = _results(run.dag_id, run.run_id)
    tasks = tuple(replace(task, result=results.get((task.task_id, task.map_index))) for task in listener.outcomes)
    return DagOutcome(dag_id=run.dag_id, state=str(run.state), tasks=tasks)


def _results(dag_id: str, run_id: str) -> dict[tuple[str, int], Any]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.scalars(XComModel.get_many(run_id=run_id, dag_ids=dag_id, key="return_value")).all()
        return {(row.task_id, row.map_index): XComModel.deserialize_value(row) for row in rows}


#: Airflow's listeners are pluggy plugins of the project "airflow".
_hook = pluggy.HookimplMarker("airflow")


class _Listener:
    """Hears how tasks start and end."""

    def __init__(self, on_task: OnTask) -> None:
        self._on_task = on_task
        self._started: dict[tuple[str, int], tuple[float, float]] = {}
        self.outcomes: list[TaskOutcome] = []

    @_hook
    def on_task_instance_running(self, task_instance: Any) -> None:
        """A task starts."""
        self._started[task_instance.task_id, task_instance.map_index] = (time.monotonic(), time.process_time())
        self._on_task(TaskOutcome(task_instance.task_id, "running"))

    @_hook
    def on_task_instance_success(self, task_instance: Any) -> None:
        """A task did what it should."""
        self._end(task_instance, "success")

    @_hook
    def on_task_instance_skipped(self, task_instance: Any) -> None:
        """A task found nothing to do."""
        self._end(task_instance, "skipped")

    @_hook
    def on_task_instance_failed(self, task_instance: Any, error: Any) -> None:
        """A task failed with `error`."""
        self._end(task_instance, "failed", error)

    def _end(self, task_instance: Any, state: str, error: object = None) -> None:
        task_id, map_index = task_instance.task_id, task_instance.map_index
        text = None if error is None else str(error)
        wall, cpu = self._started.get((task_id, map_index), (time.monotonic(), time.process_time()))
        outcome = TaskOutcome(
            task_id,
            state,
            seconds=time.monotonic() - wall,
            error=text,
            is_refusal=any(kind.__name__ == "AirflowFailException" for kind in type(error).__mro__),
            cpu_seconds=time.process_time() - cpu,
            map_index=map_index,
        )
        self.outcomes.append(outcome)
        self._on_task(outcome)


@contextmanager
def _output_to(log_file: Path) -> Iterator[None]:
    """Send what Airflow, dbt and Great Expectations print to `log_file`: the terminal is for our own words."""
    sys.stdout.flush()
    sys.stderr.flush()
    logging.captureWarnings(True)
    with log_file.open("a", encoding="utf-8") as log:
        out, err = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = log
        try:
            yield
        finally:
            sys.stdout, sys.stderr = out, err
