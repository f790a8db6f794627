"""The deployment of `docker/compose.yml` as plain processes on 127.0.0.1, for where there is no container engine.

    .venv/bin/python -m bench.plain_layout [--celery] [--home DIR] [--replicas N]

Commands, environments, secrets, health checks and the order of starting come from the compose files themselves, so the
two cannot drift apart. What a container gives a process is put in its place: a path of the container by the one of this
machine, the name of a service and its port by 127.0.0.1 and a free port, the image's environment from the Dockerfile.
PostgreSQL, the broker and the web server are the distribution's (packages `postgresql`, `redis-server`, `caddy`). What
only a container gives (users, read-only file systems, limits, networks) is not there.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.compose_file import Service, read_services
from bench.postgresql_server import Server, free_port, is_installed, running_server
from warehouse.home import PROJECT_ROOT, Home

DOCKER = PROJECT_ROOT / "docker"
COMPOSE, CELERY = DOCKER / "compose.yml", DOCKER / "compose.celery.yml"
#: Program of an image -> Debian's program of the same kind, where it has another name.
STAND_INS = {"valkey-server": "redis-server", "valkey-cli": "redis-cli"}
#: Marks every process of a layout, whoever started it.
MARK = "REFORM_PLAIN_LAYOUT"
_START_SECONDS = 240
_STOP_SECONDS = 60


@dataclass
class Layout:
    """A running layout: where its parts listen, where its files are."""

    home: Home
    incoming: Path
    secrets: Path
    scratch: Path
    ports: dict[tuple[str, str], int]
    postgresql: Server
    started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    checks: dict[str, tuple[list[str], dict[str, str]]] = field(default_factory=dict)

    def port(self, service: str, inside: int) -> int:
        """The port on 127.0.0.1 that stands for port `inside` of the service's container."""
        return self.ports[service, str(inside)]

    def log(self, instance: str) -> str:
        """What a service has said."""
        return (self.scratch / f"{instance}.log").read_text("utf-8", "replace")

    def wait_until_ready(self, instance: str) -> None:
        """Until the instance's health check of the compose file passes; one without a check has to end well.

        Raises:
            RuntimeError: it does not in time, or the process ended.
        """
        process, (check, environment) = self.started[instance], self.checks[instance]
        if not check:
            if process.wait(_START_SECONDS):
                raise RuntimeError(f"{instance} failed: {self.log(instance)[-2000:]}")
            return
        deadline = time.monotonic() + _START_SECONDS
        while True:
            done = subprocess.run(check, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return
            if process.poll() is not None or time.monotonic() > deadline:
                said = f"{done.stdout}{done.stderr}".strip()
                raise RuntimeError(f"{instance} is not healthy ({said[-500:]}): {self.log(instance)[-2000:]}")
            time.sleep(1)

    def cpu_seconds(self) -> float:
        """What all live processes of the layout, and those they waited for, have used."""
        total = 0.0
        postmaster = psutil.Process(self.postgresql.process_id)
        for process in [*processes_of(self), postmaster, *postmaster.children(recursive=True)]:
            try:
                used = process.cpu_times()
            except psutil.Error:
                continue
            total += used.user + used.system + used.children_user + used.children_system
        return total


def missing_packages() -> list[str]:
    """The Debian packages a layout needs and this machine lacks."""
    programs = {"redis-server": "redis-server", "caddy": "caddy"}
    missing = [package for package, program in programs.items() if shutil.which(program) is None]
    return missing if is_installed() else ["postgresql", *missing]


@contextmanager
def running_layout(
    home: Home, *, celery: bool, settings: Mapping[str, str] | None = None, replicas: int | None = None
) -> Iterator[Layout]:
    """The layout, every service of it healthy; when the block ends, no process of it is left.

    `settings` are what an installation writes into `docker/reform.env`; `replicas` is of services that have several.
    """
    services = {
        name: service
        for name, service in read_services([COMPOSE, CELERY] if celery else [COMPOSE], {}).items()
        if not service.profiles
    }
    scratch = Path(tempfile.mkdtemp(prefix="reform-layout-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        postgresql = stack.enter_context(running_server("fsync=off"))
        ports = {
            (service.name, port): postgresql.port if service.name == "postgres" else free_port()
            for service in services.values()
            for port in _ports(service)
        }
        layout = Layout(home, scratch / "incoming", scratch / "secrets", scratch, ports, postgresql)
        _prepare(layout)
        stack.callback(_stop, layout)
        for wave in _in_waves(services):
            instances = [
                instance
                for service in wave
                for instance in _start(layout, service, settings or {}, replicas if service.replicas > 1 else None)
            ]
            for instance in instances:
                layout.wait_until_ready(instance)
        yield layout


def processes_of(layout: Layout) -> list[psutil.Process]:
    """Every live process of the layout, found by its session, or by its environment where it began one of its own.

    By the environment alone some would be missed: who gives himself a title (Redis, Airflow's server) overwrites it.
    """
    sessions = {process.pid for process in layout.started.values()}
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = os.getsid(process.pid) in sessions or process.environ().get(MARK) == str(layout.scratch)
            if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def _ports(service: Service) -> set[str]:
    # A port only a health check knows is one too.
    return {*service.ports, *re.findall(r"127\.0\.0\.1:(\d+)", " ".join(service.check))}


def _in_waves(services: Mapping[str, Service]) -> list[list[Service]]:
    """The services by when they may start: those of a wave wait for none but those of the waves before it."""
    waves: list[list[Service]] = []
    waiting = dict(services)
    while waiting:
        ready = [name for name, service in waiting.items() if not service.depends_on.keys() & waiting.keys()]
        if not ready:
            raise ValueError(f"these services wait for each other: {', '.join(waiting)}")
        waves.append([waiting.pop(name) for name in ready])
    return waves


def _prepare(layout: Layout) -> None:
    """Folders, secrets that name this machine's ports, the distribution's programs by the names the images use."""
    for folder in (layout.home.root, layout.incoming, layout.scratch / "bin"):
        folder.mkdir(parents=True, exist_ok=True)
    make = [sys.executable, str(DOCKER / "make_secrets.py"), str(layout.secrets)]
    subprocess.run(make, check=True, capture_output=True)
    for secret in layout.secrets.iterdir():
        text = secret.read_text("utf-8")
        if (here := _by_address(text, layout)) != text:
            secret.unlink()
            secret.write_text(here, "utf-8")
    for name, program in STAND_INS.items():
        if shutil.which(name) is None and (found := shutil.which(program)):
            (layout.scratch / "bin" / name).symlink_to(found)


def _by_address(text: str, layout: Layout) -> str:
    for (name, inside), outside in layout.ports.items():
        text = re.sub(rf"(?<![\w.-]){re.escape(name)}:{inside}(?!\d)", f"127.0.0.1:{outside}", text)
    return text


def _localised(text: str, service: Service, layout: Layout, instance: str) -> str:
    """`text` of a container in words of this machine: paths, names of services, its own ports and addresses."""
    own = layout.scratch / instance
    places = {
        "/srv/reform": layout.home.root, "/run/secrets": layout.secrets, "/incoming": layout.incoming,
        "/app": PROJECT_ROOT, "/tmp": own, "/data": own,
        **{target: _copied(source, service, layout) for source, target in _mounted_files(service).items()},
    }  # fmt: skip
    paths = "|".join(re.escape(place) for place in sorted(places, key=len, reverse=True))
    text = re.sub(rf"(?<![\w.])(?:{paths})(?![\w-])", lambda found: str(places[found[0]]), _by_address(text, layout))
    for inside in _ports(service):
        text = re.sub(rf"(?<!\d){inside}(?!\d)", str(layout.port(service.name, int(inside))), text)
    return text.replace("0.0.0.0", "127.0.0.1")


def _mounted_files(service: Service) -> dict[Path, str]:
    """Files beside the compose file that a container sees at another place."""
    parts = [volume.split(":") for volume in service.volumes if volume.startswith("./")]
    return {DOCKER / source: target for source, target, *_ in parts if (DOCKER / source).is_file()}


def _copied(source: Path, service: Service, layout: Layout) -> Path:
    copy = layout.scratch / f"{service.name}-{source.name}"
    if not copy.exists():
        copy.touch()
        copy.write_text(_localised(source.read_text("utf-8"), service, layout, service.name), "utf-8")
    return copy


def _image_environment() -> dict[str, str]:
    """What the last stage of our Dockerfile sets, but for its PATH."""
    last_stage = (DOCKER / "Dockerfile").read_text("utf-8").rpartition("\nFROM ")[2].replace("\\\n", " ")
    words = next(line for line in last_stage.splitlines() if line.startswith("ENV ")).split()[1:]
    said = {name: value for name, _, value in (word.partition("=") for word in words)}
    # What the build is told is told to no process here.
    return {name: value for name, value in said.items() if name != "PATH" and "${" not in value}


def _environment(layout: Layout, service: Service, instance: str, settings: Mapping[str, str]) -> dict[str, str]:
    is_ours = service.image.startswith("reform-indicators")
    said = {**(_image_environment() if is_ours else {}), **service.environment}
    path = [str(layout.scratch / "bin"), str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
    own = layout.scratch / instance
    return {
        **{name: _localised(value, service, layout, instance) for name, value in said.items()},
        **(settings if is_ours else {}),
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "bench.plain_host.host_name",
        "PATH": os.pathsep.join(path), "LANG": "C.UTF-8", "HOME": str(own), "TMPDIR": str(own), "HOSTNAME": instance,
        MARK: str(layout.scratch),
    }  # fmt: skip


def _start(layout: Layout, service: Service, settings: Mapping[str, str], replicas: int | None) -> list[str]:
    """Start every instance of the service; returns those that are to be waited for."""
    if service.name == "postgres":
        _make_databases(layout, service)
        return []
    count = replicas or service.replicas
    instances = [service.name] if count == 1 else [f"{service.name}-{number + 1}" for number in range(count)]
    for instance in instances:
        (layout.scratch / instance).mkdir()
        environment = _environment(layout, service, instance, settings)
        with (layout.scratch / f"{instance}.log").open("wb") as log:
            layout.started[instance] = subprocess.Popen(
                [_localised(word, service, layout, instance) for word in service.command],
                env=environment, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        check = [_localised(word, service, layout, instance) for word in service.check]
        layout.checks[instance] = (check, environment)
    # The reader is healthy once there is something to read.
    return instances if service.name != "serve-api" or layout.home.current.exists() else []


def _make_databases(layout: Layout, service: Service) -> None:
    """What the image of PostgreSQL does on its first start: run the scripts that are mounted for it."""
    server = layout.postgresql
    environment = {
        **os.environ, "POSTGRES_USER": server.user, "PGHOST": "127.0.0.1", "PGPORT": str(server.port),
        "PGPASSWORD": server.password,
    }  # fmt: skip
    for script in _mounted_files(service):
        subprocess.run(["sh", str(_copied(script, service, layout))], env=environment, check=True, capture_output=True)


def _stop(layout: Layout) -> None:
    """End every process, the last started first; whoever does not end in time is killed."""
    for process in reversed(layout.started.values()):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    for process in layout.started.values():
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    left = processes_of(layout)
    for process in left:
        process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=20)
    for process in stubborn:
        process.kill()
    psutil.wait_procs(stubborn, timeout=20)


def main() -> int:
    """Run the layout until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--celery", action="store_true", help="with compose.celery.yml: several workers")
    parser.add_argument("--home", type=Path, default=Home.from_environment().root, help="REFORM_HOME")
    parser.add_argument("--replicas", type=int, help="of the services that have several")
    arguments = parser.parse_args()
    if missing := missing_packages():
        print(f"Debian packages are missing: {', '.join(missing)}", file=sys.stderr)
        return 3
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running_layout(Home(arguments.home.resolve()), celery=arguments.celery, replicas=arguments.replicas) as layout:
        for (service, inside), outside in layout.ports.items():
            print(f"{service}:{inside} is 127.0.0.1:{outside}")
        print(f"secrets in {layout.secrets}, files to be read into {layout.incoming}; Ctrl-C ends it", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("stopping")
    return 0


if __name__ == "__main__":
    sys.exit(main())
