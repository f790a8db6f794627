"""Readers while releases are published and rolled back: no error, no mixed answer, and how much slower they get.

    make bench BENCH=readers                         16 readers, 20 releases, 5 roll-backs on the bundled marts
    .venv/bin/python -m bench.readers --home DIR     on another home's build

Readers are processes of their own, as BI tools are: each opens the file behind `current`, asks a dashboard's questions
with a pause between them, and opens the next release when `current` has moved. Every build carries one number in two
marts; an answer in which the two differ came from two releases. Idle are the same readers in the pauses between two
publishes, so that what else the machine does slows both alike.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.build import state_file
from warehouse.connection import writer
from warehouse.home import Home
from warehouse.release import publish, switch
from warehouse.release_list import list_releases

#: From when to when, in seconds of the monotonic clock.
Span = tuple[float, float]

MAX_RATIO = 2.0
_PAUSE_SECONDS = 0.2
#: How long the publisher rests after a publish: as long as that took, but 16 readers ask 1,500 questions in this time.
_MAX_REST_SECONDS = 20.0
_QUESTIONS = (
    "select data_year, change, is_comparable from marts.metric_yoy where unit_code = 'quang_ninh' and "
    "indicator_code = 'PAR_INDEX' and boundary = 'published' order by 1",
    "select unit_code, value, rank from marts.fct_indicator_value where indicator_code = 'PAPI' and data_year = 2020 "
    "and boundary = 'published' order by rank",
    "select data_year, avg(value) from marts.fct_indicator_value where indicator_code = 'PCI' and "
    "boundary = 'published' group by 1 order by 1",
    "select not_comparable_reason, count(*) from marts.metric_yoy where boundary = 'published' group by 1",
)
#: One real figure that carries the number of the build, in two marts: pages and vintages take it as any other.
_MARKED = "unit_code = 'quang_ninh' and indicator_code = 'PAPI' and data_year = 2020 and boundary = 'published'"
_MARK = (
    f"select (select value from marts.fct_indicator_value where {_MARKED}), "
    f"(select change from marts.metric_yoy where {_MARKED})"
)


@dataclass(frozen=True)
class ReaderReport:
    """What one reader met: when every question was asked (monotonic) and how many seconds its answer took, errors,
    answers of two releases, releases seen.
    """

    answers: list[tuple[float, float]]
    errors: list[str]
    mixed: int
    releases: int


def read_until(home_root: str, until: Any, results: Any) -> None:
    """Be a reader until told to stop."""
    current = Path(home_root) / "current"
    answers: list[tuple[float, float]] = []
    errors: list[str] = []
    seen, mixed, asked = set(), 0, 0
    connection, opened = None, None
    while not until.is_set():
        try:
            now = current.readlink()
            if now != opened:
                if connection is not None:
                    connection.close()
                connection = duckdb.connect(str(current.parent / now / "warehouse.duckdb"), read_only=True)
                connection.execute("set threads = 1")
                opened = now
                seen.add(now)
            assert connection is not None
            started = time.monotonic()
            connection.execute(_QUESTIONS[asked % len(_QUESTIONS)]).fetchall()
            answers.append((started, time.monotonic() - started))
            one, other = connection.execute(_MARK).fetchall()[0]
            mixed += one != other
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}"[:200])
        asked += 1
        until.wait(_PAUSE_SECONDS)
    results.put(ReaderReport(answers, errors, mixed, len(seen)))


def run_readers(home: Home, readers: int, meanwhile: Any) -> list[ReaderReport]:
    """Have `readers` read while `meanwhile()` runs; returns what they met."""
    context = multiprocessing.get_context("spawn")
    until, results = context.Event(), context.Queue()
    processes = [
        context.Process(target=read_until, args=(str(home.root), until, results), daemon=True) for _ in range(readers)
    ]
    for process in processes:
        process.start()
    try:
        meanwhile()
    finally:
        until.set()
    reports = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    return reports


def mark_build(home: Home, number: int) -> None:
    """A new build: the same marts with another number in two of them."""
    with writer(home) as connection:
        for table, column in (("fct_indicator_value", "value"), ("metric_yoy", "change")):
            changed = connection.execute(f"update marts.{table} set {column} = ? where {_MARKED}", [40 + number / 10])
            if changed.fetchall() != [(1,)]:
                raise SystemExit(f"this build has no figure to carry the number: {table} where {_MARKED}")
    state = json.loads(state_file(home).read_text("utf-8"))
    state_file(home).write_text(json.dumps({**state, "fingerprint": f"{number:064x}"}), "utf-8")


def publish_and_roll_back(home: Home, releases: int, rollbacks: int, *, pausing: bool = False) -> list[Span]:
    """Publish `releases` releases, going back to the one before `rollbacks` times on the way.

    Returns from when to when it was at work (monotonic). When `pausing`, it rests after each.
    """
    every = max(releases // rollbacks, 1) if rollbacks else releases + 1
    spans = []
    for number in range(1, releases + 1):
        mark_build(home, number)
        started = time.monotonic()
        publish(home)
        if number % every == 0 and number // every <= rollbacks:
            switch(home, list_releases(home)[-2]["release_id"])
        spans.append((started, time.monotonic()))
        if pausing:
            time.sleep(_rest(spans[-1]))
    return spans


def _rest(span: Span) -> float:
    """Seconds of rest after a publish of that span."""
    return min(span[1] - span[0], _MAX_REST_SECONDS)


def quantile(seconds: list[float], share: float) -> float:
    """Milliseconds under which `share` of all answers came."""
    return 1000 * sorted(seconds)[min(int(share * len(seconds)), len(seconds) - 1)]


def measure(source: Home, readers: int, releases: int, rollbacks: int) -> dict[str, Any]:
    """Readers of a copy of the build of `source`, by turns with and without a publish beside them."""
    with tempfile.TemporaryDirectory(prefix="reform-readers-") as folder:
        home = Home(Path(folder))
        home.make()
        shutil.copytree(source.build, home.build, dirs_exist_ok=True)
        mark_build(home, 0)
        publish(home)
        spans: list[Span] = []
        reports = run_readers(
            home, readers, lambda: spans.extend(publish_and_roll_back(home, releases, rollbacks, pausing=True))
        )
        known = {item["release_id"] for item in list_releases(home)}
    # Where readers start up, and where a build is marked, is neither.
    pauses = [(span[1], span[1] + _rest(span)) for span in spans]
    busy, idle = (
        [took for report in reports for at, took in report.answers if any(start <= at < end for start, end in times)]
        for times in (spans, pauses)
    )
    return {
        "readers": readers,
        "releases": len(known),
        "rollbacks": rollbacks,
        "answers": sum(len(report.answers) for report in reports),
        "errors": sum(len(report.errors) for report in reports),
        "first_errors": [error for report in reports for error in report.errors][:3],
        "mixed": sum(report.mixed for report in reports),
        "most_releases_seen": max(report.releases for report in reports),
        "idle_p95_ms": quantile(idle, 0.95),
        "busy_p95_ms": quantile(busy, 0.95),
        "idle_p50_ms": quantile(idle, 0.5),
        "busy_p50_ms": quantile(busy, 0.5),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="a home with a build; by default REFORM_HOME")
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--releases", type=int, default=20)
    parser.add_argument("--rollbacks", type=int, default=5)
    given = parser.parse_args()
    source = Home(given.home.resolve()) if given.home else Home.from_environment()
    found = measure(source, given.readers, given.releases, given.rollbacks)
    ratio = found["busy_p95_ms"] / found["idle_p95_ms"]
    print(f"{found['readers']} readers, {found['releases'] - 1} releases published, {found['rollbacks']} roll-backs")
    print(f"answers {found['answers']:,}, errors {found['errors']}, of two releases {found['mixed']} (goal 0, 0)")
    for error in found["first_errors"]:
        print(f"  {error}")
    print(f"p50 ms: idle {found['idle_p50_ms']:.1f}, while publishing {found['busy_p50_ms']:.1f}")
    print(
        f"p95 ms: idle {found['idle_p95_ms']:.1f}, while publishing {found['busy_p95_ms']:.1f}: {ratio:.2f} times "
        f"(goal under {MAX_RATIO})"
    )


if __name__ == "__main__":
    main()
