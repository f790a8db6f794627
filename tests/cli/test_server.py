"""No process is left, whatever was killed: with stand-ins for Airflow's services, which tests/e2e starts for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli import server
from warehouse.home import Home

#: A service with a child that has no environment to be known by, as one has that gives itself a title.
_SERVICE = (
    "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], "
    "env={}); print(child.pid, flush=True); time.sleep(300)"
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    home.make()
    yield home
    list(server.down(home))


@pytest.fixture
def started(home: Home) -> tuple[subprocess.Popen[str], psutil.Process]:
    """A remembered service and its child."""
    service = subprocess.Popen(
        [sys.executable, "-c", _SERVICE], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert service.stdout is not None
    child = psutil.Process(int(service.stdout.readline()))
    begun = psutil.Process(service.pid).create_time()
    server._remember(home, 18_080, [server.Service("scheduler", service.pid, begun)])
    return service, child


def kill(service: subprocess.Popen[str]) -> None:
    os.kill(service.pid, signal.SIGKILL)
    service.wait(10)


def test_down_ends_the_children_of_a_service_that_was_killed(
    home: Home, started: tuple[subprocess.Popen[str], psutil.Process]
) -> None:
    service, child = started
    kill(service)
    assert any("1 processes of services that were killed are left" in line for line in server.status(home))
    assert list(server.down(home)) == ["stopped 1 processes; none is left"]
    assert not child.is_running()
    assert list(server.down(home)) == ["nothing was running"]


def test_up_does_not_take_half_an_airflow_for_a_whole_one(
    home: Home, started: tuple[subprocess.Popen[str], psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, child = started
    monkeypatch.setattr(server, "_port_is_free", lambda _: False)
    lines = server.up(home, 18_080)
    assert next(lines) == "api-server, dag-processor, triggerer had ended; stopped the 2 processes that were left"
    assert not child.is_running()


def test_a_process_that_got_an_old_number_is_left_alone(home: Home) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
    try:
        server._remember(home, 18_080, [server.Service("scheduler", other.pid, time.time() - 60)])
        assert list(server.down(home)) == ["nothing was running"]
        assert other.poll() is None
    finally:
        other.kill()
        other.wait(10)
