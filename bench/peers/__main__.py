"""The same raw-to-marts job in other tools: exports of dossiers (CSV) to a monthly mart, answers compared with ours.

    make bench BENCH=peers                                       a million rows, some three CPU minutes
    .venv/bin/python -m bench.peers --rows-per-export 400000

Given are the exports of three units and four months, a table of units and a calendar with working minutes. Wanted is,
for each unit and month of which an export came: dossiers filed, filed online end to end, returned, on time, late (by
working time, as docs/dossiers.md defines it), the median of working minutes, backlog, ratings and their sum; of two
states of a dossier the later counts. Each tool runs in an environment of its own with the versions below. A tool that
gives other numbers is named so. CPU seconds and peak memory are what the operating system says of the processes of a
tool (the peak of the largest); lines are those of code and SQL a user wrote, without blank ones and comments.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bench.tool_environment import tool_environment

HERE = Path(__file__).resolve().parent
_UNITS = (("Tỉnh Lào Cai", 2), ("Thành phố Hà Nội", 1), ("Thành phố Hồ Chí Minh", 79))
#: Before the mergers of July 2025: no peer was asked to follow a unit through them.
_MONTHS = tuple(date(2024, month, 1) for month in (3, 4, 5, 6))
#: The columns of the mart, as ours names them.
COLUMNS = ("unit_code", "data_month", "dossiers", "online_end_to_end", "returned", "returned_on_time", "returned_late",
           "median_working_minutes", "backlog", "ratings", "rating_sum")  # fmt: skip


@dataclass(frozen=True)
class Peer:
    """A tool: what to install, what was written (a file, or a project's folder, of bench/peers), and what to run.

    `table`: the mart's name in the database; None: it is the file dossier_month.csv.
    """

    name: str
    requirements: tuple[str, ...]
    code: str
    commands: tuple[tuple[str, ...], ...]
    table: str | None = None


PEERS = (
    Peer("pandas", ("pandas==3.1.1",), "pandas_job.py", (("{bin}/python", "{code}", "{data}", "{out}"),)),
    Peer("polars", ("polars==2.1.0",), "polars_job.py", (("{bin}/python", "{code}", "{data}", "{out}"),)),
    Peer(
        "dlt + dbt", ("dlt[duckdb,parquet]==1.31.0", "dbt-core==1.11.16", "dbt-duckdb==1.11.1", "duckdb==2.0.0"),
        "dlt_dbt", (("{bin}/python", "load.py", "{data}", "{out}"), ("{bin}/dbt", "build", "--no-use-colors")),
        table="main.dossier_month",
    ),
    Peer(
        "SQLMesh", ("sqlmesh==0.236.4", "duckdb==1.5.6"),
        "sqlmesh", (("{bin}/sqlmesh", "plan", "--auto-apply", "--no-prompts"),),
        table="dossiers.dossier_month",
    ),
)  # fmt: skip


@dataclass
class Cost:
    """What a tool's processes took; `answer` is its mart by unit and month."""

    cpu_s: float = 0
    peak_mb: float = 0
    wall_s: float = 0
    lines: int = 0
    failed: str = ""
    answer: dict[tuple[str, ...], tuple[int, ...]] = field(default_factory=dict)


def make_data(folder: Path, rows_per_export: int) -> int:
    """The exports, the units and the calendar; returns the rows of all exports."""
    from bench.dossier_exports import Export, write_export
    from ingestion.dossiers.units import UnitsOnDays
    from ingestion.dossiers.working_time import calendar

    (folder / "exports").mkdir(parents=True)
    rows = 0
    for month in _MONTHS:
        for name, number in _UNITS:
            path = folder / "exports" / f"export_{number}_{month:%Y-%m}_synthetic.csv"
            rows += write_export(path, Export(name, number, month, round(rows_per_export / 1.142)))
    units = UnitsOnDays.from_reference()
    with (folder / "unit.csv").open("w", encoding="utf-8", newline="") as writing:
        codes = [(name, units.code(name, units.period_of(_MONTHS[0]))) for name, _ in _UNITS]
        csv.writer(writing).writerows([("unit_name", "unit_code"), *codes])
    with (folder / "calendar.csv").open("w", encoding="utf-8", newline="") as writing:
        writer = csv.writer(writing)
        writer.writerow(("day", "is_working_day", "minutes_before", "due_until"))
        for day in calendar():
            writer.writerow((day.day, str(day.is_working_day).lower(), day.minutes_before, day.due_until))
    return rows


def run_peer(peer: Peer, folder: Path, data: Path) -> Cost:
    """The job in one tool, in a fresh folder."""
    cost = Cost(lines=user_lines(HERE / peer.code))
    try:
        python = tool_environment(folder / "environments", peer.code.removesuffix(".py"), peer.requirements)
    except RuntimeError as error:
        cost.failed = f"not installed: {error}"
        return cost
    out = folder / "out" / peer.code.removesuffix(".py")
    out.mkdir(parents=True)
    code, home = HERE / peer.code, out
    if code.is_dir():
        code = home = Path(shutil.copytree(code, out / "project"))
        (home / "data").symlink_to(data)
    database = out / "peer.duckdb"
    given = {"bin": str(python.parent), "code": str(code), "data": str(data), "out": str(out)}
    for command in peer.commands:
        _run([part.format(**given) for part in command], home, {"PEER_DATABASE": str(database)}, cost)
        if cost.failed:
            return cost
    cost.answer = _answer(python, database, peer.table) if peer.table else _read_csv(out / "dossier_month.csv")
    return cost


def run_ours(folder: Path, data: Path) -> Cost:
    """Archive, read, judge, merge, measure: what `reform ingest dossiers` does; the lines are the product's own."""
    cost = Cost(lines=0)
    _run([sys.executable, "-m", "bench.peers", "--ours", str(data), str(folder / "home")], Path.cwd(), {}, cost)
    if not cost.failed:
        listed = ", ".join(name for name in COLUMNS)
        table = f"(select {listed} from raw.dossier_month where breakdown = 'unit')"
        cost.answer = _answer(Path(sys.executable), folder / "home" / "build" / "warehouse.duckdb", table)
    return cost


def ours(data: Path, root: Path) -> None:
    """Our job, in the process that is measured."""
    from ingestion.dossiers import steps
    from ingestion.steps import land_files
    from warehouse.home import Home

    home = Home(root)
    home.make()
    land_files(home, "dossiers", sorted((data / "exports").glob("*.csv")))
    steps.archive_exports(home)
    report = steps.load_exports(home)
    if report["refused"]:
        raise RuntimeError(report["refused"][0])
    steps.measure_exports(home)


def _run(command: list[str], folder: Path, environment: dict[str, str], cost: Cost) -> None:
    """Run `command`, adding to `cost` what the operating system says it took."""
    told = {"DO_NOT_TRACK": "1", "RUNTIME__DLTHUB_TELEMETRY": "false", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    log = folder / "log.txt"
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as writing:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **told, **environment}, stdout=writing, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    cost.wall_s += time.monotonic() - started
    cost.cpu_s += used.ru_utime + used.ru_stime
    cost.peak_mb = max(cost.peak_mb, used.ru_maxrss * 1024 / 1e6)
    text = log.read_text("utf-8")
    log.unlink()
    if process.returncode:
        cost.failed = " / ".join(text.strip().splitlines()[-6:])[-700:]


def _answer(python: Path, database: Path, table: str) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The mart in `database`, read by the DuckDB that wrote it."""
    target = database.with_suffix(".csv")
    script = "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=True).execute("
    script += "f\"copy (from {sys.argv[2]}) to '{sys.argv[3]}' (header)\")"
    subprocess.run([str(python), "-c", script, str(database), table, str(target)], check=True)
    return _read_csv(target)


def _read_csv(path: Path) -> dict[tuple[str, ...], tuple[int, ...]]:
    with path.open(encoding="utf-8", newline="") as reading:
        return {
            (row["unit_code"], row["data_month"][:10]): tuple(round(float(row[name] or -1)) for name in COLUMNS[2:])
            for row in csv.DictReader(reading)
        }


def user_lines(code: Path) -> int:
    """Lines that are neither blank nor comments, of a file or of everything in a folder."""
    files = [code] if code.is_file() else sorted(path for path in code.rglob("*") if path.is_file())
    kept = [path for path in files if path.suffix in {".py", ".sql", ".yml", ".yaml"}]
    lines = [line.strip() for path in kept for line in path.read_text("utf-8").splitlines()]
    return sum(bool(line) and not line.startswith(("#", "--", '"""')) for line in lines)


def differing(found: Cost, expected: Cost) -> list[str]:
    """The cells in which a mart differs from ours."""
    told = []
    for key in sorted({*found.answer, *expected.answer}):
        one, other = found.answer.get(key), expected.answer.get(key)
        if one is None or other is None:
            told.append(f"{' '.join(key)}: only in {'ours' if one is None else 'theirs'}")
            continue
        told += [
            f"{' '.join(key)} {name}: {theirs}, ours {ours}"
            for name, theirs, ours in zip(COLUMNS[2:], one, other, strict=True)
            if theirs != ours
        ]
    return told


def report(costs: dict[str, Cost], rows: int) -> int:
    """Print the table and what differs; 1 where a tool failed or gives other numbers."""
    wrong = 0
    print(f"{rows:,} rows in {len(_UNITS) * len(_MONTHS)} exports\n")
    print("| tool | CPU s | peak MB | wall s | lines | its answer |\n|---|---|---|---|---|---|")
    for name, cost in costs.items():
        told = differing(cost, costs["ours"]) if not cost.failed else []
        wrong += bool(told or cost.failed)
        cells = len(costs["ours"].answer) * len(COLUMNS[2:])
        answer = f"FAILED: {cost.failed}" if cost.failed else f"same {cells} cells"
        answer = f"OTHER: {len(told)} of {cells} cells" if told else answer
        print(f"| {name} | {cost.cpu_s:.1f} | {cost.peak_mb:.0f} | {cost.wall_s:.1f} | {cost.lines} | {answer} |")
        for line in told[:8]:
            print(f"    {line}", file=sys.stderr)
    return 1 if wrong else 0


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows-per-export", type=int, default=90_000)
    parser.add_argument("--only", nargs="*", help="these tools alone, beside ours")
    parser.add_argument("--ours", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ours:
        ours(*options.ours)
        return 0
    with tempfile.TemporaryDirectory(prefix="peers_") as name:
        folder = Path(name)
        rows = make_data(folder / "data", options.rows_per_export)
        costs = {"ours": run_ours(folder, folder / "data")}
        for peer in PEERS:
            if options.only is None or peer.name in options.only:
                costs[peer.name] = run_peer(peer, folder, folder / "data")
        return report(costs, rows)


if __name__ == "__main__":
    sys.exit(main())
