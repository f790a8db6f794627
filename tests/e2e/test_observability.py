"""The real release seen from outside: its lineage as a collector receives it, its log, its metrics."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.conftest import REFORM, reform
from tests.warehouse.observability.lineage.receiver import Receiver, receiving
from tests.warehouse.observability.lineage.shape import faults_in
from warehouse.home import PROJECT_ROOT, Home
from warehouse.observability.journal import entries_in

pytestmark = pytest.mark.e2e

Edge = tuple[str, str]


@pytest.fixture(scope="module")
def told(main_job: tuple[Home, dict[str, Any]]) -> Iterator[Receiver]:
    """What a collector receives when the DAG publishes, from Airflow's own events to the last column."""
    home, _ = main_job
    with receiving() as receiver:
        done = subprocess.run(
            [str(REFORM), "publish", "--json"],
            env={**os.environ, "REFORM_HOME": str(home.root), "OPENLINEAGE_URL": receiver.url},
            cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        yield receiver


def ended(receiver: Receiver) -> list[dict[str, Any]]:
    return [event for event in receiver.events if event["eventType"] == "COMPLETE"]


def table_of(dataset: dict[str, Any]) -> str:
    return f"{dataset['namespace']}/{dataset['name']}"


def columns_before(receiver: Receiver) -> dict[Edge, set[Edge]]:
    """By table and column, the columns it comes from, over all events."""
    found: dict[Edge, set[Edge]] = {}
    for event in ended(receiver):
        for output in event["outputs"]:
            fields = output.get("facets", {}).get("columnLineage", {}).get("fields", {})
            for column, one in fields.items():
                sources = {(table_of(source), source["field"]) for source in one["inputFields"]}
                found.setdefault((table_of(output), column), set()).update(sources)
    return found


def all_before(start: Edge, before: dict[Edge, set[Edge]]) -> set[Edge]:
    seen, waiting = {start}, deque([start])
    while waiting:
        for source in before.get(waiting.popleft(), set()) - seen:
            seen.add(source)
            waiting.append(source)
    return seen


def test_every_event_is_as_openlineage_demands(told: Receiver) -> None:
    assert [fault for event in told.events for fault in faults_in(event)] == []


def test_every_run_of_ours_begins_and_ends(told: Receiver) -> None:
    states: dict[str, Counter[str]] = {}
    for event in told.events:
        states.setdefault(event["run"]["runId"], Counter())[event["eventType"]] += 1
    ours = {event["run"]["runId"] for event in told.events if event["producer"] == "urn:reform-indicators"}
    assert len(ours) > 250
    assert {tuple(sorted(states[run].items())) for run in ours} == {(("COMPLETE", 1), ("START", 1))}


def test_our_runs_hang_under_the_task_airflow_itself_told_of(told: Receiver) -> None:
    tasks = {event["run"]["runId"] for event in told.events if event["job"]["name"] == "publish_release.tell_lineage"}
    parents = {
        event["run"]["facets"]["parent"]["run"]["runId"]
        for event in told.events
        if event["producer"] == "urn:reform-indicators"
    }
    assert len(tasks) == 1
    assert parents == tasks


def test_no_code_of_a_task_is_told(told: Receiver) -> None:
    assert not [event for event in told.events if "sourceCode" in event["job"].get("facets", {})]


def test_a_change_is_traced_to_the_figure_and_the_figure_to_the_archived_bytes(
    told: Receiver, main_job: tuple[Home, dict[str, Any]]
) -> None:
    origins = all_before(("reform://release/marts.metric_yoy", "change"), columns_before(told))
    assert ("reform://warehouse/raw.figure", "value") in origins
    documents = {
        one["name"]
        for event in ended(told)
        for one in event["inputs"]
        if one["namespace"] == "reform://archive" and "raw.figure" in {out["name"] for out in event["outputs"]}
    }
    inputs = json.loads((main_job[0].current / "manifest.json").read_text("utf-8"))["inputs"]
    assert {name.split("/")[1] for name in documents} == {one["sha256"] for one in inputs}


def test_of_nearly_every_column_of_a_mart_it_is_known_where_it_comes_from(told: Receiver) -> None:
    columns, traced = set(), set()
    for event in ended(told):
        for output in event["outputs"]:
            if output["namespace"] == "reform://warehouse" and output["name"].startswith("marts."):
                facets = output["facets"]
                columns |= {(output["name"], one["name"]) for one in facets["schema"]["fields"]}
                traced |= {(output["name"], name) for name in facets.get("columnLineage", {}).get("fields", {})}
    assert traced <= columns
    assert len(traced) / len(columns) >= 0.98, sorted(columns - traced)


def test_told_again_it_is_the_same_runs(
    told: Receiver, main_job: tuple[Home, dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "lineage.jsonl"
    done = reform(main_job[0], "lineage", "--file", file, "--json")
    assert done.returncode == 0, done.stderr
    again = {json.loads(line)["run"]["runId"] for line in file.read_text("utf-8").splitlines()}
    first = {event["run"]["runId"] for event in told.events if event["producer"] == "urn:reform-indicators"}
    assert again == first


def test_a_collector_that_refuses_fails_in_words_and_the_release_stands(
    main_job: tuple[Home, dict[str, Any]], told: Receiver
) -> None:
    before = main_job[0].current.resolve()
    with receiving() as receiver:
        receiver.refuses = True
        done = reform(main_job[0], "lineage", "--url", receiver.url)
    assert done.returncode == 3
    assert "was not taken" in done.stderr
    assert "Traceback" not in done.stderr
    assert main_job[0].current.resolve() == before


def test_the_log_knows_every_document_and_the_metrics_count_them(main_job: tuple[Home, dict[str, Any]]) -> None:
    home, _ = main_job
    entries = [entry for path in sorted(home.logs.glob("*.jsonl")) for entry in entries_in(path)]
    loads = [entry for entry in entries if entry["event"] == "batch_loaded" and entry["outcome"] == "loaded"]
    inputs = json.loads((home.current / "manifest.json").read_text("utf-8"))["inputs"]
    assert {one["sha256"][:16] for one in inputs} <= {entry["source_document_id"][4:] for entry in loads}
    assert {entry["dag_id"] for entry in loads} == {"ingest_indices", "ingest_dossiers", "ingest_surveys"}
    assert all(entry["run_id"] and entry["batch_id"] for entry in loads)
    done = reform(home, "serve", "metrics", "--textfile", home.root / "reform.prom")
    assert done.returncode == 0, done.stderr
    counted = {
        (sample.name, sample.labels["source"]): sample.value
        for family in text_string_to_metric_families((home.root / "reform.prom").read_text("utf-8"))
        for sample in family.samples
        if family.name == "reform_loads" and sample.labels["outcome"] == "loaded"
    }
    assert counted == {
        ("reform_loads_total", source): number
        for source, number in Counter(entry["source"] for entry in loads).items()
    }
