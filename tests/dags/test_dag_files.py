"""The DAG files declare, parse quickly, and are the only ones (with cli/) that know Airflow."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import AssetAny
from airflow.serialization.definitions.assets import SerializedAssetAny

from warehouse.home import PROJECT_ROOT, Home

#: What the DAG files share.
BESIDE = {"in_words", "landing_triggers", "notify"}
DAG_FILES = sorted(path for path in (PROJECT_ROOT / "dags").glob("*.py") if path.stem not in BESIDE)
DAG_IDS = {
    "ingest_indices",
    "ingest_dossiers",
    "ingest_surveys",
    "fetch_landing",
    "fetch_portal_months",
    "fetch_portal_766",
    "build_warehouse",
    "publish_release",
    "watch_sources",
}


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from cli.airflow_environment import airflow_environment

    before = dict(os.environ)
    os.environ.update(airflow_environment(Home(tmp_path_factory.mktemp("dags") / "home")))
    sys.path.insert(0, str(PROJECT_ROOT / "dags"))
    from airflow.dag_processing.dagbag import DagBag

    yield DagBag(str(PROJECT_ROOT / "dags"))
    sys.path.remove(str(PROJECT_ROOT / "dags"))
    os.environ.clear()
    os.environ.update(before)


def test_the_bag_holds_the_promised_dags_and_no_import_error(bag: Any) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == DAG_IDS


def test_every_dag_says_who_owns_it_and_what_to_do_when_it_fails(bag: Any) -> None:
    for dag in bag.dags.values():
        assert dag.owner == "data-engineering", dag.dag_id
        assert "is red" in (dag.doc_md or ""), dag.dag_id
        assert dag.tags, dag.dag_id


def test_every_task_that_writes_holds_the_one_slot_pool(bag: Any) -> None:
    # list_pending and tell_lineage ask the build database what is loaded, which nobody can while a build writes it.
    writers = {
        "list_pending",
        "load_audited",
        "measure_dossiers",
        "estimate_surveys",
        "build_marts",
        "write_docs",
        "publish",
        "tell_lineage",
    }
    in_pool = {t.task_id for dag in bag.dags.values() for t in dag.tasks if t.pool == "warehouse_writer"}
    assert in_pool == writers


def test_every_task_and_every_run_has_a_timeout(bag: Any) -> None:
    assert all(task.execution_timeout for dag in bag.dags.values() for task in dag.tasks)
    assert all(dag.dagrun_timeout for dag in bag.dags.values())


def test_every_task_is_tried_again_later_and_later_unless_it_only_reports(bag: Any) -> None:
    reporting = {"report_refusals", "report_waiting", "report_fetch"}
    tasks = [task for dag in bag.dags.values() for task in dag.tasks]
    assert {task.task_id for task in tasks if not task.retries} == reporting
    assert all(task.retry_exponential_backoff and task.max_retry_delay for task in tasks)


def test_pausing_a_source_stops_no_other(bag: Any) -> None:
    """What follows a source follows any of them: one event is enough."""
    indices = bag.dags["ingest_indices"].timetable.asset_condition
    assert isinstance(indices, SerializedAssetAny | AssetAny)
    assert {asset.name for asset in indices.objects} == {"portal_answers", "landed_indices"}
    loads = {dag.dag_id for dag in bag.dags.values() for task in dag.tasks if "raw_figures" in _outlets(task)}
    assert loads == {"ingest_indices", "ingest_dossiers", "ingest_surveys"}


def _outlets(task: Any) -> set[str]:
    return {asset.name for asset in task.outlets or ()}


def test_each_source_is_watched_by_the_triggerer(bag: Any) -> None:
    watched = {}
    for dag in bag.dags.values():
        condition = getattr(dag.timetable, "asset_condition", None)
        for asset in getattr(condition, "objects", ()):
            for watcher in getattr(asset, "watchers", ()):
                watched[dag.dag_id] = watcher.trigger.serialize()
    assert watched == {
        f"ingest_{what}": ("landing_triggers.ArrivalsTrigger", {"what": what})
        for what in ("indices", "dossiers", "surveys")
    }


def test_the_address_is_watched_where_one_is_set() -> None:
    script = (
        "import sys; sys.path[:0] = ['dags', '.']\n"
        "import fetch_landing as f; d = f.fetch_landing()\n"
        "print([w.name for a in getattr(d.timetable, 'asset_condition', None).objects for w in a.watchers])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT_ROOT, env={**os.environ, "REFORM_LANDING_URL": "sftp://h/x"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "['landing_address']"


def test_every_task_that_fails_and_every_run_that_takes_too_long_is_told(bag: Any) -> None:
    kinds = {
        "ingest_indices": "load_blocked",
        "ingest_dossiers": "load_blocked",
        "build_warehouse": "build_failed",
        "publish_release": "publish_failed",
        "publish_release.serve_postgresql": "serve_failed",
        "watch_sources": "watch_failed",
        "ingest_surveys": "load_blocked",
        "fetch_portal_months": "load_blocked",
        "fetch_portal_766": "load_blocked",
        "fetch_landing": "load_blocked",
    }
    for dag in bag.dags.values():
        for told in (dag, *dag.tasks):
            found = told.on_failure_callback
            (callback,) = found if isinstance(found, list) else [found]
            where = dag.dag_id if told is dag else f"{dag.dag_id}.{told.task_id}"
            assert callback.kind == kinds.get(where, kinds[dag.dag_id]), where


def test_files_are_read_a_task_a_file(bag: Any) -> None:
    mapped = {task.task_id for dag in bag.dags.values() for task in dag.tasks if task.is_mapped}
    assert mapped == {"read_files", "load_files", "ingest_files"}


def test_a_build_follows_a_load_and_a_release_follows_a_build(bag: Any) -> None:
    outlets = {asset.name for task in bag.dags["ingest_indices"].tasks for asset in task.outlets}
    assert outlets == {"raw_figures"}
    assert {a.name for t in bag.dags["build_warehouse"].tasks for a in t.outlets} == {"marts"}
    waits_for: dict[str, set[str]] = {
        dag_id: {asset.name for asset in bag.dags[dag_id].timetable.asset_condition.objects}
        for dag_id in ("build_warehouse", "publish_release")
    }
    assert waits_for == {"build_warehouse": {"raw_figures"}, "publish_release": {"marts"}}


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.name)
def test_a_dag_file_parses_in_under_half_a_second(bag: Any, path: Path) -> None:
    # The processor's time, and the least of three: what else the machine does, and this process's other threads, is not
    # the file's.
    assert min(seconds_to_parse(path) for _ in range(3)) < 0.5


def seconds_to_parse(path: Path) -> float:
    started = time.process_time()
    code = compile(path.read_text("utf-8"), str(path), "exec")
    exec(code, {"__name__": f"parsed_{path.stem}", "__file__": str(path)})
    return time.process_time() - started


def test_parsing_a_dag_file_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.path[:0] = ['dags', '.']\n"
        f"import {', '.join(path.stem for path in DAG_FILES)}\n"
        "heavy = {'duckdb', 'dbt', 'great_expectations', 'pandas', 'polars', 'pyarrow', 'numpy', 'warehouse',\n"
        "         'ingestion', 's3fs', 'botocore', 'asyncssh', 'sshfs', 'webdav4', 'sqlglot', 'prometheus_client'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_one_dag_a_file_and_none_is_named_like_the_tool_dbt() -> None:
    assert {path.stem for path in DAG_FILES} == DAG_IDS
    assert not [path for path in DAG_FILES if path.name.startswith("dbt_")]


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize(
    ("package", "never"),
    [
        ("warehouse", {"airflow", "ingestion", "expectations", "cli", "dags"}),
        ("expectations", {"airflow", "ingestion", "cli", "dags"}),
        ("ingestion", {"airflow", "cli", "dags"}),
        ("cli", {"dags"}),
        ("dags", {"cli"}),
    ],
)
def test_imports_go_one_way(package: str, never: set[str]) -> None:
    wrong = {
        str(path.relative_to(PROJECT_ROOT)): sorted(_imports(path) & never)
        for path in (PROJECT_ROOT / package).rglob("*.py")
        if _imports(path) & never
    }
    assert wrong == {}
