"""How quickly dashboards are answered: ten questions, bundled marts and a thousand times larger, DuckDB and PostgreSQL.

    make bench BENCH=serve                            the current release of REFORM_HOME; an hour, 20 GB
    .venv/bin/python -m bench.serve --short           a minute: twenty times larger, 4 readers
    .venv/bin/python -m bench.serve --folder DIR      keeps the enlarged marts there and takes them from there again

1, 4 and 16 reader processes each keep a connection and ask at random, of either engine in turn (A B B A, after both
were warmed), then of DuckDB while `current` is switched between two releases again and again. PostgreSQL is the
distribution's on the same machine, loaded by `reform publish`'s own publisher with keys, indices and statistics. What
is multiplied is said in bench/serve_large.py; the questions are in bench/serve_queries.py.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from bench.postgresql_server import is_installed, running_server
from bench.serve_large import Scale, make_large
from bench.serve_queries import QUERIES, Query, draw, same_rows
from bench.serve_readers import DUCKDB, POSTGRESQL, Answers, Asked, Crowd, Engines, crowd, readers_of
from bench.serve_verdict import Measured, print_table, print_verdict, verdict
from warehouse.home import Home
from warehouse.postgresql.address import parse_address
from warehouse.postgresql.serve import serve_release
from warehouse.release import switch
from warehouse.release_list import current_release

#: Of the server: memory as a machine of this size gives it, a disk without heads, no log larger than the data.
SERVER = (
    "shared_buffers=2GB",
    "effective_cache_size=8GB",
    "work_mem=64MB",
    "random_page_cost=1.1",
    "max_wal_size=4GB",
)
_SWITCH_SECONDS = 2.0
_COMPARED = 20


@dataclass(frozen=True)
class Plan:
    """What is measured: readers, seconds of a turn, how large the large marts are, which questions."""

    readers: tuple[int, ...] = (1, 4, 16)
    seconds: float = 20.0
    scale: Scale = field(default_factory=Scale)
    queries: tuple[Query, ...] = QUERIES
    memory_megabytes: int = 6000
    chosen: dict[str, str] = field(default_factory=dict)

    def settings(self, readers: int) -> dict[str, str]:
        """DuckDB's of one of so many readers: one thread each, together no more memory than planned, then `chosen`."""
        memory = f"{min(2000, self.memory_megabytes // readers)}MB"
        return {"threads": "1", "memory_limit": memory, "enable_progress_bar": "false", **self.chosen}


#: A minute instead of an hour.
SHORT = Plan((4,), 2.0, Scale(units=5, indices=4, derived_indices=4))


def as_home(release: Path, folder: Path) -> Home:
    """A home with two releases of the same database, the first current; files are copied as a publish does."""
    home = Home(folder)
    for copy in ("a", "b"):
        place = home.releases / f"{release.name}_{copy}"
        place.mkdir(parents=True)
        for file in ("warehouse.duckdb", "manifest.json"):
            _copy(release / file, place / file)
    switch(home, f"{release.name}_a")
    return home


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("wb") as writing:
        left = source.stat().st_size
        while left:
            left -= os.sendfile(writing.fileno(), reading.fileno(), None, left)


@contextmanager
def publishing(home: Home, pause: float = _SWITCH_SECONDS) -> Iterator[None]:
    """Switch `current` to the other release every `pause` seconds while the block runs."""
    done = threading.Event()
    releases = sorted(path.name for path in home.releases.iterdir() if path.is_dir())

    def keep_switching() -> None:
        turn = 0
        while not done.wait(pause):
            turn += 1
            switch(home, releases[turn % len(releases)])

    thread = threading.Thread(target=keep_switching)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        switch(home, releases[0])


def drawn(database: Path, queries: Sequence[Query]) -> Asked:
    """What readers will ask of the marts in `database`."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return Asked(tuple(queries), {query.name: draw(connection, query) for query in queries})


def differences(engines: Engines, asked: Asked, times: int = _COMPARED) -> list[str]:
    """The questions two engines answer differently, with the parameters; `times` answers of each are compared."""
    readers = readers_of(engines)
    found = []
    for query in asked.queries:
        for parameters in asked.parameters[query.name][:times]:
            answers = [reader.ask(query, parameters) for reader in readers.values()]
            if not all(same_rows(answers[0], other) for other in answers[1:]):
                found.append(f"{query.name} {parameters}")
    for reader in readers.values():
        reader.close()
    return found


def measure(marts: str, release: Path, folder: Path, plan: Plan) -> Iterator[Measured]:
    """Load `release` into a server, if there is one, compare answers, and measure every number of readers.

    Raises:
        RuntimeError: the engines answered differently.
    """
    home = as_home(release, folder)
    asked = drawn(release / "warehouse.duckdb", plan.queries)
    with ExitStack() as stack:
        url = None
        if is_installed():
            server = stack.enter_context(running_server(*SERVER))
            report = serve_release(release, parse_address(server.url()))
            print(f"{marts}: {report.rows:,} rows into PostgreSQL in {report.seconds:.0f} s", flush=True)
            url = server.url() + "?options=-c%20search_path%3Dmarts"
        different = differences(Engines(home.root, plan.settings(1), url), asked)
        if different:
            raise RuntimeError(f"the engines answer differently: {'; '.join(different[:3])}")
        for readers in plan.readers:
            engines = Engines(home.root, plan.settings(readers), url)
            with crowd(readers, engines, asked) as reading:
                yield from _turns(marts, readers, reading, home, url is not None, plan.seconds)


def _turns(
    marts: str, readers: int, reading: Crowd, home: Home, with_server: bool, seconds: float
) -> Iterator[Measured]:
    """Warm both, then A B B A, then DuckDB while publishing goes on."""
    order = (DUCKDB, POSTGRESQL, POSTGRESQL, DUCKDB) if with_server else (DUCKDB, DUCKDB)
    for engine in sorted(set(order)):
        reading.ask(engine, seconds)
    found = {engine: Answers() for engine in order}
    for engine in order:
        found[engine].add(reading.ask(engine, seconds))
    for engine, answers in found.items():
        yield Measured(marts, readers, engine, False, answers)
    with publishing(home):
        yield Measured(marts, readers, DUCKDB, True, reading.ask(DUCKDB, 2 * seconds))


def run(release: Path, folder: Path, plan: Plan, sets: Sequence[str] = ("bundled", "large")) -> bool:
    """Measure and print everything; whether every goal that could be measured was met."""
    found: list[Measured] = []
    if "bundled" in sets:
        with tempfile.TemporaryDirectory(dir=folder) as room:
            found += _printed(measure("bundled", release, Path(room), plan))
    if "large" in sets:
        large = folder / f"large_{plan.scale.units}_{plan.scale.indices}_{plan.scale.derived_indices}_{release.name}"
        if not (large / "warehouse.duckdb").exists():
            rows = make_large(release, large, plan.scale)
            print(", ".join(f"{table} {count:,}" for table, count in rows.items()), flush=True)
        size = (large / "warehouse.duckdb").stat().st_size
        print(f"large: figures {plan.scale.times} times, what is computed from them {plan.scale.derived_times} times; "
              f"the file {size / 1e6:,.0f} MB", flush=True)  # fmt: skip
        with tempfile.TemporaryDirectory(dir=folder) as room:
            found += _printed(measure("large", large, Path(room), plan))
    goals = verdict(found)
    print_verdict(goals)
    return all(goal.met is not False for goal in goals)


def _printed(measured: Iterator[Measured]) -> list[Measured]:
    kept = []
    for one in measured:
        print_table(one)
        kept.append(one)
    return kept


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 3 without a release."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", type=Path, help="by default the current one of REFORM_HOME")
    parser.add_argument("--folder", type=Path, help="for the enlarged marts; kept. By default a temporary one")
    parser.add_argument("--short", action="store_true", help="a minute instead of an hour")
    parser.add_argument("--readers", type=int, nargs="+", help="by default 1 4 16")
    parser.add_argument("--seconds", type=float, help="of every turn; by default 20")
    parser.add_argument("--marts", nargs="+", choices=("bundled", "large"), default=("bundled", "large"))
    parser.add_argument("--queries", nargs="+", choices=[query.name for query in QUERIES], help="by default all ten")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="settings of DuckDB's readers")
    given = parser.parse_args(arguments)
    release = (given.release or current_release(Home.from_environment()) or Path()).resolve()
    if not (release / "warehouse.duckdb").exists():
        print("needs a release (`make run`)", file=sys.stderr)
        return 3
    base = SHORT if given.short else Plan()
    plan = Plan(
        tuple(given.readers or base.readers),
        given.seconds or base.seconds,
        base.scale,
        tuple(query for query in QUERIES if not given.queries or query.name in given.queries),
        chosen=dict(setting.split("=", 1) for setting in given.set),
    )
    with ExitStack() as stack:
        folder = given.folder or Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="reform-bench-", dir=os.environ.get("REFORM_BENCH_DIR"))
            )
        )
        run(release, folder.resolve(), plan, given.marts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
