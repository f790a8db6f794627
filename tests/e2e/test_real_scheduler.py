"""Through a real scheduler: files land, the triggerer sees them, assets carry them to a release, nothing is left."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import httpx
import psutil
import pytest
from prometheus_client import generate_latest

from bench.postgresql_server import is_installed, running_server
from cli import server
from cli.airflow_environment import admin_password
from cli.airflow_roles import ADMIN
from cli.commands_observe import surroundings_of
from ingestion.archive import archived_files
from tests.warehouse.alerts.servers import MailBox, mail_server
from warehouse.home import BUNDLED_INPUT_DIR, Home
from warehouse.observability.metrics import registry_of

pytestmark = pytest.mark.e2e

#: How long anything is waited for: a run that hangs ends here. Other tests run meanwhile, and what ends in a minute on
#: a quiet machine took over two and a half in CI; how long a run may take is a matter of the benches.
_PATIENCE_SECONDS = 600


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailBox]:
    with mail_server() as server:
        monkeypatch.setenv("REFORM_ALERT_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("REFORM_ALERT_SMTP_PORT", str(server.port))
        monkeypatch.setenv("REFORM_ALERT_SMTP_SECURITY", "none")
        monkeypatch.setenv("REFORM_ALERT_SMTP_FROM", "reform@example.vn")
        monkeypatch.setenv("REFORM_ALERT_SMTP_TO", "lan@example.vn")
        yield server


@pytest.fixture
def sender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder elsewhere that files are fetched from."""
    folder = tmp_path / "sender"
    (folder / "annex").mkdir(parents=True)
    monkeypatch.setenv("REFORM_LANDING_URL", folder.as_uri())
    monkeypatch.setenv("REFORM_LANDING_POLL_SECONDS", "2")
    return folder


@pytest.fixture
def postgresql(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The distribution's PostgreSQL, with a database for Airflow whose owner has a password full of signs."""
    if not is_installed():
        if os.environ.get("CI"):
            pytest.fail("the Debian package postgresql is not installed, and with CI set nothing skips")
        pytest.skip("the Debian package postgresql is not installed: tests/system_packages.py does it as root")
    with running_server("fsync=off") as found:
        found.psql("create role airflow login password 'p@$s/%w'")
        found.psql("create database airflow owner airflow")
        monkeypatch.setenv("DATABASE_URL", found.url("airflow", user="airflow", password="p%40$s%2F%25w"))
        yield found


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Home, int]]:
    home = Home(tmp_path / "home")
    home.make()
    monkeypatch.setenv("REFORM_HOME", str(home.root))
    monkeypatch.setenv("REFORM_LANDING_SETTLE_SECONDS", "1")
    port = free_port()
    try:
        list(server.up(home, port))
        yield home, port
    finally:
        list(server.down(home))


def wait_for_success(client: Any, dag_id: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    states: list[str] = []
    while time.monotonic() < deadline:
        runs = client.get(f"/dags/{dag_id}/dagRuns").json()["dag_runs"]
        states = [run["state"] for run in runs]
        if "success" in states:
            return
        assert "failed" not in states, f"{dag_id} failed"
        time.sleep(1)
    pytest.fail(f"{dag_id} did not end in {_PATIENCE_SECONDS} s: {states}")


def wait_for_failure(client: Any, dag_id: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if "failed" in [run["state"] for run in client.get(f"/dags/{dag_id}/dagRuns").json()["dag_runs"]]:
            return
        time.sleep(1)
    pytest.fail(f"{dag_id} did not fail in {_PATIENCE_SECONDS} s")


def read_again(client: Any, conf: dict[str, str]) -> set[str]:
    """Trigger a backfill by the REST API, wait for its end, and say which files it read."""
    path = "/dags/ingest_indices/dagRuns"
    run_id = client.post(path, json={"logical_date": None, "conf": conf}).raise_for_status().json()["dag_run_id"]
    deadline = time.monotonic() + _PATIENCE_SECONDS
    state = ""
    while state != "success":
        assert state != "failed"
        assert time.monotonic() < deadline, state
        time.sleep(1)
        state = client.get(f"{path}/{run_id}").json()["state"]
    tasks = client.get(f"{path}/{run_id}/taskInstances").json()["task_instances"]
    return {task["rendered_map_index"] for task in tasks if task["task_id"] == "read_files"}


def listening_beyond_loopback(home: Home) -> list[str]:
    pids = {service.pid for service in server._remembered(home)}
    for pid in list(pids):
        pids |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
    return [
        f"{connection.laddr.ip}:{connection.laddr.port}"
        for connection in psutil.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.pid in pids and connection.laddr.ip != "127.0.0.1"
    ]


def processes_of(home: Home, sessions: set[int]) -> list[str]:
    """Every process of the sessions `up` began, or with the home in its environment: asked of the system itself."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            session = os.getsid(int(folder.name))
            is_zombie = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
        is_ours = session in sessions or f"REFORM_HOME={home.root}".encode() in environment
        if is_ours and not is_zombie and int(folder.name) != os.getpid():
            found.append(command)
    return found


def sessions_of(home: Home) -> set[int]:
    return {os.getsid(service.pid) for service in server._remembered(home)}


def land(folder: Path, name: str) -> None:
    """Put a bundled annex somewhere, in two pieces, as a slow copy does."""
    content = (BUNDLED_INPUT_DIR / "annex" / name).read_bytes()
    folder.mkdir(exist_ok=True)
    with (folder / name).open("wb") as stream:
        stream.write(content[:5000])
        stream.flush()
        time.sleep(0.5)
        stream.write(content[5000:])


def wait_for_documents(home: Home, names: set[str]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    found: set[str] = set()
    while time.monotonic() < deadline:
        if (home.current / "manifest.json").exists():
            with duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True) as release:
                rows = release.execute("select file_name from marts.dim_source_document").fetchall()
            found = {name for (name,) in rows}
            if found >= names:
                return
        time.sleep(1)
    pytest.fail(f"the release holds {found} after {_PATIENCE_SECONDS} s")


def wait_for_fetches(home: Home, periods: set[str]) -> None:
    """Until the portal was asked for these periods, the weeks of the schedule aside, and for no other."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    found: set[str] = set()
    while time.monotonic() < deadline and found != periods:
        landed = [path.name for path in home.landing.rglob("*.warc.gz")]
        names = [*landed, *(item.document.file_name for item in archived_files(home))]
        found = {match[1] for name in names if (match := re.search(r"_(20\d\d(?:-\d\d)?)_", name))}
        time.sleep(1)
    assert found == periods


def test_landed_files_become_a_release_and_no_process_is_left(sender: Path, running: tuple[Home, int]) -> None:
    home, port = running
    assert listening_beyond_loopback(home) == []
    names = ("SIPAS_2023_phu_luc_1.xlsx", "SIPAS_2024_phu_luc_1.xlsx")
    with server.api_client(port, admin_password(home)) as client:
        # Watching holds no slot: the triggers run, and no task does.
        pool = client.get("/pools/default_pool").json()
        assert (pool["occupied_slots"], pool["deferred_slots"]) == (0, 0)
        # Other sources are paused, and nothing here waits for them.
        for source in ("ingest_dossiers", "ingest_surveys", "fetch_portal_766", "fetch_portal_months"):
            client.patch(f"/dags/{source}", json={"is_paused": True}).raise_for_status()
        land(home.landing / "annex", names[0])
        land(sender / "annex", names[1])
        wait_for_success(client, "fetch_landing")
        for dag_id in ("ingest_indices", "build_warehouse", "publish_release"):
            wait_for_success(client, dag_id)
        wait_for_documents(home, set(names))
        assert read_again(client, {"source": "annex", "from": "2023"}) == {f"annex/{names[0]}"}
    assert (sender / "annex" / names[1]).exists()
    text = generate_latest(registry_of(home, surroundings_of(home))).decode()
    assert "reform_airflow_up 1.0" in text
    assert re.search(r'reform_writer_pool_slots\{state="(open|occupied)"\} 1.0', text)
    assert re.search(r'reform_steps_total\{dag="publish_release",outcome="done",task="publish"\} \d', text)
    sessions = sessions_of(home)
    assert processes_of(home, sessions) != []
    # The processes that run tasks outlive a scheduler that is killed.
    os.kill(next(service.pid for service in server._remembered(home) if service.name == "scheduler"), signal.SIGKILL)
    list(server.down(home))
    assert processes_of(home, sessions) == []


def test_on_postgresql_a_refused_file_is_red_by_name_and_told_once(
    box: MailBox, postgresql: Any, running: tuple[Home, int]
) -> None:
    home, port = running
    (home.landing / "pci").mkdir(exist_ok=True)
    (home.landing / "pci" / "PCI_2012.xlsx").write_bytes(b"PK\x03\x04 not really a workbook")
    with server.api_client(port, admin_password(home)) as client:
        asked = {
            "dag_id": "fetch_portal_months", "from_date": "2025-02-01T00:00:00Z", "to_date": "2025-03-31T00:00:00Z"
        }  # fmt: skip
        client.post("/backfills", json=asked).raise_for_status()
        wait_for_failure(client, "ingest_indices")
        (run, *_) = client.get("/dags/ingest_indices/dagRuns").json()["dag_runs"]
        tasks = client.get(f"/dags/ingest_indices/dagRuns/{run['dag_run_id']}/taskInstances").json()["task_instances"]
    red = {
        task["rendered_map_index"] for task in tasks if task["task_id"] == "read_files" and task["state"] == "failed"
    }
    wait_for_fetches(home, {"2025-02", "2025-03", "2025"})
    assert red == {"pci/PCI_2012.xlsx"}
    assert ["PCI_2012.xlsx" in str(mail["Subject"]) for mail in box.mails] == [True]
    assert f"http://127.0.0.1:{port}/dags/ingest_indices/" in box.mails[0].get_content()
    answer = httpx.post(f"http://127.0.0.1:{port}/auth/token", json={"username": ADMIN, "password": ADMIN}, timeout=30)
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert int(postgresql.psql("select count(*) from dag_run", "airflow")) > 0
    assert not (home.airflow / "airflow.db").exists()
    sessions = sessions_of(home)
    list(server.down(home))
    assert processes_of(home, sessions) == []
