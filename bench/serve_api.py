"""What the HTTP API carries: a cached series, uncached ones, every form, and a switch of releases in mid-load.

    make bench BENCH=serve_api
    .venv/bin/python -m bench.serve_api --seconds 30

It takes the current release of REFORM_HOME, copies it twice into a home of its own (in the second every value is one
higher, so that an answer shows which release it is of) and serves that with `reform serve api`. The client shares the
machine's cores with the server; both sides' CPU seconds are printed. Goals on two cores: 1,000 requests a second of
a cached series and 200 of uncached ones, p99 under 50 ms, no error and no answer mixed of two releases over switches.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import psutil
import uvloop

from bench.serve_load import Agrees, Outcome, steady_load
from warehouse.home import Home
from warehouse.release import switch
from warehouse.release_list import current_release

CACHED_RATE, UNCACHED_RATE, MAX_P99_MS = 1_000, 200, 50.0
_PORT = 8799
_SECOND_RELEASE = "29990101T000000000000Z-00000000"
_SWITCH_SECONDS = 2.0


def two_releases(home: Home, source: Path) -> tuple[str, str]:
    """Copy `source` into `home` twice, every value of the second one higher; returns their ids."""
    home.make()
    for release_id in (source.name, _SECOND_RELEASE):
        folder = home.releases / release_id
        folder.mkdir()
        for name in ("warehouse.duckdb", "manifest.json"):
            shutil.copyfile(source / name, folder / name)
    folder = home.releases / _SECOND_RELEASE
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "release_id": _SECOND_RELEASE}), "utf-8")
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("update marts.fct_indicator_value set value = value + 1")
    switch(home, source.name)
    return source.name, _SECOND_RELEASE


def request(path: str, accept: str = "application/json") -> bytes:
    """The bytes of one GET."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n\r\n".encode()


def unlike_series(database: Path) -> Iterator[str]:
    """Addresses of series that have figures, no two alike, units and indicators at random."""
    with duckdb.connect(str(database), read_only=True) as connection:
        pairs = connection.execute(
            "select unit_code, indicator_code from (select distinct unit_code, indicator_code "
            "from marts.fct_indicator_value) order by hash(unit_code || indicator_code)"
        ).fetchall()
    return (
        f"/v1/series?unit={unit}&indicator={indicator}&limit={limit}"
        for limit in itertools.count(1000, -1)
        for unit, indicator in pairs
    )


def longest_series(database: Path) -> str:
    """The address of the series with the most years."""
    with duckdb.connect(str(database), read_only=True) as connection:
        unit, indicator = connection.execute(
            "select unit_code, indicator_code from marts.fct_indicator_value where boundary = 'published' "
            "group by 1, 2 order by count(*) desc, 1, 2 limit 1"
        ).fetchall()[0]
    return f"/v1/series?unit={unit}&indicator={indicator}"


def show(name: str, outcome: Outcome, server_cpu: float) -> None:
    """One line of the table."""
    print(
        f"{name:<52} {outcome.rate:8.0f}/s  p50 {outcome.percentile(0.5):6.2f}  p95 {outcome.percentile(0.95):6.2f}  "
        f"p99 {outcome.percentile(0.99):6.2f} ms  errors {outcome.errors}  torn {outcome.torn}  "
        f"CPU s: server {server_cpu:.1f}, client {outcome.client_cpu:.1f} of {outcome.seconds:.0f} s",
        flush=True,
    )


class Server:
    """`reform serve api` on a home, as a process of its own."""

    def __init__(self, home: Home, workers: int) -> None:
        command = [sys.executable, "-m", "cli.main", "serve", "api", "--port", str(_PORT), "--workers", str(workers)]
        environment = {**os.environ, "REFORM_HOME": str(home.root)}
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        for _ in range(300):
            try:
                httpx.get(f"http://127.0.0.1:{_PORT}/healthz").raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise SystemExit("the server did not start")

    def cpu(self) -> float:
        """CPU seconds of it and its workers so far."""
        process = psutil.Process(self._process.pid)
        times = [part.cpu_times() for part in (process, *process.children(recursive=True))]
        return float(sum(part.user + part.system for part in times))

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)


async def measured(
    server: Server,
    name: str,
    requests: Iterator[bytes],
    rate: float,
    seconds: float,
    agrees: Agrees = lambda _request, _release, _answer: True,
) -> Outcome:
    """One load, printed."""
    before = server.cpu()
    outcome = await steady_load(_PORT, requests, rate, seconds, agrees=agrees)
    show(name, outcome, server.cpu() - before)
    return outcome


async def switching(home: Home, ids: tuple[str, str]) -> None:
    """Point `current` from one to the other until cancelled."""
    for release_id in itertools.cycle(reversed(ids)):
        await asyncio.sleep(_SWITCH_SECONDS)
        await asyncio.to_thread(switch, home, release_id)


def body_of_each(home: Home, ids: tuple[str, str], path: str) -> dict[str, bytes]:
    """What each release answers to `path`, both asked while nothing else goes on."""
    bodies = {}
    for release_id in ids:
        switch(home, release_id)
        for _ in range(100):
            answer = httpx.get(f"http://127.0.0.1:{_PORT}{path}")
            if answer.headers["x-release-id"] == release_id:
                break
            time.sleep(0.05)
        bodies[release_id] = answer.content
    assert bodies[ids[0]] != bodies[ids[1]]
    return bodies


async def bench(home: Home, ids: tuple[str, str], seconds: float, workers: int) -> bool:
    """Every measurement; returns whether the goals were met."""
    database = home.releases / ids[0] / "warehouse.duckdb"
    series = unlike_series(database)
    cached = longest_series(database)
    server = Server(home, workers)
    try:
        bodies = body_of_each(home, ids, cached)
        again = itertools.repeat(request(cached))
        print(f"the cached series: {cached}, {len(bodies[ids[0]])} bytes; milliseconds from when a request was due")
        known = await measured(server, f"cached, {CACHED_RATE}/s", again, CACHED_RATE, seconds)
        await measured(server, "cached, as fast as it goes", again, float("inf"), seconds / 2)
        fresh = (request(path) for path in series)
        unlike = await measured(server, f"uncached, {UNCACHED_RATE}/s", fresh, UNCACHED_RATE, seconds)
        await measured(server, "uncached, as fast as it goes", fresh, float("inf"), seconds / 2)
        for form in ("text/csv", "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream"):
            others = (request(path, form) for path in series)
            await measured(server, f"uncached, {form}, 50/s", others, 50, seconds / 3)
        both = (request(cached) if number % 6 else request(next(series)) for number in itertools.count())

        def agrees(asked: bytes, release_id: str, answer: bytes) -> bool:
            body = answer.partition(b"\r\n\r\n")[2]
            if asked == request(cached):
                return body == bodies[release_id]
            return body.startswith(b'{"release_id":"' + release_id.encode())

        changing = asyncio.create_task(switching(home, ids))
        mixed = await measured(
            server, f"both, 600/s, a switch every {_SWITCH_SECONDS:g} s", both, 600, max(seconds, 20), agrees
        )
        changing.cancel()
        print(f"  answers by release: {dict(mixed.releases)}")
    finally:
        server.stop()
    return all(
        (
            known.errors + unlike.errors + mixed.errors + mixed.torn == 0,
            known.rate > CACHED_RATE * 0.99,
            unlike.rate > UNCACHED_RATE * 0.99,
            max(part.percentile(0.99) for part in (known, unlike, mixed)) < MAX_P99_MS,
        )
    )


def main() -> None:
    """Measure, and end with 1 when a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each load")
    parser.add_argument("--workers", type=int, default=1, help="processes of the server")
    arguments = parser.parse_args()
    source = current_release(Home.from_environment())
    if source is None:
        raise SystemExit("no release to serve: `reform run` makes one")
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        ids = two_releases(home, source)
        met = uvloop.run(bench(home, ids, arguments.seconds, arguments.workers))
    print("every goal met" if met else "a goal was missed")
    sys.exit(not met)


if __name__ == "__main__":
    main()
