"""Through a real scheduler: a file lands, the REST API triggers, assets carry it to a release, and nothing is left."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli import server
from cli.airflow_environment import admin_password
from tests.warehouse.alerts.servers import MailBox, mail_server
from warehouse.home import BUNDLED_INPUT_DIR, Home

pytestmark = pytest.mark.e2e


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
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Home, int]]:
    home = Home(tmp_path / "home")
    home.make()
    monkeypatch.setenv("REFORM_HOME", str(home.root))
    port = free_port()
    try:
        list(server.up(home, port))
        yield home, port
    finally:
        list(server.down(home))


def wait_for_success(client: Any, dag_id: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    states: list[str] = []
    while time.monotonic() < deadline:
        runs = client.get(f"/dags/{dag_id}/dagRuns").json()["dag_runs"]
        states = [run["state"] for run in runs]
        if "success" in states:
            return
        assert "failed" not in states, f"{dag_id} failed"
        time.sleep(1)
    pytest.fail(f"{dag_id} did not end in {seconds} s: {states}")


def wait_for_failure(client: Any, dag_id: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if "failed" in [run["state"] for run in client.get(f"/dags/{dag_id}/dagRuns").json()["dag_runs"]]:
            return
        time.sleep(1)
    pytest.fail(f"{dag_id} did not fail in {seconds} s")


def listening_beyond_loopback(home: Home) -> list[str]:
    pids = {service.pid for service in server._remembered(home)}
    for pid in list(pids):
        pids |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
    return [
        f"{connection.laddr.ip}:{connection.laddr.port}"
        for connection in psutil.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.pid in pids and connection.laddr.ip != "127.0.0.1"
    ]


def test_a_landed_file_becomes_a_release_and_no_process_is_left(running: tuple[Home, int]) -> None:
    home, port = running
    assert listening_beyond_loopback(home) == []
    for name in ("SIPAS_2023_phu_luc_1.xlsx", "SIPAS_2024_phu_luc_1.xlsx"):
        (home.landing / "annex").mkdir(exist_ok=True)
        shutil.copyfile(BUNDLED_INPUT_DIR / "annex" / name, home.landing / "annex" / name)
    with server.api_client(port, admin_password(home)) as client:
        client.post("/dags/ingest_indices/dagRuns", json={"logical_date": None}).raise_for_status()
        for dag_id in ("ingest_indices", "build_warehouse", "publish_release"):
            wait_for_success(client, dag_id, 150)
    assert (home.current / "manifest.json").exists()
    list(server.down(home))
    assert server.processes_of(home) == []


def test_a_refused_file_is_told_from_the_task_the_scheduler_ran(box: MailBox, running: tuple[Home, int]) -> None:
    home, port = running
    (home.landing / "pci").mkdir(exist_ok=True)
    (home.landing / "pci" / "PCI_2012.xlsx").write_bytes(b"PK\x03\x04 not really a workbook")
    with server.api_client(port, admin_password(home)) as client:
        client.post("/dags/ingest_indices/dagRuns", json={"logical_date": None}).raise_for_status()
        wait_for_failure(client, "ingest_indices", 150)
    assert ["PCI_2012.xlsx" in str(mail["Subject"]) for mail in box.mails] == [True]
    assert f"http://127.0.0.1:{port}/dags/ingest_indices/" in box.mails[0].get_content()
