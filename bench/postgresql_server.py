"""A PostgreSQL server of the distribution's packages in a folder of its own: what tests and measurements load into.

It listens on the loopback and on a socket in its folder, on a port nobody else has, takes passwords (scram-sha-256),
and is gone, with its folder, when the block ends. PostgreSQL refuses to run as root, so root hands it to `postgres` or
`nobody`.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Where Debian and Ubuntu put the programs of each version; the newest is taken.
_DEBIAN = Path("/usr/lib/postgresql")
_START_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running server: where it listens and how its superuser logs in."""

    port: int
    folder: Path
    user: str
    password: str

    @property
    def process_id(self) -> int:
        """Of its first process, the parent of the others."""
        return int((self.folder / "data" / "postmaster.pid").read_text("utf-8").splitlines()[0])

    def url(self, database: str = "postgres", *, user: str | None = None, password: str | None = None) -> str:
        """The address of `database`, by default as the superuser."""
        login = f"{user or self.user}:{password or self.password}"
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database}"

    def psql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints for `statement`, unaligned and without headings: a client that is not ours."""
        return subprocess.run(
            [str(_program("psql")), self.url(database), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip


def is_installed() -> bool:
    """Whether the distribution's server is here (package `postgresql`)."""
    return _program("postgres").exists()


@contextmanager
def running_server(*settings: str) -> Iterator[Server]:
    """A server with `settings` (`name=value`) beyond its defaults, for as long as the block runs."""
    folder = Path(tempfile.mkdtemp(prefix="reform-postgresql-"))
    owner = _owner()
    if owner is not None:
        shutil.chown(folder, owner, pwd.getpwnam(owner).pw_gid)
    password = secrets.token_hex(8)
    try:
        _create(folder, owner, password)
        port = free_port()
        log = (folder / "log").open("wb")
        options = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *settings]
        with log:
            process = _start(
                [str(_program("postgres")), "-D", str(folder / "data"), *(part for o in options for part in ("-c", o))],
                owner, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            server = Server(port, folder, "reform_admin", password)
            _wait_until_ready(server, process)
            yield server
        finally:
            # Nothing of it is kept, so it need not write anything down or wait for clients.
            process.send_signal(signal.SIGQUIT)
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _create(folder: Path, owner: str | None, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    if owner is not None:
        shutil.chown(secret, owner)
    made = _start(
        [
            str(_program("initdb")), "-D", str(folder / "data"), "-U", "reform_admin", "--pwfile", str(secret),
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
        ],
        owner, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said, _ = made.communicate(timeout=60)
    if made.returncode:
        raise RuntimeError(f"initdb failed: {said.decode()[-500:]}")


def _start(command: list[str], owner: str | None, *, stdout: object, stderr: object) -> subprocess.Popen[bytes]:
    # A folder the owner can enter: initdb looks at where it is started.
    return subprocess.Popen(
        command, stdout=stdout, stderr=stderr, cwd="/", user=owner, group=owner and pwd.getpwnam(owner).pw_gid,
        extra_groups=[] if owner else None, start_new_session=True,
    )  # type: ignore[call-overload,no-any-return]  # fmt: skip


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes]) -> None:
    ready = [str(_program("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(server.port)]
    until = time.monotonic() + _START_SECONDS
    while subprocess.run(ready, check=False).returncode:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"PostgreSQL did not start: {(server.folder / 'log').read_text('utf-8')[-1000:]}")
        time.sleep(0.05)


def _owner() -> str | None:
    """Who runs it: this user, or where this is root the first of the users that own nothing of value."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(user for user in ("postgres", "nobody") if user in known)


def _program(program: str) -> Path:
    versions = sorted(_DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name.split(".")[0]))
    found = shutil.which(program)
    return versions[-1] / program if versions else Path(found or f"/usr/bin/{program}")


def free_port() -> int:
    """A port on 127.0.0.1 nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
