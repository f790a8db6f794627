"""Starting and stopping the real Airflow: four services on 127.0.0.1, and account given of every process of theirs.

Each service is started in a session of its own and remembered with its start time, so that `down` signals what was
started here and never a process that happens to have got an old number.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psutil

from cli.airflow_environment import DEFAULT_PORT, admin_password, airflow_environment
from cli.airflow_roles import ADMIN
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home

#: Service -> arguments. Logs are read from the folder, so nobody needs to serve them over a port.
SERVICES = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
#: Consumers first: an event that arrives while its consumer is paused would be lost.
UNPAUSE_ORDER = (
    "publish_release",
    "build_warehouse",
    "ingest_indices",
    "ingest_dossiers",
    "ingest_surveys",
    "fetch_landing",
    "fetch_portal_months",
    "fetch_portal_766",
    "watch_sources",
)

_START_SECONDS = 120
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Service:
    """A started service; `started_at` is the process's own start time, as the system knows it."""

    name: str
    pid: int
    started_at: float


def up(home: Home, port: int = DEFAULT_PORT) -> Iterator[str]:
    """Start the services, wait until all are healthy, unpause the DAGs; yields what happens, line by line.

    Raises:
        EnvironmentBroken: the port is taken, or a service did not become healthy (everything is stopped again).
    """
    ended = SERVICES.keys() - {service.name for service in _alive(home)}
    if not ended:
        yield f"already running: http://127.0.0.1:{_port(home)}"
        return
    if left := _left_of_services(home):
        # Half an Airflow looks like a whole one and runs nothing; a task left by a killed scheduler may be writing.
        stopped = _stop(home, _remembered(home))
        yield f"{', '.join(sorted(ended))} had ended; stopped the {max(stopped, len(left))} processes that were left"
    if not _port_is_free(port):
        raise EnvironmentBroken(f"port {port} on 127.0.0.1 is taken by another program: `reform airflow up --port N`")
    environment = {**os.environ, **airflow_environment(home, port)}
    logs = home.airflow / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    _migrate(environment)
    services: list[Service] = []
    try:
        for name, arguments in SERVICES.items():
            services.append(_start(name, arguments, environment, logs))
            _remember(home, port, services)
        yield "started " + ", ".join(service.name for service in services)
        _wait_until_healthy(port, services, logs)
        _unpause(port, admin_password(home))
    except BaseException:
        _stop(home, services)
        raise
    yield f"healthy: http://127.0.0.1:{port}  user {ADMIN}, password in {home.airflow / 'passwords.json'}"
    yield f"logs in {logs}; stop with `make down`"


def down(home: Home) -> Iterator[str]:
    """Stop every process `up` started and everything those started; yields what happened."""
    services = _remembered(home)
    stopped = _stop(home, services)
    yield f"stopped {stopped} processes; none is left" if stopped else "nothing was running"


def status(home: Home) -> Iterator[str]:
    """Which services run."""
    alive = {service.name for service in _alive(home)}
    for name in SERVICES:
        yield f"{name:<14} {'running' if name in alive else 'not running'}"
    left = _left_of_services(home)
    if left and not alive:
        yield f"{len(left)} processes of services that were killed are left: `make down` ends them"


def services_running(home: Home) -> bool:
    """Whether any service `up` started still runs."""
    return bool(_alive(home))


def processes_of(home: Home) -> list[psutil.Process]:
    """Every process of this home's Airflow, found by its environment or its session, whoever started it.

    By the environment alone some would be missed: Airflow's server and the processes that run its tasks give themselves
    a title, and the title is written over the environment.
    """
    found = _left_of_services(home)
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("AIRFLOW_HOME") == str(home.airflow):
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    parents = psutil.Process().parents()
    return [process for process in dict.fromkeys(found) if process not in parents]


def _left_of_services(home: Home) -> list[psutil.Process]:
    """Every live process of the sessions `up` began: a service's children keep its session when it is killed."""
    begun = {service.pid: service for service in _remembered(home) if service.started_at > psutil.boot_time()}
    # The number of a session is not given away while anyone is in it; if its first process is another, all are gone.
    reused = {pid for pid, service in begun.items() if psutil.pid_exists(pid) and not _has_begun(service)}
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            service = begun.get(os.getsid(process.pid))
            is_later = service is not None and process.create_time() > service.started_at - 1
            if service is not None and is_later and service.pid not in reused and _runs(process):
                found.append(process)
    return found


def _start(name: str, arguments: tuple[str, ...], environment: dict[str, str], logs: Path) -> Service:
    airflow = Path(sys.executable).with_name("airflow")
    with (logs / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [str(airflow), *arguments],
            env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    return Service(name, process.pid, psutil.Process(process.pid).create_time())


def _migrate(environment: dict[str, str]) -> None:
    # In a process of its own: this one should not have to import Airflow to start it.
    code = (
        "from pathlib import Path; import os; from cli.airflow_environment import ensure_metadata; "
        "from warehouse.home import Home; ensure_metadata(Home.from_environment())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        raise EnvironmentBroken(f"Airflow's metadata database could not be prepared: {done.stderr.strip()[-500:]}")


def _wait_until_healthy(port: int, services: list[Service], logs: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    parts: dict[str, str | None] = {}
    while time.monotonic() < deadline:
        for service in services:
            if not _is_alive(service):
                tail = (logs / f"{service.name}.log").read_text("utf-8", "replace")[-800:]
                raise EnvironmentBroken(f"{service.name} ended while starting; its log says:\n{tail}")
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5)
            parts = {name: part.get("status") for name, part in answer.json().items()}
            if parts and all(state == "healthy" for state in parts.values()):
                return
        except (httpx.HTTPError, ValueError, AttributeError):
            pass
        time.sleep(0.5)
    raise EnvironmentBroken(f"Airflow was not healthy after {_START_SECONDS} s ({parts}); its logs are in {logs}")


def _unpause(port: int, password: str) -> None:
    with api_client(port, password) as client:
        deadline = time.monotonic() + _START_SECONDS
        for dag_id in UNPAUSE_ORDER:
            while client.get(f"/dags/{dag_id}").status_code == httpx.codes.NOT_FOUND:
                if time.monotonic() > deadline:
                    raise EnvironmentBroken(f"the DAG processor did not find {dag_id}")
                time.sleep(0.5)
            client.patch(f"/dags/{dag_id}", json={"is_paused": False}).raise_for_status()


def api_client(port: int, password: str) -> httpx.Client:
    """A client of the REST API, logged in."""
    base = f"http://127.0.0.1:{port}"
    answer = httpx.post(f"{base}/auth/token", json={"username": ADMIN, "password": password}, timeout=30)
    answer.raise_for_status()
    token = answer.json()["access_token"]
    return httpx.Client(base_url=f"{base}/api/v2", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def pool_slots(home: Home, pool: str) -> dict[str, int]:
    """The slots of a pool by state, as the running Airflow counts them; empty where none runs here or answers."""
    if not services_running(home):
        return {}
    try:
        with api_client(_port(home), admin_password(home)) as client:
            found = client.get(f"/pools/{pool}").raise_for_status().json()
    except httpx.HTTPError:
        return {}
    return {name.removesuffix("_slots"): int(count) for name, count in found.items() if name.endswith("_slots")}


def _stop(home: Home, services: list[Service]) -> int:
    """Terminate the services and whatever else of this home runs; wait for each; kill what stays."""
    waiting = {process.pid: process for process in processes_of(home)}
    for service in services:
        if _is_alive(service):
            parent = psutil.Process(service.pid)
            waiting |= {process.pid: process for process in [parent, *parent.children(recursive=True)]}
    everything = list(waiting.values())
    for process in everything:
        _signal(process.terminate)
    _, stubborn = psutil.wait_procs(everything, timeout=_STOP_SECONDS)
    for process in [*stubborn, *processes_of(home)]:
        _signal(process.kill)
    psutil.wait_procs([*stubborn, *processes_of(home)], timeout=_STOP_SECONDS)
    left = processes_of(home)
    if left:
        raise EnvironmentBroken(f"these processes could not be stopped: {[process.pid for process in left]}")
    _pid_file(home).unlink(missing_ok=True)
    return len(everything)


def _signal(send: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        send()


def _is_alive(service: Service) -> bool:
    try:
        return _has_begun(service) and _runs(psutil.Process(service.pid))
    except psutil.NoSuchProcess:
        return False


def _has_begun(service: Service) -> bool:
    """Whether the process of that number is the service, alive or not yet waited for."""
    try:
        return abs(psutil.Process(service.pid).create_time() - service.started_at) < 1
    except psutil.NoSuchProcess:
        return False


def _runs(process: psutil.Process) -> bool:
    return process.status() != psutil.STATUS_ZOMBIE


def _alive(home: Home) -> list[Service]:
    return [service for service in _remembered(home) if _is_alive(service)]


def _pid_file(home: Home) -> Path:
    return home.airflow / "services.json"


def _remember(home: Home, port: int, services: list[Service]) -> None:
    content = {"port": port, "services": [asdict(service) for service in services]}
    _pid_file(home).write_text(json.dumps(content), "utf-8")


def _remembered(home: Home) -> list[Service]:
    if not _pid_file(home).exists():
        return []
    return [Service(**item) for item in json.loads(_pid_file(home).read_text("utf-8"))["services"]]


def _port(home: Home) -> int:
    return int(json.loads(_pid_file(home).read_text("utf-8"))["port"])


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
