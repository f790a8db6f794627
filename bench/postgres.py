"""How long a release takes into PostgreSQL: the bundled marts (goal 10 s), and enlarged to 5 million rows (goal 60 s).

    make bench BENCH=postgres                         the current release of REFORM_HOME
    .venv/bin/python -m bench.postgres --rows 1000000 --release var/releases/…

Every mart with units is enlarged by more units, so that each table keeps its share, its width and its texts. The
server is the distribution's, on the same machine, as it comes and with the two settings docs/serving/recipes.md names;
a server of its own for each. Wall seconds are those of the load and switch; CPU seconds are ours and, apart, those of
all processes of the server, its creation included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from bench.postgresql_server import is_installed, running_server
from warehouse.home import Home
from warehouse.postgresql.address import parse_address
from warehouse.postgresql.serve import serve_release
from warehouse.release_list import current_release
from warehouse.release_tables import name
from warehouse.table_shapes import KEYS_FILE, read_keys

#: What a server of some gigabytes is given: it need not write everything twice.
SETTINGS = ("shared_buffers=1GB", "max_wal_size=8GB")


def enlarge(release: Path, target: Path, rows: int) -> Path:
    """A folder like a release with about `rows` rows, made of the marts of `release`; returns it."""
    target.mkdir(parents=True)
    for file in ("manifest.json", KEYS_FILE):
        shutil.copy(release / file, target)
    keys = read_keys(release)
    with duckdb.connect(str(target / "warehouse.duckdb")) as connection:
        connection.execute("attach ? as small (read_only)", [str(release / "warehouse.duckdb")])
        connection.execute("create schema marts")
        listed = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'small' order by table_name"
        ).fetchall()
        tables = [str(row[0]) for row in listed]
        columns = {
            table: [str(row[0]) for row in connection.execute(f"describe small.marts.{name(table)}").fetchall()]
            for table in tables
        }
        counts = {
            table: connection.execute(f"select count(*) from small.marts.{name(table)}").fetchall()[0][0]
            for table in tables
        }
        growing = {table for table in tables if "unit_code" in columns[table]}
        fixed = sum(counts[table] for table in tables if table not in growing)
        times = max(1, round((rows - fixed) / sum(counts[table] for table in growing)))
        for table in tables:
            copies = times if table in growing else 1
            key = keys[table].key if table in keys else ()
            # Another unit makes another row; where the key names no unit, another of what it begins with does.
            changed = {"unit_code", *(key[:1] if "unit_code" not in key else ())} if copies > 1 else set()
            values = ", ".join(
                f"{name(column)} || case when copy = 0 then '' else '_' || copy end as {name(column)}"
                if column in changed
                else name(column)
                for column in columns[table]
            )
            # Marts stand in the order of their key, so the enlarged ones do.
            order = ", ".join(name(column) for column in key) or "all"
            connection.execute(
                f"create table marts.{name(table)} as select {values} from small.marts.{name(table)} "
                f"cross join (select unnest(range({copies})) as copy) order by {order}"
            )
    return target


def measure(release: Path, *settings: str) -> dict[str, float | int]:
    """Load `release` into a new server with `settings`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with running_server(*settings) as server:
        started, spent = time.perf_counter(), time.process_time()
        report = serve_release(release, parse_address(server.url()))
        ours, wall = time.process_time() - spent, time.perf_counter() - started
        size = int(server.psql(
            "select sum(pg_total_relation_size(oid)) from pg_class "
            "where relnamespace = 'marts'::regnamespace and relkind = 'r'"))  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    server_cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "tables": report.tables,
        "rows": report.rows,
        "wall_seconds": round(wall, 1),
        "our_cpu_seconds": round(ours, 1),
        "server_cpu_seconds": round(server_cpu, 1),
        "megabytes_in_server": round(size / 1e6),
    }


def main() -> int:
    """Measure both sizes and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000, help="rows of the enlarged release")
    parser.add_argument("--release", type=Path, help="by default the current one of REFORM_HOME")
    arguments = parser.parse_args()
    release = arguments.release or current_release(Home.from_environment())
    if not is_installed() or release is None:
        print("needs the Debian package postgresql and a release (`make run`)", file=sys.stderr)
        return 3
    _print("bundled", release)
    with tempfile.TemporaryDirectory(prefix="reform-bench-", dir=os.environ.get("REFORM_BENCH_DIR")) as folder:
        large = enlarge(release, Path(folder) / "enlarged", arguments.rows)
        _print("enlarged", large)
        _print("enlarged", large, *SETTINGS)
    return 0


def _print(marts: str, release: Path, *settings: str) -> None:
    facts = {"marts": marts, "settings": settings, "load_average": round(os.getloadavg()[0], 1)}
    print(json.dumps({**facts, **measure(release, *settings)}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
