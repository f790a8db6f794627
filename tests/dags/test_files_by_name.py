"""A task a file: a bad workbook is red by name, the rest is loaded, and the run says so (through real DAG runs)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.dag_runs import DagOutcome, TaskOutcome
from cli.summary import run_summary
from ingestion.portions import MAX_PORTIONS, portions
from warehouse.home import BUNDLED_INPUT_DIR, PROJECT_ROOT, Home

GOOD = "SIPAS_2023_phu_luc_1.xlsx"
BAD = "PCI_2012.xlsx"
#: Somebody's idea of a joke: a name that is a template.
JOKE = "PCI {{ 7 * 7 }} 2011.xlsx"

_PROGRAM = """
import json, pathlib, sys
from cli.dag_runs import run_dags
from warehouse.home import Home
(outcome,) = run_dags(Home(pathlib.Path(sys.argv[1])), ["ingest_indices"])
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
with create_session() as session:
    mapped = session.query(TaskInstance).filter_by(task_id="read_files")
    names = {str(ti.map_index): ti.rendered_map_index for ti in mapped}
tasks = [[t.task_id, t.state, t.map_index, t.is_refusal, t.error, t.result] for t in outcome.tasks]
print(json.dumps({"state": outcome.state, "tasks": tasks, "names": names}))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One run over a good file, a bad one, and a bad one with a hostile name."""
    home = Home(tmp_path_factory.mktemp("by_name") / "home")
    for source, name in (("annex", GOOD), ("pci", BAD), ("pci", JOKE)):
        (home.landing / source).mkdir(parents=True, exist_ok=True)
        (home.landing / source / name).write_bytes(b"PK\x03\x04 not really a workbook " + name.encode())
    shutil.copyfile(BUNDLED_INPUT_DIR / "annex" / GOOD, home.landing / "annex" / GOOD)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(home.root)],
        cwd=PROJECT_ROOT, env={**os.environ, "REFORM_HOME": str(home.root)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return {**json.loads(done.stdout.splitlines()[-1]), "home": home}


def states(run: dict[str, Any]) -> dict[str, str]:
    """File -> how its task ended."""
    return {
        run["names"][str(map_index)]: state for task_id, state, map_index, *_ in run["tasks"] if task_id == "read_files"
    }


def test_the_bad_files_are_red_by_name_and_the_good_one_is_not(run: dict[str, Any]) -> None:
    assert states(run) == {f"annex/{GOOD}": "success", f"pci/{BAD}": "failed", f"pci/{JOKE}": "failed"}


def test_the_good_file_is_loaded_and_the_run_is_red_all_the_same(run: dict[str, Any]) -> None:
    ended = {task_id: state for task_id, state, *_ in run["tasks"] if task_id != "read_files"}
    assert (ended["load_audited"], ended["report_refusals"], run["state"]) == ("success", "failed", "failed")


def test_the_end_of_the_run_names_every_refused_file(run: dict[str, Any]) -> None:
    (told,) = [error for task_id, _, _, _, error, _ in run["tasks"] if task_id == "report_refusals"]
    assert BAD in told
    assert JOKE in told


def test_the_command_ends_with_1_and_names_the_refused_files(run: dict[str, Any]) -> None:
    tasks = tuple(
        TaskOutcome(task_id, state, result=result, error=error, is_refusal=is_refusal, map_index=map_index)
        for task_id, state, map_index, is_refusal, error, result in run["tasks"]
    )
    summary = run_summary(run["home"], [DagOutcome("ingest_indices", run["state"], tasks)], seconds=1.0, before={})
    assert (summary["exit_code"], summary["failures"]) == (1, [])
    assert sorted(sentence.split(":")[0] for sentence in summary["refused"]) == [JOKE, BAD]


def test_a_reader_that_breaks_is_told_as_broken_and_not_as_refused() -> None:
    from cli.dag_runs import READING

    for task_id in READING:
        task = TaskOutcome(task_id, "failed", error="killed", map_index=3)
        summary = run_summary(Home(Path("/nowhere")), [DagOutcome("any", "failed", (task,))], seconds=1.0, before={})
        assert (summary["exit_code"], summary["failures"]) == (3, [{"task": task_id, "error": "killed"}])


@pytest.mark.parametrize(("files", "tasks"), [(0, 0), (1, 1), (50, 50), (51, 26), (1000, 50)])
def test_there_is_a_limit_of_tasks_and_no_file_is_lost(files: int, tasks: int) -> None:
    shared = portions([(f"pci/{number}.xlsx", str(number)) for number in range(files)])
    assert len(shared) == tasks <= MAX_PORTIONS
    assert [key for portion in shared for key in portion["keys"]] == [str(number) for number in range(files)]


def test_a_name_fits_where_it_is_shown_however_long_the_files_are_called() -> None:
    shared = portions([("x" * 255, str(number)) for number in range(200)], limit=2)
    assert all(len(portion["name"]) < 250 for portion in [*shared, *portions([("y" * 255, "1")])])
