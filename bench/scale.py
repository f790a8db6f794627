"""How the marts of the lake grow: dossiers as lake Parquet -> marts, on DuckDB and on Spark.

    make bench BENCH=scale                                       1, 5, 20 and 100 million dossiers: an hour, 20 GB
    .venv/bin/python -m bench.scale --sizes 1 5 --spark 1

The dossiers are made in place (bench/lake_rows.py: all 34 provinces, 12 months, a file a province and month) and
deleted after. A job is what `reform build` does for the lake: find stale months, one `dbt build` of what reads the
lake, its tests included. dbt's own start is in the figures and shown alone (an empty lake), so that cost per row can
be told without it. Each job is a process of its own; CPU and peak memory are what the operating system says. DuckDB's
limit is REFORM_BUILD_MEMORY (by default 3.5 GB, so that the process stays below 4). The increment: three times a month
more, with the month before it changed, after 12 and after 120 months by turns; their medians are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median

from bench.lake_rows import bytes_below, fill_lake, months, provinces
from warehouse.home import Home

MAX_GROWTH, MAX_HISTORY, MAX_GB = 1.3, 1.2, 4.0
_FIRST = date(2025, 1, 1)


@dataclass(frozen=True)
class Cost:
    """What one job cost; `bytes` lie on disk: the lake, and the build database after it."""

    cpu_s: float
    wall_s: float
    peak_gb: float
    lake_gb: float
    database_gb: float


def prepare(home: Home) -> None:
    """A build database with the reference tables."""
    from warehouse.connection import writer
    from warehouse.raw_schema import ensure_raw_schema
    from warehouse.reference import load_reference

    home.make()
    with writer(home) as connection:
        ensure_raw_schema(connection)
        load_reference(connection)


def base_of(folder: Path) -> Home:
    """A home in which everything but the lake was built, to be copied."""
    home = Home(folder / "base")
    prepare(home)
    run(home, "first")
    return home


def copy_of(base: Home, name: str) -> Home:
    """A copy of it."""
    home = Home(base.root.parent / name)
    shutil.copytree(base.root, home.root)
    return home


def build(home: Home, *, everything: bool = False) -> None:
    """What a build does for the lake; `everything`: also what its marts join, once."""
    from ingestion.dossiers.steps import measure_exports
    from warehouse.build import run_dbt
    from warehouse.lake_months import lake_to_read

    measure_exports(home)
    selected = ("+metric_portal_agreement", "+dim_unit", "+dim_indicator") if everything else (
        "stg_dossier+", "stg_dossier_stale_month+",
    )  # fmt: skip
    which = ("--indirect-selection", "cautious", "--select", *selected)
    with lake_to_read(home):
        run_dbt(home, "build", "--exclude-resource-type", "unit_test", *which)


def on_spark(home: Home) -> dict[str, float]:
    """The same on Spark, which says itself what its two processes cost."""
    from warehouse.spark_build import build_on_spark

    report = build_on_spark(home, memory="3g")
    return {"cpu_s": report.cpu_seconds, "peak_gb": report.peak_bytes / 1e9}


def child(home: Home, which: str) -> None:
    """Run one job and print what it cost."""
    started = time.monotonic()
    spent = on_spark(home) if which == "spark" else None
    if spent is None:
        build(home, everything=which == "first")
    own, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime
    cost = Cost(
        cpu_s=cpu + (spent["cpu_s"] if spent else 0),
        wall_s=time.monotonic() - started,
        peak_gb=max(own.ru_maxrss * 1024 / 1e9, spent["peak_gb"] if spent else 0),
        lake_gb=bytes_below(home.lake) / 1e9,
        database_gb=home.build_database.stat().st_size / 1e9,
    )
    print(json.dumps(asdict(cost)))


def run(home: Home, which: str = "duckdb") -> Cost:
    """One job in a process of its own."""
    command = [sys.executable, "-m", "bench.scale", "--child", which, str(home.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": "."})
    if done.returncode:
        raise SystemExit(f"{which} failed: {(done.stdout + done.stderr).strip()[-1500:]}")
    return Cost(**json.loads(next(line for line in done.stdout.splitlines() if line.startswith('{"cpu_s"'))))


def show(what: str, rows: int, cost: Cost, fixed: Cost | None) -> float:
    """Print one line; returns CPU microseconds a row without dbt's own."""
    net = (cost.cpu_s - (fixed.cpu_s if fixed else 0)) / rows * 1e6 if rows else 0.0
    print(
        f"{what:34}{rows:>13,}{cost.cpu_s:>9.1f}{cost.wall_s:>9.1f}{net:>10.2f}{cost.peak_gb:>9.2f}"
        f"{cost.lake_gb:>9.2f}{cost.database_gb:>9.2f}",
        flush=True,
    )
    return net


def growth(base: Home, sizes: list[float], spark: list[float]) -> dict[str, bool]:
    """The job at each size, in millions of rows."""
    units, year = provinces(34), list(months(_FIRST, 12))
    fixed = run(base)
    show("empty lake: dbt alone", 0, fixed, None)
    per_row, peak = {}, fixed.peak_gb
    for size in sizes:
        home = copy_of(base, f"m{size}")
        rows = fill_lake(home, units, year, int(size * 1e6))
        cost = run(home)
        per_row[size] = show("DuckDB, all months", rows, cost, fixed)
        peak = max(peak, cost.peak_gb)
        if size in spark:
            show("Spark local[2], all months", rows, run(home, "spark"), None)
        shutil.rmtree(home.root)
    goals = {f"peak {peak:.2f} GB, at most {MAX_GB}": peak <= MAX_GB}
    compared = [size for size in sizes if size >= 5]
    if len(compared) > 1:
        times = per_row[compared[-1]] / per_row[compared[0]]
        goals[f"a row of {compared[-1]:g} million costs {times:.2f} x one of {compared[0]:g}, at most {MAX_GROWTH}"] = (
            times <= MAX_GROWTH
        )
    return goals


def increment(base: Home, per_month: int, histories: tuple[int, int] = (12, 120), rounds: int = 3) -> dict[str, bool]:
    """A month more after a short and a long history, `per_month` dossiers each, `rounds` times by turns."""
    units, homes = provinces(10), {}
    start = date(2015, 1, 1)
    for history in histories:
        homes[history] = copy_of(base, f"history{history}")
        fill_lake(homes[history], units, list(months(start, history)), per_month * history)
        show(f"DuckDB, {history} months", per_month * history, run(homes[history]), None)
    costs: dict[int, list[float]] = {history: [] for history in histories}
    for more in range(1, rounds + 1):
        for history, home in homes.items():
            # The month before is written again with what was returned since, as the load of an export does.
            fill_lake(home, units, list(months(start, history + more))[-2:], per_month * 2)
            cost = run(home)
            costs[history].append(cost.cpu_s)
            show(f"DuckDB, month {more} more after {history}", per_month * 2, cost, None)
    for home in homes.values():
        shutil.rmtree(home.root)
    short, long = (median(costs[history]) for history in histories)
    return {
        f"a month after {histories[1]} costs {long / short:.2f} x one after {histories[0]}, at most {MAX_HISTORY}": (
            long / short <= MAX_HISTORY
        )
    }


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="*", type=float, default=[1, 5, 20, 100], help="millions of dossiers")
    parser.add_argument("--spark", nargs="*", type=float, default=[1, 5], help="of these sizes on Spark too")
    parser.add_argument("--per-month", type=int, default=400_000, help="dossiers a month of the increment; 0: none")
    parser.add_argument("--folder", type=Path, help="where the dossiers are made (20 GB)")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(Home(Path(options.child[1])), options.child[0])
        return 0
    print(f"{'job':34}{'rows':>13}{'CPU s':>9}{'wall s':>9}{'us/row':>10}{'peak GB':>9}{'lake GB':>9}{'db GB':>9}")
    with tempfile.TemporaryDirectory(prefix="scale_", dir=options.folder) as made:
        base = base_of(Path(made))
        goals = growth(base, options.sizes, options.spark) if options.sizes else {}
        if options.per_month:
            goals |= increment(base, options.per_month)
    for name, is_met in goals.items():
        print(f"{'met    ' if is_met else 'not met'}  {name}")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
