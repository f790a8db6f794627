"""The deployment with several workers, run from the compose files themselves: as plain processes, with PostgreSQL, a
broker and a web server from the distribution.
"""

from __future__ import annotations

import os
import shutil
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from bench.celery import INGESTING, SETTINGS, Outcome, ingest, land_annexes, operator, outcome, overlapping
from bench.plain_layout import Layout, missing_packages, processes_of, running_layout
from tests.warehouse.serving.small_release import publish_small
from warehouse.home import Home

pytestmark = pytest.mark.e2e
FILES = 8


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    """The whole deployment over a home with a small release and annexes that wait in it; at its end nothing is left."""
    if missing := missing_packages():
        reason = f"Debian packages are not installed: {', '.join(missing)}; tests/system_packages.py does it as root"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}, and with CI set nothing skips")
        pytest.skip(reason)
    published, home = Home(tmp_path_factory.mktemp("published")), Home(tmp_path_factory.mktemp("layout") / "home")
    publish_small(published)
    shutil.copytree(published.releases, home.releases)
    home.current.symlink_to(published.current.readlink())
    docs = home.current / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "index.html").write_text("<!doctype html><title>Cải cách</title>", "utf-8")
    land_annexes(home.landing / "annex", FILES)
    with running_layout(home, celery=True, settings=SETTINGS, replicas=2) as running:
        yield running
    assert processes_of(running) == []


@pytest.fixture(scope="module")
def ingested(layout: Layout) -> Outcome:
    """What came of starting the three DAGs that ingest at the same moment."""
    cpu, began = layout.cpu_seconds(), time.monotonic()
    with operator(layout) as client:
        ended = ingest(layout, client, to_release=False, seconds=900)
    return outcome(layout, FILES, began, ended, cpu)


@pytest.fixture
def reader(layout: Layout) -> Iterator[httpx.Client]:
    trusted = ssl.create_default_context(cafile=layout.secrets / "tls_certificate")
    address = f"https://localhost:{layout.port('web', 8443)}"
    with httpx.Client(base_url=address, verify=trusted, timeout=60) as client:
        yield client


def test_every_file_is_loaded_and_every_worker_had_a_share(ingested: Outcome) -> None:
    assert ingested.files_loaded == FILES
    assert ingested.tasks_by_worker.keys() == {"worker-1", "worker-2"}


def test_no_two_tasks_of_the_writer_pool_ran_at_once(ingested: Outcome) -> None:
    assert ingested.writing_tasks >= 2 * len(INGESTING)
    assert ingested.overlapping_writing_tasks == []


def test_no_two_processes_noted_that_they_wrote_at_once(ingested: Outcome) -> None:
    assert ingested.noted_writings > 0
    assert ingested.overlapping_noted_writings == 0


def test_nothing_listens_beyond_the_loopback(layout: Layout) -> None:
    pids = {process.pid for process in processes_of(layout)}
    listening = {
        connection.laddr.ip
        for connection in psutil.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.pid in pids
    }
    assert listening == {"127.0.0.1"}


def test_no_process_has_a_secret_in_its_environment_or_on_its_command_line(layout: Layout) -> None:
    secrets = [path.read_text("utf-8").strip() for path in layout.secrets.iterdir() if not path.name.startswith("tls")]
    told = []
    for process in processes_of(layout):
        try:
            said = "\n".join([*process.cmdline(), *process.environ().values()])
        except psutil.Error:
            continue
        told += [process.cmdline() for secret in secrets if secret in said]
    assert told == []


def test_pages_come_over_tls_under_a_strict_policy(reader: httpx.Client) -> None:
    page = reader.get("/")
    assert "Cải cách" in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert page.headers["strict-transport-security"].startswith("max-age=")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "server" not in page.headers


def test_the_web_server_gives_out_docs_of_the_release_and_no_other_file(reader: httpx.Client) -> None:
    for path in ("/../manifest.json", "/%2e%2e/warehouse.duckdb", "/..%2f..%2f..%2farchive/", "/x/../../keys.json"):
        assert reader.get(path).status_code == httpx.codes.NOT_FOUND


def test_the_api_answers_behind_the_web_server(reader: httpx.Client, layout: Layout) -> None:
    assert reader.get("/v1/release").headers["x-release-id"] == layout.home.current.resolve().name


def test_what_tasks_and_server_say_to_each_other_is_not_reachable_from_outside(layout: Layout) -> None:
    with operator(layout) as client:
        for path in ("/execution/health", "/execution", "//execution/health", "/x/../execution/health"):
            assert client.get(str(client.base_url.copy_with(path=path))).status_code == httpx.codes.NOT_FOUND


def test_a_viewer_may_look_and_start_nothing(layout: Layout) -> None:
    with operator(layout, "viewer") as client:
        assert client.get("/dags").status_code == httpx.codes.OK
        answer = client.post("/dags/ingest_indices/dagRuns", json={"logical_date": None})
    assert answer.status_code == httpx.codes.FORBIDDEN


def test_intervals_that_overlap_are_found() -> None:
    assert overlapping([("a", 0, 2), ("b", 1, 3), ("c", 3, 4)]) == ["a and b"]


def test_a_release_folder_shows_readers_nothing_but_releases(layout: Layout) -> None:
    closed = {path.name for path in layout.home.root.iterdir() if path.is_dir() and not path.stat().st_mode & 0o077}
    assert closed >= {"landing", "archive", "build", "lake", "quarantine", "corrections", "airflow"}
    assert Path(layout.home.releases).stat().st_mode & 0o055 == 0o055
