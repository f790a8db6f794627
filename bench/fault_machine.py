"""Faults of the machine under a whole `reform run`: disk full, lake read-only, files damaged or gone, two runs at once.

Mounting takes root's rights. Without them the disk is played by a limit on the size of a file, and the read-only lake
is left out; the table says so.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from bench.fault_kills import Bench, Outcome, compare, facts, in_child, look_at_wreck
from bench.fault_places import Facts, copy_home
from bench.postgresql_server import is_installed, running_server
from warehouse.home import PROJECT_ROOT, Home

_GIVEN_UP_SECONDS = 600
_MEGABYTE = 1_000_000
#: DuckDB's.
_BLOCK = 262_144
_METADATA = "airflow_metadata"
#: What happens to Airflow's metadata in PostgreSQL, and what its administrator does then.
_LOSSES = {
    "emptied": (f"drop owned by {_METADATA} cascade", None),
    "dropped": (f"drop database {_METADATA} with (force)", f"create database {_METADATA} owner {_METADATA}"),
}
_DAMAGES = ("head overwritten", "a raw table overwritten", "half overwritten", "cut")


@dataclass(frozen=True)
class Said:
    """How a `reform run` ended: its exit code and the first thing it says of what went wrong (or did happen)."""

    code: int
    message: str
    has_trace: bool


class Machine:
    """The faults, each on a copy of one home with documents waiting, and what an undisturbed run makes of it."""

    def __init__(self, bench: Bench, base: Home, documents: tuple[str, ...], expected: Facts) -> None:
        self._bench, self._base, self._documents, self._expected = bench, base, documents, expected
        self._can_mount = _can_mount(bench.folder)

    def all_faults(self, only: str = "") -> list[Outcome]:
        """Every fault in turn, or those with `only` in their name."""
        faults: dict[str, Callable[[], Outcome]] = {
            **{f"disk full {spare}": lambda spare=spare: self.full_disk(spare) for spare in (1, 15, 25)},
            "lake": self.read_only_lake,
            **{f"build file {how}": lambda how=how: self.damaged_build(how) for how in _DAMAGES},
            **{f"metadata {how}": lambda how=how: self.metadata_lost(how) for how in ("deleted", "emptied")},
            **{f"metadata in PostgreSQL {how}": lambda how=how: self.postgresql_lost(how) for how in _LOSSES},
            "two": self.two_at_once,
            "killed": self.killed,
        }
        outcomes = []
        for fault_name, fault in faults.items():
            if only not in fault_name:
                continue
            before = _cpu_of_children()
            outcomes.append(fault())
            outcomes[-1].cpu_seconds = _cpu_of_children() - before
            self._bench.raise_if_changed()
            outcome = outcomes[-1]
            print(f"  {outcome.fault}: {outcome.exit_code}, {outcome.message} {outcome.notes or ''}", flush=True)
        return outcomes

    def full_disk(self, spare_mb: int) -> Outcome:
        """A disk with so much room left; afterwards a larger one."""
        outcome = Outcome(f"disk full with {spare_mb} MB left", times=1)
        if not self._can_mount:
            return self._limited_files(outcome)
        folder = self._bench.folder / "disk"
        folder.mkdir(exist_ok=True)
        size = _size(self._base.root) + spare_mb * _MEGABYTE
        with _mounted("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)):
            home = copy_home(self._base, folder / "home")
            self._faulty(home, outcome)
            subprocess.run(["mount", "-o", "remount,size=4g", str(folder)], check=True)
            self._again(home, outcome)
        return outcome

    def _limited_files(self, outcome: Outcome) -> Outcome:
        outcome.fault += " (as a limit on file size: no right to mount)"
        home = copy_home(self._base, self._bench.folder / "faulty")
        limit = home.build_database.stat().st_size
        self._faulty(home, outcome, limit)
        self._again(home, outcome)
        return outcome

    def read_only_lake(self) -> Outcome:
        """The lake mounted read-only, which binds root too."""
        outcome = Outcome("lake read-only")
        if not self._can_mount:
            outcome.message = "not run: no right to mount, and permissions do not bind root"
            return outcome
        outcome.times = 1
        home = copy_home(self._base, self._bench.folder / "faulty")
        lake = str(home.lake)
        with _mounted("--bind", lake, lake):
            subprocess.run(["mount", "-o", "remount,ro,bind", lake], check=True)
            self._faulty(home, outcome)
        self._again(home, outcome)
        return outcome

    def damaged_build(self, how: str) -> Outcome:
        """The build database damaged between two runs."""
        outcome = Outcome(f"build file damaged: {how}", times=1)
        home = copy_home(self._base, self._bench.folder / "faulty")
        size = home.build_database.stat().st_size
        places = {
            "head overwritten": [(0, size // 4)],
            "half overwritten": [(size // 4, size // 2)],
            "a raw table overwritten": in_child(lambda: _blocks(home.build_database, "raw.survey_estimate")),
        }
        if how == "cut":
            os.truncate(home.build_database, size // 2)
        else:
            with home.build_database.open("r+b") as file:
                for offset, length in places[how]:
                    file.seek(offset)
                    file.write(random.Random(8).randbytes(length))
        self._faulty(home, outcome)
        self._again(home, outcome)
        if not list(home.build.glob("warehouse.duckdb.corrupt-*")):
            outcome.notes.append("the damaged file was not set aside")
        return outcome

    def metadata_lost(self, how: str) -> Outcome:
        """Airflow's database deleted, or cut to nothing, when the first task has done its work."""
        outcome = Outcome(f"metadata database {how} in mid-run", times=1)
        home = copy_home(self._base, self._bench.folder / "faulty")
        process = _reform(home, self._bench.folder / "reform")
        _wait_until(lambda: not any((home.landing / "annex").iterdir()), process)
        for file in home.airflow.glob("airflow.db*"):
            if how == "deleted":
                file.unlink()
            elif file.name == "airflow.db":
                # Not its -shm: SQLite maps that into memory, and the system ends a process whose map is cut.
                os.truncate(file, 0)
        self._note(home, outcome, _ended(process, self._bench.folder / "reform"))
        self._again(home, outcome)
        return outcome

    def postgresql_lost(self, how: str) -> Outcome:
        """The same where Airflow's metadata is in PostgreSQL: its tables gone, or the whole database."""
        outcome = Outcome(f"metadata in PostgreSQL {how} in mid-run")
        if not is_installed():
            outcome.message = "not run: no PostgreSQL here (package postgresql)"
            return outcome
        outcome.times = 1
        home, place = copy_home(self._base, self._bench.folder / "faulty"), self._bench.folder / "reform"
        loss, cure = _LOSSES[how]
        with running_server() as server:
            server.psql(f"create role {_METADATA} login password 'loopback'")
            server.psql(f"create database {_METADATA} owner {_METADATA}")
            address = {"DATABASE_URL": server.url(_METADATA, user=_METADATA, password="loopback")}
            process = _reform(home, place, environment=address)
            _wait_until(lambda: not any((home.landing / "annex").iterdir()), process)
            server.psql(loss, _METADATA if cure is None else "postgres")
            self._note(home, outcome, _ended(process, place))
            if cure:
                server.psql(cure)
            self._again(home, outcome, address)
        return outcome

    def two_at_once(self) -> Outcome:
        """Two runs started together."""
        outcome = Outcome("two runs at once", times=1)
        home = copy_home(self._base, self._bench.folder / "faulty")
        places = [self._bench.folder / f"reform{number}" for number in (1, 2)]
        said = [_ended(process, place) for process, place in [(_reform(home, place), place) for place in places]]
        if sorted(one.code for one in said) != [0, 3]:
            outcome.notes.append(f"exit codes {[one.code for one in said]}, expected one 0 and one 3")
        self._note(home, outcome, max(said, key=lambda one: one.code))
        compare(home, self._documents, self._expected, outcome)
        return outcome

    def killed(self, times: int = 5) -> Outcome:
        """The whole process group of `reform run`, Airflow's and dbt's part included, killed at random instants."""
        outcome = Outcome("kill: a whole `reform run`", exit_code="-")
        draw = random.Random(8)
        for _ in range(times):
            home = copy_home(self._base, self._bench.folder / "faulty")
            process = _reform(home, self._bench.folder / "reform")
            time.sleep(draw.uniform(8, 70))
            if process.poll() is None:
                outcome.times += 1
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            look_at_wreck(home, self._documents, outcome)
            self._again(home, outcome)
        return outcome

    def _faulty(self, home: Home, outcome: Outcome, max_file_bytes: int | None = None) -> None:
        place = self._bench.folder / "reform"
        self._note(home, outcome, _ended(_reform(home, place, max_file_bytes), place))

    def _note(self, home: Home, outcome: Outcome, said: Said) -> None:
        outcome.exit_code, outcome.message = str(said.code), said.message.splitlines()[0] if said.message else ""
        if said.has_trace:
            outcome.notes.append("a stack trace was shown")
        if said.code and not said.message:
            outcome.notes.append("it failed without a word")
        look_at_wreck(home, self._documents, outcome)

    def _again(self, home: Home, outcome: Outcome, environment: Mapping[str, str] | None = None) -> None:
        place = self._bench.folder / "reform"
        said = _ended(_reform(home, place, environment=environment), place)
        outcome.reruns += 1
        if said.code:
            outcome.losses += 1
            outcome.notes.append(f"the rerun ended with {said.code}: {said.message[:300]}")
            return
        compare(home, self._documents, self._expected, outcome)


def warm(home: Home, folder: Path) -> None:
    """Let Airflow make its metadata database in `home`, once for all copies of it."""
    _ended_well(home, folder, "build")


def undisturbed_run(home: Home, folder: Path) -> Facts:
    """What a whole `reform run` on a copy of `home` makes of it: dbt's tests too, whose outcomes a release tells."""
    whole = copy_home(home, folder / "undisturbed_run")
    _ended_well(whole, folder, "run")
    return facts(whole)


def _ended_well(home: Home, folder: Path, command: str) -> None:
    said = _ended(_reform(home, folder / "reform", command=(command, "--json")), folder / "reform")
    if said.code:
        raise RuntimeError(f"`reform {command}` ended with {said.code}: {said.message}")


def _reform(
    home: Home,
    place: Path,
    max_file_bytes: int | None = None,
    command: tuple[str, ...] = ("run", "--json"),
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    own = {"REFORM_HOME": str(home.root), "PYTHONPATH": str(PROJECT_ROOT)}
    with place.with_suffix(".out").open("wb") as out, place.with_suffix(".err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", *command],
            env={**os.environ, **own, **(environment or {})}, cwd=PROJECT_ROOT, stdout=out, stderr=err,
            start_new_session=True,
        )  # fmt: skip
    if max_file_bytes is not None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (max_file_bytes, max_file_bytes))
    return process


def _ended(process: subprocess.Popen[bytes], place: Path) -> Said:
    code = process.wait(timeout=_GIVEN_UP_SECONDS)
    out, err = (place.with_suffix(suffix).read_text("utf-8", "replace") for suffix in (".out", ".err"))
    lines = [line for line in out.splitlines() if line.startswith("{")]
    message = "\n".join(line for line in err.splitlines() if line.strip())
    if lines:
        summary: dict[str, Any] = json.loads(lines[-1])
        failures = [f"{failure['task']} failed: {failure['error']}" for failure in summary["failures"]]
        message = "\n".join([*filter(None, [summary.get("set_aside")]), *failures]) or message
    return Said(code, message, "Traceback (most recent call last)" in err)


def _cpu_of_children() -> float:
    """CPU seconds of the runs that have ended, and of what they started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_until(is_so: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None and not is_so():
        time.sleep(0.02)


@contextmanager
def _mounted(*arguments: str) -> Iterator[None]:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", arguments[-1]], check=False, capture_output=True)


def _can_mount(folder: Path) -> bool:
    probe = folder / "probe"
    probe.mkdir(parents=True, exist_ok=True)
    try:
        with _mounted("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(probe)):
            return True
    except (subprocess.CalledProcessError, OSError):
        return False
    finally:
        shutil.rmtree(probe, ignore_errors=True)


def _blocks(database: Path, table: str) -> list[tuple[int, int]]:
    """Where in the file the values of a table are: offset and length of its blocks, behind three headers of 4 KiB."""
    with duckdb.connect(str(database), read_only=True) as connection:
        blocks = connection.execute(
            f"select distinct block_id from pragma_storage_info('{table}') where persistent and block_id >= 0"
        ).fetchall()
    return [(3 * 4096 + number * _BLOCK, _BLOCK) for (number,) in blocks]


def _size(folder: Path) -> int:
    """Bytes of the pages a file system in memory needs for the files below `folder`."""
    return sum(-(-path.lstat().st_size // 4096) * 4096 + 4096 for path in folder.rglob("*"))
