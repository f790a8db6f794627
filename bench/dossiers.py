"""What loading dossiers costs: ours beside DuckDB alone, dlt, polars and pandas.

    make bench BENCH=dossiers                           20 million rows in 12 files, some twenty minutes, 30 GB of disk
    .venv/bin/python -m bench.dossiers --rows 200000

Ours archives, reads, judges by rules and Great Expectations, keeps bad cells aside and merges the later state of each
dossier into the lake; the others only type the cells and write Parquet (bench/dossier_loads.py). DuckDB alone loads
text and then tries the types, which is the fair yardstick; in one statement, without the table of text, is shown too.
Each load is a process of its own; peak memory is what the operating system says. The files are three units' exports of
four months. dlt, polars, pandas and the one statement load a quarter of the files: their cost is a
rate.
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
from datetime import date
from pathlib import Path
from typing import Any

from bench.dossier_loads import LOADS, environment_of_dlt

MAX_RATIO, MIN_TIMES_DLT, MAX_GB, MAX_AGAIN_S = 1.6, 2.0, 1.0, 2.0
#: Memory is flat when four times the rows take at most so many times the memory.
MAX_GROWTH = 1.15
_UNITS = (("Tỉnh Lào Cai", 2), ("Thành phố Hà Nội", 1), ("Thành phố Hồ Chí Minh", 79))
#: Rows of an export beside its own month's: earlier dossiers in a later state, and dossiers printed twice.
_ROWS_PER_DOSSIER = 1.142


def make_files(folder: Path, rows: int) -> list[tuple[Path, int]]:
    """Twelve exports with `rows` rows together, the first month's first."""
    from bench.dossier_exports import Export, write_export  # DuckDB, which dlt's environment has not

    per_month = round(rows / 12 / _ROWS_PER_DOSSIER)
    made = []
    for month in (6, 7, 8, 9):
        for name, number in _UNITS:
            path = folder / f"export_{number}_2025-{month:02}_synthetic.csv"
            made.append((path, write_export(path, Export(name, number, date(2025, month, 1), per_month))))
    return made


def child(which: str, files: list[Path], out: Path) -> None:
    """Run one load and print what it cost."""
    started = time.monotonic()
    LOADS[which](files, out)
    print(json.dumps(_cost(time.monotonic() - started)))


def _cost(seconds: float) -> dict[str, float]:
    own, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cpu_s": own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime,
        "peak_gb": max(own.ru_maxrss, below.ru_maxrss) * 1024 / 1e9,
        "wall_s": seconds,
    }


def run(which: str, files: list[tuple[Path, int]], out: Path, python: Path | None = None) -> dict[str, Any]:
    """One load in a process of its own, into the fresh folder `out`."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    names = [str(path) for path, _ in files]
    command = [str(python or sys.executable), "-m", "bench.dossiers", "--child", which, "--out", str(out), *names]
    from bench.dossier_loads import _meanings

    environment = {**os.environ, "BENCH_WORDS": json.dumps(_meanings()), "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["it was killed"])[-1][:200]}
    found: dict[str, Any] = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
    found["rows"] = sum(rows for _, rows in files)
    print(f"  {which}, {len(files)} files: {found['cpu_s']:.1f} CPU s, {found['peak_gb']:.2f} GB", file=sys.stderr)
    return found


def again(out: Path, file: Path) -> float:
    """Seconds to ingest a month a second time: land, archive, load, measure."""
    script = (
        "import time; from pathlib import Path; from ingestion.dossiers import steps; "
        "from ingestion.steps import land_files; from warehouse.home import Home; "
        f"home = Home(Path({str(out)!r})); started = time.monotonic(); "
        f"land_files(home, 'dossiers', [Path({str(file)!r})]); steps.archive_exports(home); "
        "report = steps.load_exports(home); assert not report['loaded']; print(time.monotonic() - started)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[0])


def measure(folder: Path, rows: int) -> tuple[dict[str, dict[str, Any]], float]:
    """Every load, ours and DuckDB's on all files and on a quarter of them, the others' on a quarter."""
    files = make_files(folder, rows)
    quarter = files[:3]
    found: dict[str, dict[str, Any]] = {}
    out = folder / "out"
    found["ours, a quarter"] = run("ours", quarter, out)
    found["ours"] = run("ours", files, out)
    seconds = again(out, files[-1][0]) if "failed" not in found["ours"] else float("inf")
    found["duckdb"] = run("duckdb", files, out)
    for which in ("duckdb", "duckdb_stream", "polars", "pandas"):
        found[f"{which}, a quarter"] = run(which, quarter, out)
    try:
        python = environment_of_dlt(folder)
        for which in ("dlt", "dlt_merge"):
            found[f"{which}, a quarter"] = run(which, quarter, out, python)
    except RuntimeError as error:
        found["dlt, a quarter"] = {"failed": f"not installed: {error}"}
    return found, seconds


def report(found: dict[str, dict[str, Any]], again_s: float) -> bool:
    """Print the figures; whether every goal that could be measured is met."""
    print(f"{'load':26}{'rows':>12}{'CPU s':>9}{'wall s':>9}{'rows/CPU s':>12}{'peak GB':>9}")
    for name, one in found.items():
        if "failed" in one:
            print(f"{name:26}{one['failed']}")
            continue
        rate = one["rows"] / one["cpu_s"]
        print(
            f"{name:26}{one['rows']:>12,}{one['cpu_s']:>9.1f}{one['wall_s']:>9.1f}{rate:>12,.0f}{one['peak_gb']:>9.2f}"
        )
    goals = _goals(found, again_s)
    for name, is_met in goals.items():
        print(f"{'met    ' if is_met else 'not met'}  {name}")
    return all(goals.values())


def _goals(found: dict[str, dict[str, Any]], again_s: float) -> dict[str, bool]:
    ours = found["ours"]
    if "failed" in ours:
        return {"our load ran": False}
    per_row = {name: one["cpu_s"] / one["rows"] for name, one in found.items() if "failed" not in one}
    growth = ours["peak_gb"] / found["ours, a quarter"]["peak_gb"]
    goals = {
        f"ours {per_row['ours'] / per_row['duckdb']:.2f} x DuckDB alone (text, then try_cast), at most {MAX_RATIO}":
            per_row["ours"] / per_row["duckdb"] <= MAX_RATIO,
        f"peak {ours['peak_gb']:.2f} GB, under {MAX_GB}": ours["peak_gb"] < MAX_GB,
        f"peak {growth:.2f} x that of a quarter of the rows, at most {MAX_GROWTH}": growth <= MAX_GROWTH,
        f"a month again in {again_s:.2f} s, under {MAX_AGAIN_S}": again_s < MAX_AGAIN_S,
    }  # fmt: skip
    for name, what in (("dlt, a quarter", "appending"), ("dlt_merge, a quarter", "merging by code as ours does")):
        if name in per_row:
            times = per_row[name] / per_row["ours"]
            goals[f"ours {times:.2f} x as fast as dlt {what}, at least {MIN_TIMES_DLT}"] = times >= MIN_TIMES_DLT
    return goals


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--child", choices=tuple(LOADS), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.files, options.out)
        return 0
    with tempfile.TemporaryDirectory(prefix="dossiers_") as folder:
        return 0 if report(*measure(Path(folder), options.rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
