"""Kills: a run ended by SIGKILL at a named point or a random instant, what it left, and the run after it."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

from bench.fault_places import Facts, copy_home, differences, facts_of, half_states, leftovers, losses
from bench.fault_points import POINTS, Point, start
from warehouse.home import PROJECT_ROOT, Home
from warehouse.reference import tree_hash

#: A home is killed at most so often before a run is left to end.
MAX_IN_A_ROW = 4
#: Of the clock; on a machine with much else to do a run may take an hour.
_GIVEN_UP_SECONDS = 3600.0

Result = TypeVar("Result")


@dataclass
class Outcome:
    """What a fault led to. `losses` counts documents and rows that are gone or twice there; `notes` says what."""

    fault: str
    times: int = 0
    reruns: int = 0
    losses: int = 0
    half_states: int = 0
    exit_code: str = ""
    message: str = ""
    cpu_seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Nothing lost, nothing half, nothing else to say."""
        return not (self.losses or self.half_states or self.notes)


@dataclass(frozen=True)
class Ended:
    """How a process ended: `killed`, or with an exit code; `cpu_seconds` are its own and its children's."""

    killed: bool
    code: int
    cpu_seconds: float


class Bench:
    """Where the harness works: one folder, one log, and the switch for dbt's data tests."""

    def __init__(self, folder: Path, *, with_tests: bool) -> None:
        self.folder = folder
        self.log = folder / "run.log"
        self.with_tests = with_tests
        self.cpu_seconds = 0.0
        self._code = code_under_test()

    def raise_if_changed(self) -> None:
        """What changes under a harness of hours looks like a loss: it stops instead.

        Raises:
            RuntimeError: the code or the reference data is not what it was when the harness began.
        """
        if code_under_test() != self._code:
            raise RuntimeError(f"{PROJECT_ROOT} was changed under the harness: run it in a clone nobody edits")

    def run(self, home: Home, point: Point | None = None, kill_after: float | None = None) -> Ended:
        """Run the steps in `home`: to the end, to `point`, or until `kill_after` CPU seconds were used.

        The processor's time, its own and of the readers it starts: the same instant whatever else the machine does.
        """
        self.raise_if_changed()
        started = time.monotonic()
        child = start(home, self.log, point, with_tests=self.with_tests)
        process = psutil.Process(child)
        while True:
            pid, status, used = os.wait4(child, os.WNOHANG)
            if pid:
                break
            is_due = kill_after is not None and _used(process) >= kill_after
            if is_due or time.monotonic() - started > _GIVEN_UP_SECONDS:
                self._kill_group(child)
                pid, status, used = os.wait4(child, 0)
                break
            time.sleep(0.005)
        # Children of the child (readers of hostile files) are of its group: none outlives it.
        self._kill_group(child)
        cpu = used.ru_utime + used.ru_stime
        self.cpu_seconds += cpu
        is_killed = os.WIFSIGNALED(status)
        return Ended(is_killed, -1 if is_killed else os.WEXITSTATUS(status), cpu)

    def said(self) -> str:
        """The last line of what the last process printed, or nothing."""
        lines = [line for line in self.log.read_text("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1] if lines else ""

    @staticmethod
    def _kill_group(leader: int) -> None:
        try:
            os.killpg(leader, signal.SIGKILL)
        except ProcessLookupError:
            return


def code_under_test() -> str:
    """A hash of everything a run is made of."""
    folders = ("cli", "dags", "ingestion", "expectations", "warehouse", "dbt_project", "data/reference")
    return tree_hash(*(PROJECT_ROOT / folder for folder in folders), suffixes=(".py", ".sql", ".yml", ".csv", ".j2"))


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def in_child(work: Callable[[], Result]) -> Result:
    """Do `work` in a process of its own: the one that starts runs by forking must not have used an engine itself."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            answer: dict[str, Any] = {"result": work()}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(writing, "w") as stream:
            json.dump(answer, stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    answer = json.loads(text)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    result: Result = answer["result"]
    return result


def facts(home: Home) -> Facts:
    """`facts_of`, in a process of its own."""
    found = in_child(lambda: asdict(facts_of(home)))
    archive = tuple(tuple(entry) for entry in found.pop("archive"))
    return Facts(**found, archive=archive)  # type: ignore[arg-type]


def undisturbed(bench: Bench, home: Home) -> tuple[Facts, float]:
    """Run in `home` and return what it holds then, and how many CPU seconds it took."""
    ended = bench.run(home)
    if ended.killed or ended.code:
        raise RuntimeError(f"the undisturbed run failed:\n{bench.log.read_text('utf-8')[-3000:]}")
    return facts(home), ended.cpu_seconds


def look_at_wreck(home: Home, documents: tuple[str, ...], outcome: Outcome) -> None:
    """What must hold at once after a kill: a whole release or none, and every document still there."""
    half = in_child(lambda: half_states(home))
    lost = losses(home, documents)
    outcome.half_states += bool(half)
    outcome.losses += len(lost)
    outcome.notes += half + [f"lost: {document}" for document in lost]


def finish(bench: Bench, home: Home, documents: tuple[str, ...], expected: Facts, outcome: Outcome) -> None:
    """Run again to the end, and hold what is there against an undisturbed run."""
    ended = bench.run(home)
    outcome.reruns += 1
    if ended.killed or ended.code:
        outcome.notes.append(f"the rerun ended with {ended.code}: {bench.said()}")
        outcome.losses += 1
        return
    compare(home, documents, expected, outcome)


def compare(home: Home, documents: tuple[str, ...], expected: Facts, outcome: Outcome) -> None:
    """A whole run is through: nothing may differ from an undisturbed one, nothing may lie about."""
    look_at_wreck(home, documents, outcome)
    differing = differences(facts(home), expected)
    outcome.losses += len(differing)
    outcome.notes += [f"differs: {entry}" for entry in differing] + [f"left behind: {path}" for path in leftovers(home)]


def kill_in_turn(
    bench: Bench, home: Home, documents: tuple[str, ...], expected: Facts, points: tuple[Point, ...] = POINTS
) -> list[Outcome]:
    """Kill run after run in one home, each at the next point, and let the last one end."""
    outcomes = []
    for point in points:
        outcome = Outcome(f"kill: {point.name}", exit_code="-")
        outcomes.append(outcome)
        before = bench.cpu_seconds
        ended = bench.run(home, point)
        outcome.cpu_seconds = bench.cpu_seconds - before
        if ended.killed:
            outcome.times = 1
            look_at_wreck(home, documents, outcome)
        else:
            outcome.notes.append(f"the run ended with {ended.code} before it came there: {bench.said()}")
    last = Outcome("the run after all of them", exit_code="0")
    finish(bench, home, documents, expected, last)
    return [*outcomes, last]


def kill_each(
    bench: Bench, base: Home, documents: tuple[str, ...], expected: Facts, points: tuple[Point, ...] = POINTS
) -> list[Outcome]:
    """Kill at each point in a fresh copy of `base`, and run again to the end each time."""
    outcomes = []
    for point in points:
        home = copy_home(base, bench.folder / "killed")
        outcome = Outcome(f"kill: {point.name}", exit_code="-")
        outcomes.append(outcome)
        before = bench.cpu_seconds
        ended = bench.run(home, point)
        if not ended.killed:
            outcome.notes.append(f"the run ended with {ended.code} before it came there: {bench.said()}")
        else:
            outcome.times = 1
            look_at_wreck(home, documents, outcome)
            finish(bench, home, documents, expected, outcome)
        outcome.cpu_seconds = bench.cpu_seconds - before
        print(f"  {outcome.fault}: {'; '.join(outcome.notes) or 'good'}", flush=True)
    return outcomes


def kill_at_random(
    bench: Bench, base: Home, documents: tuple[str, ...], expected: Facts, *, kills: int, seconds: float, seed: int
) -> Outcome:
    """Kill at instants drawn uniformly over the CPU `seconds` an undisturbed run takes; the rerun is killed too.

    A home is killed until a run ends before its instant, at most `MAX_IN_A_ROW` times; then it must be as if nothing
    had been. Then the next home.
    """
    draw = random.Random(seed)
    outcome = Outcome("kill: random instants", exit_code="-")
    before = bench.cpu_seconds
    home, in_a_row = copy_home(base, bench.folder / "killed"), 0
    while outcome.times < kills:
        ended = bench.run(home, kill_after=draw.uniform(0, seconds))
        if ended.killed:
            outcome.times += 1
            in_a_row += 1
            look_at_wreck(home, documents, outcome)
            if in_a_row < MAX_IN_A_ROW and outcome.times < kills:
                continue
            finish(bench, home, documents, expected, outcome)
        elif ended.code:
            outcome.losses += 1
            outcome.notes.append(f"a run after {in_a_row} kills ended with {ended.code}: {bench.said()}")
        elif in_a_row:
            outcome.reruns += 1
            compare(home, documents, expected, outcome)
        home, in_a_row = copy_home(base, bench.folder / "killed"), 0
        said = f"{outcome.times} kills, {outcome.reruns} compared, losses {outcome.losses}, half {outcome.half_states}"
        print(f"  {said}, {bench.cpu_seconds:.0f} CPU s {outcome.notes[-3:] or ''}", flush=True)
    outcome.cpu_seconds = bench.cpu_seconds - before
    return outcome
