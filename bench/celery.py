"""Files through several Celery workers and the one-slot writer pool: how fast, and that there were never two writers.

    make bench BENCH=celery                                        1,000 files, 3 workers, up to a release
    .venv/bin/python -m bench.celery --files 100 --workers 2

The deployment of `docker/compose.yml` and `docker/compose.celery.yml` as plain processes (`bench/plain_layout.py`),
with PostgreSQL and Redis from the distribution. The files are the bundled annexes over and over, no two of the same
bytes, as when they are sent again and again; of more than 50 a few share a task (`ingestion/portions.py`). The three
DAGs that ingest are started at the same moment, so that their writing tasks want the pool at once. Whether two wrote at
once is asked of two witnesses: Airflow's table of task instances, and what the writers noted (`warehouse/writers.py`).
"""

from __future__ import annotations

import argparse
import json
import ssl
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.plain_layout import Layout, missing_packages, running_layout
from cli.server import UNPAUSE_ORDER
from warehouse.home import BUNDLED_INPUT_DIR, Home
from warehouse.load import loaded_documents
from warehouse.writers import overlaps, writings

INGESTING = ("ingest_indices", "ingest_dossiers", "ingest_surveys")
#: Nothing starts by itself: the measurement says when. Files that lie there are whole.
SETTINGS = {"AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True", "REFORM_LANDING_SETTLE_SECONDS": "0"}
_WRITERS = """
    select
        dag_id || '.' || task_id || ' try ' || try_number,
        extract(epoch from start_date),
        extract(epoch from end_date)
    from task_instance where pool = 'warehouse_writer' and start_date is not null and end_date is not null
    order by start_date
"""


@dataclass(frozen=True)
class Outcome:
    """What a run took and did; seconds."""

    files: int
    files_loaded: int
    workers: int
    tasks: int
    tasks_by_worker: dict[str, int]
    ingest_wall_seconds: float
    files_per_second: float
    wall_seconds: float
    cpu_seconds: float
    start_cpu_seconds: float
    writing_tasks: int
    longest_wait_for_the_pool_seconds: float
    overlapping_writing_tasks: list[str]
    noted_writings: int
    overlapping_noted_writings: int


def land_annexes(folder: Path, count: int) -> None:
    """Bundled annexes, each with a property of its own, so that no two have the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    known = sorted((BUNDLED_INPUT_DIR / "annex").glob("*.xlsx"))
    for number in range(count):
        source = known[number % len(known)]
        with (
            zipfile.ZipFile(source) as original,
            zipfile.ZipFile(folder / f"{source.stem}_{number:04}.xlsx", "w", zipfile.ZIP_DEFLATED) as copy,
        ):
            for entry in original.infolist():
                content = original.read(entry)
                if entry.filename == "docProps/core.xml":
                    own = f"<dc:identifier>{number}</dc:identifier></cp:coreProperties>"
                    content = content.replace(b"</cp:coreProperties>", own.encode())
                copy.writestr(entry, content)


def operator(layout: Layout, user: str = "operator") -> httpx.Client:
    """A client of Airflow's API through the web server, over TLS, logged in as a user of the deployment."""
    trusted = ssl.create_default_context(cafile=layout.secrets / "tls_certificate")
    base = f"https://localhost:{layout.port('web', 8444)}"
    password = json.loads((layout.secrets / "airflow_passwords").read_text("utf-8"))[user]
    login = {"username": user, "password": password}
    answer = httpx.post(f"{base}/auth/token", json=login, verify=trusted, timeout=60)
    answer.raise_for_status()
    token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx.Client(base_url=f"{base}/api/v2", headers=token, verify=trusted, timeout=60)


def ingest(layout: Layout, client: httpx.Client, *, to_release: bool, seconds: float) -> float:
    """Start the three DAGs at once and wait until the indices are in, or in a release; when the ingest had ended.

    Raises:
        RuntimeError: a run failed, or it took longer than `seconds`.
    """
    wanted = UNPAUSE_ORDER[:2] + INGESTING if to_release else INGESTING
    deadline = time.monotonic() + seconds
    for dag_id in wanted:
        while client.get(f"/dags/{dag_id}").status_code == httpx.codes.NOT_FOUND and time.monotonic() < deadline:
            time.sleep(1)
        client.patch(f"/dags/{dag_id}", json={"is_paused": False}).raise_for_status()
    for dag_id in INGESTING:
        client.post(f"/dags/{dag_id}/dagRuns", json={"logical_date": None}).raise_for_status()
    ingested = 0.0
    while time.monotonic() < deadline:
        states = layout.postgresql.psql("select dag_id, state from dag_run order by id", "airflow").splitlines()
        by_dag = dict(line.split("|") for line in states)
        if "failed" in by_dag.values():
            raise RuntimeError(f"a run failed: {states}\n{failures(layout)}")
        if not ingested and all(by_dag.get(dag_id) == "success" for dag_id in INGESTING):
            ingested = time.monotonic()
        if ingested and (not to_release or by_dag.get("publish_release") == "success"):
            return ingested
        time.sleep(1)
    raise RuntimeError(f"not done in {seconds} s: {states}\n{failures(layout)}")


def failures(layout: Layout) -> str:
    """The task instances that are not well, and the end of the workers' logs."""
    asked = "select dag_id, task_id, map_index, state from task_instance where state not in ('success', 'skipped')"
    logs = [layout.log(name)[-1500:] for name in layout.started if name.startswith(("worker", "scheduler"))]
    return "\n".join([layout.postgresql.psql(asked, "airflow"), *logs])


def overlapping(intervals: list[tuple[str, float, float]]) -> list[str]:
    """Names of the pairs of tasks that ran at the same time, of (name, start, end) by start."""
    return [
        f"{first[0]} and {second[0]}"
        for position, first in enumerate(intervals)
        for second in intervals[position + 1 :]
        if second[1] < first[2]
    ]


def outcome(layout: Layout, files: int, began: float, ingested: float, cpu_at_start: float) -> Outcome:
    """Count and ask both witnesses; before the layout ends."""
    wall, cpu = time.monotonic() - began, layout.cpu_seconds()

    def ask(statement: str) -> list[list[str]]:
        return [line.split("|") for line in layout.postgresql.psql(" ".join(statement.split()), "airflow").splitlines()]

    ran = Counter(host for (host,) in ask("select hostname from task_instance where hostname <> ''"))
    writers = [(name, float(start), float(end)) for name, start, end in ask(_WRITERS)]
    waits = ask(
        "select max(extract(epoch from start_date - coalesce(scheduled_dttm, queued_dttm))) from task_instance"
        " where pool = 'warehouse_writer' and start_date is not null"
    )
    noted = writings(layout.home)
    return Outcome(
        files=files,
        files_loaded=len(loaded_documents(layout.home)),
        workers=sum(name.startswith("worker") for name in layout.started),
        tasks=sum(ran.values()),
        tasks_by_worker=dict(sorted(ran.items())),
        ingest_wall_seconds=round(ingested - began, 1),
        files_per_second=round(files / (ingested - began), 2),
        wall_seconds=round(wall, 1),
        cpu_seconds=round(cpu - cpu_at_start, 1),
        start_cpu_seconds=round(cpu_at_start, 1),
        writing_tasks=len(writers),
        longest_wait_for_the_pool_seconds=round(float(waits[0][0]), 1),
        overlapping_writing_tasks=overlapping(writers),
        noted_writings=len(noted),
        overlapping_noted_writings=len(overlaps(noted)),
    )


def measure(home: Home, files: int, workers: int, *, to_release: bool, seconds: float) -> Outcome:
    """One run in `home`, from the start of the deployment to its end."""
    land_annexes(home.landing / "annex", files)
    with running_layout(home, celery=True, settings=SETTINGS, replicas=workers) as layout:
        cpu, began = layout.cpu_seconds(), time.monotonic()
        with operator(layout) as client:
            ingested = ingest(layout, client, to_release=to_release, seconds=seconds)
        return outcome(layout, files, began, ingested, cpu)


def main() -> int:
    """Measure and print; 1 where two wrote at once or a file is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--ingest-only", action="store_true", help="without build and release")
    parser.add_argument("--seconds", type=float, default=3600, help="give up after")
    arguments = parser.parse_args()
    if missing := missing_packages():
        print(f"Debian packages are missing: {', '.join(missing)}", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory(prefix="reform-celery-") as folder:
        found = measure(
            Home(Path(folder) / "home"), arguments.files, arguments.workers,
            to_release=not arguments.ingest_only, seconds=arguments.seconds,
        )  # fmt: skip
    said: dict[str, Any] = asdict(found)
    print(json.dumps(said, indent=1))
    both = found.overlapping_writing_tasks or found.overlapping_noted_writings
    return 1 if both or found.files_loaded != found.files else 0


if __name__ == "__main__":
    sys.exit(main())
