"""Reader processes of the bench of dashboards: each holds a connection to either engine and asks what it is told to.

A reader of DuckDB is what a BI tool is: a process that keeps the release behind `current` open, read-only, and opens
the next one when `current` has moved. What that takes belongs to the question that met it. A reader of PostgreSQL keeps
a connection of psycopg2, the driver Superset uses.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
import psycopg2

from bench.serve_queries import Query

DUCKDB, POSTGRESQL = "duckdb", "postgresql"


@dataclass(frozen=True)
class Asked:
    """What readers ask: the questions, and the parameters each is asked with."""

    queries: tuple[Query, ...]
    parameters: dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Engines:
    """Where readers read: a home with `current`, and a server or None; `settings` are DuckDB's, by name."""

    home: Path
    settings: dict[str, str]
    server: str | None = None


@dataclass
class Answers:
    """Seconds of every answer by question, what went wrong, releases opened, CPU seconds of the readers' processes."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    releases: int = 0
    cpu_seconds: float = 0.0

    def add(self, other: Answers) -> None:
        """Put the answers another reader got to these."""
        for query, seconds in other.seconds.items():
            self.seconds.setdefault(query, []).extend(seconds)
        self.errors += other.errors
        self.releases = max(self.releases, other.releases)
        self.cpu_seconds += other.cpu_seconds


class ReleaseReader:
    """A connection to the release behind `current` that follows it."""

    def __init__(self, engines: Engines) -> None:
        self._current = engines.home / "current"
        self._settings = engines.settings
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._opened: Path | None = None
        self.releases = 0

    def ask(self, query: Query, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of `query`, of the release that is current now."""
        rows: list[tuple[Any, ...]] = self._following().execute(query.sql, parameters or None).fetchall()
        return rows

    def _following(self) -> duckdb.DuckDBPyConnection:
        now = self._current.readlink()
        if self._connection is None or now != self._opened:
            self.close()
            path = self._current.parent / now / "warehouse.duckdb"
            self._connection = duckdb.connect(str(path), read_only=True)
            for setting, value in self._settings.items():
                self._connection.execute(f"set {setting} = '{value}'")
            self._opened = now
            self.releases += 1
        return self._connection

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()


class ServerReader:
    """A connection to the server."""

    releases = 1

    def __init__(self, url: str) -> None:
        self._connection = psycopg2.connect(url)
        self._connection.autocommit = True
        self._texts: dict[str, str] = {}

    def ask(self, query: Query, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of `query`."""
        text = self._texts.setdefault(query.name, query.for_postgresql())
        with self._connection.cursor() as cursor:
            cursor.execute(text, parameters)
            return list(cursor.fetchall())

    def close(self) -> None:
        """Log out."""
        self._connection.close()


def readers_of(engines: Engines) -> dict[str, ReleaseReader | ServerReader]:
    """A connection to each engine there is."""
    found: dict[str, ReleaseReader | ServerReader] = {DUCKDB: ReleaseReader(engines)}
    if engines.server:
        found[POSTGRESQL] = ServerReader(engines.server)
    return found


def _ask_for(reader: ReleaseReader | ServerReader, asked: Asked, seconds: float, chance: random.Random) -> Answers:
    """Ask at random until `seconds` are over."""
    answers = Answers({query.name: [] for query in asked.queries})
    until, spent = time.perf_counter() + seconds, time.process_time()
    while time.perf_counter() < until:
        query = chance.choice(asked.queries)
        parameters = chance.choice(asked.parameters[query.name])
        started = time.perf_counter()
        try:
            reader.ask(query, parameters)
        except (duckdb.Error, psycopg2.Error, OSError) as error:
            answers.errors.append(f"{query.name}: {type(error).__name__}: {error}"[:200])
            continue
        answers.seconds[query.name].append(time.perf_counter() - started)
    answers.releases, answers.cpu_seconds = reader.releases, time.process_time() - spent
    return answers


def _be_reader(engines: Engines, asked: Asked, seed: int, told: Connection) -> None:
    readers = readers_of(engines)
    chance = random.Random(seed)
    while (order := told.recv()) is not None:
        engine, seconds = order
        told.send(_ask_for(readers[engine], asked, seconds, chance))
    for reader in readers.values():
        reader.close()


class Crowd:
    """Some readers, who all ask at the same time."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def ask(self, engine: str, seconds: float) -> Answers:
        """Have every reader ask `engine` for `seconds`; what they got together."""
        for pipe in self._pipes:
            pipe.send((engine, seconds))
        together = Answers()
        for pipe in self._pipes:
            together.add(pipe.recv())
        return together


@contextmanager
def crowd(readers: int, engines: Engines, asked: Asked) -> Iterator[Crowd]:
    """`readers` processes, gone when the block ends."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for seed in range(readers):
        ours, theirs = context.Pipe()
        process = context.Process(target=_be_reader, args=(engines, asked, seed, theirs), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    try:
        yield Crowd(pipes)
        for pipe in pipes:
            pipe.send(None)
        for process in processes:
            process.join(timeout=30)
    finally:
        for process in processes:
            process.terminate()
