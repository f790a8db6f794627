"""A publish into PostgreSQL that is killed, at whatever moment, changes nothing and leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.serving.conftest import Database
from tests.serving.releases import make_release
from tests.warehouse.marts import Figure
from warehouse.home import PROJECT_ROOT, Home
from warehouse.postgresql.serve import serve_release
from warehouse.postgresql.session import session

_PUBLISH = (
    "import sys; from pathlib import Path; from warehouse.postgresql.address import parse_address; "
    "from warehouse.postgresql.serve import serve_release; print('begun', flush=True); "
    "serve_release(Path(sys.argv[1]), parse_address(sys.argv[2]))"
)


def publish_in_a_process(release: Path, database: Database) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", _PUBLISH, str(release), database.url], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def state(database: Database) -> str:
    """Every schema of ours with its tables and their rows, as the server has them."""
    tables = database.psql(
        "select schemaname || '.' || tablename from pg_tables where schemaname like 'marts%' order by 1"
    ).split()
    counts = " union all ".join(f"select '{table}', count(*) from {table}" for table in tables)
    comment = database.psql("select obj_description('marts'::regnamespace)")
    value = database.psql("select min(value) from marts.fct_indicator_value")
    return f"{comment}\n{value}\n{database.psql(counts)}"


def wait_until_quiet(database: Database) -> None:
    """Until the server has noticed that its client is gone and has undone what it did."""
    query = "select count(*) from pg_stat_activity where application_name = 'reform-publish'"
    until = time.monotonic() + 20
    while database.psql(query) != "0":
        assert time.monotonic() < until, "the server still holds the killed publisher's transaction"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small release, and a larger one that takes long enough to be killed in."""
    home = Home(tmp_path_factory.mktemp("killed") / "home")
    home.make()
    small = make_release(home, Figure(value=1.0))
    units = {f"unit_{number}": f"Đơn vị {number}" for number in range(100)}
    many = [Figure(unit_code=unit, data_year=year, value=2.0) for unit in units for year in range(2000, 2020)]
    return small, make_release(home, *many, units=units)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95])
def test_a_kill_at_any_moment_leaves_one_release_whole_and_nothing_else(
    releases: tuple[Path, Path], database: Database, share: float
) -> None:
    old, new = releases
    started = time.monotonic()
    serve_release(new, database.address)
    whole = time.monotonic() - started
    after = state(database)
    serve_release(old, database.address, keep=0)
    before = state(database)
    process = publish_in_a_process(new, database)
    time.sleep(whole * share)
    process.kill()
    process.wait()
    wait_until_quiet(database)
    # Near the end the switch may have been made; then it was made whole, and the old one is kept beside it.
    assert state(database) == before or (share > 0.5 and state(database).startswith(after))
    assert serve_release(new, database.address).outcome in {"served", "unchanged"}
    assert database.psql("select count(*) from marts.fct_indicator_value") == "2000"


def test_a_kill_within_the_switch_leaves_the_old_release(releases: tuple[Path, Path], database: Database) -> None:
    old, new = releases
    serve_release(old, database.address)
    before = state(database)
    with session(database.address) as holding:
        # Who renames the schema first makes the publisher wait in the middle of its switch.
        holding.run("alter schema marts rename to marts_held")
        process = publish_in_a_process(new, database)
        waiting = "select count(*) from pg_stat_activity where application_name = 'reform-publish' "
        until = time.monotonic() + 20
        while database.psql(waiting + "and wait_event_type = 'Lock' and query like 'alter schema%'") != "1":
            assert time.monotonic() < until, "the publisher did not come to its switch"
        process.kill()
        process.wait()
        holding.rollback()
    wait_until_quiet(database)
    assert state(database) == before
    assert serve_release(new, database.address).outcome == "served"
