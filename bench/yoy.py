"""Year over year on many rows: our compiled models beside the bare lag, polars and pandas, on the same synthetic facts.

    make bench BENCH=yoy                     100 million rows (63 units x indicators x periods), some minutes
    .venv/bin/python -m bench.yoy --rows 1000000

What is timed is `int_year_pair` and `metric_yoy` as dbt compiles them, comparability and lineage included, without the
`order by` of the mart and without writing 45 columns to disk: every engine hands all its columns to a count, so
that each is computed and none is stored. `--table` writes tables instead, for the two of DuckDB. Each engine runs in a
process of its own; CPU seconds and peak memory are those of the operating system. The data comes from a hash, always
the same.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from bench.yoy_frames import pandas_mart, polars_lag, polars_mart
from warehouse.build import run_dbt
from warehouse.connection import writer
from warehouse.home import Home
from warehouse.raw_schema import ensure_raw_schema
from warehouse.reference import load_reference

UNITS, PERIODS = 63, 120
MEMORY_GB = 4.0
#: Rows a pandas frame can hold beside other jobs on a small machine; its figures are per row.
PANDAS_ROWS = 5_000_000
_VALUES = {
    "unit_code": "printf('unit_%02d', u)",
    "indicator_code": "printf('I%05d', i)",
    "data_year": "2000 + p",
    "boundary": "'published'",
    "index_code": "'X'",
    "unit_type": "'province'",
    "value": "round(50 + 20 * sin(u * 1.3 + i) + p * 0.1 + (hash(u, i, p) % 1000) / 250.0, 3)",
    "value_pct": "round(50 + 20 * sin(u * 1.3 + i) + p * 0.1, 3)",
    "value_basis": "'published'",
    "rank": "1 + hash(u, i, p) % 63",
    "rank_out_of": "63",
    "geography_version": "'63'",
    "methodology_version": "'2020'",
    "figure_status": "'printed'",
    "has_conflict": "hash(u, i, p) % 50 = 0",
    "is_synthetic": "true",
    "source_document_id": "'doc'",
}


def make_data(folder: Path, rows: int, *, shuffled: bool) -> dict[str, str]:
    """Facts and lookup tables in `folder`, and the compiled SQL of the two models.

    One row in 97 is missing, one indicator-year in 30 breaks (a third of them by scale alone), ten of the 63 units were
    formed half way.
    """
    home = Home(folder / "home")
    home.make()
    with writer(home) as connection:
        ensure_raw_schema(connection)
        load_reference(connection)
    run_dbt(home, "run", "--exclude", "resource_type:unit_test")
    compiled = home.dbt_target / "compiled" / "reform_indicators" / "models"
    sql = {
        "pair": (compiled / "intermediate" / "int_year_pair.sql").read_text("utf-8"),
        "mart": re.sub(r"order by[^()]*\Z", "", (compiled / "marts" / "metric_yoy.sql").read_text("utf-8")),
    }
    indicators = max(1, -(-rows // (UNITS * PERIODS)))
    with duckdb.connect(str(folder / "warehouse.duckdb")) as facts:
        facts.execute(f"set memory_limit = '3GB'; set temp_directory = '{folder / 'spill'}'")
        facts.execute("attach ? as model (read_only)", [str(home.build_database)])
        facts.execute("create schema intermediate")
        # The last two stay empty: common bases and survey errors are a handful of rows beside the facts.
        filled = ("int_indicator_value", "int_indicator_break", "int_unit_formation")
        for table in (*filled, "int_common_basis", "int_survey_error"):
            facts.execute(f"create table intermediate.{table} as from model.intermediate.{table} limit 0")
        columns = ", ".join(f"{expression} as {name}" for name, expression in _VALUES.items())
        order = "order by hash(u, i, p)" if shuffled else ""
        facts.execute(
            f"insert into intermediate.int_indicator_value by name select {columns} from ("
            f"select x // {indicators * PERIODS} as u, (x // {PERIODS}) % {indicators} as i, "
            f"(x % {PERIODS})::integer as p from range({UNITS * indicators * PERIODS}) as r(x)) "
            f"where hash(u, i, p) % 97 <> 0 {order}"
        )
        facts.execute(
            "insert into intermediate.int_indicator_break by name select printf('I%05d', i) as indicator_code, "
            "2000 + p as first_year, 1 as break_order, "
            "case when hash(i, p) % 3 = 0 then 'scale_changed' else 'method_changed' end as reason, "
            "'Thay đổi ' || p as text_vi, 'Change ' || p as text_en, hash(i, p) % 3 <> 0 as is_beyond_scale "
            f"from range({indicators}) as a(i), range({PERIODS}) as b(p) where hash(i, p) % 30 = 0"
        )
        facts.execute(
            "insert into intermediate.int_unit_formation by name select printf('unit_%02d', u) as unit_code, "
            "date '2060-07-01' as formed_on, 'A, B' as predecessors_vi, 'A, B' as predecessors_en "
            "from range(10) as t(u)"
        )
        for table in filled:
            kept = ", ".join(_VALUES) if table == "int_indicator_value" else "*"
            facts.execute(
                f"copy (select {kept} from intermediate.{table}) to '{folder / table}.parquet' (format parquet)"
            )
    return sql


def run_duckdb(folder: Path, sql: dict[str, str], which: str, *, table: bool) -> dict[str, object]:
    """The bare lag or the whole mart in DuckDB under the memory limit."""
    connection = duckdb.connect(str(folder / f"{which}.duckdb"))
    connection.execute(f"set memory_limit = '3400MB'; set temp_directory = '{folder / 'spill'}'; set threads = 2")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("attach ? as warehouse (read_only)", [str(folder / "warehouse.duckdb")])
    connection.execute("use warehouse")
    if which == "duckdb_lag":
        query = (
            "select unit_code, indicator_code, data_year, value, lag(value) over (partition by unit_code, "
            "indicator_code order by data_year) as previous_value, value - previous_value as change "
            "from intermediate.int_indicator_value"
        )
    else:
        mart = sql["mart"].replace('"warehouse"."intermediate"."int_year_pair"', "year_pair")
        query = f"with year_pair as ({sql['pair']}) select * from ({mart})"
    if table:
        connection.execute(f"create table {which}.main.written as {query}")
        return {}
    sums = (
        "" if which == "duckdb_lag" else ", sum(change) as s, count(not_comparable_reason) as r, sum(rank_change) as k"
    )
    row = connection.execute(f"select count(columns(*)){sums} from ({query})").fetchall()[0]
    return {} if which == "duckdb_lag" else {"change": row[-3], "reasons": row[-2], "rank_change": int(row[-1])}


def child(which: str, folder: Path, sql: dict[str, str], *, table: bool) -> None:
    """Run one engine and print what it cost and, for a mart, its checksums."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    if which.startswith("duckdb"):
        found = run_duckdb(folder, sql, which, table=table)
    else:
        found = {"polars_lag": polars_lag, "polars_mart": polars_mart, "pandas_mart": pandas_mart}[which](folder)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpu_s": cpu, "peak_gb": after.ru_maxrss * 1024 / 1e9, "checksums": found}))


def measure(which: str, folder: Path, *, table: bool = False) -> dict[str, object]:
    """One engine in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "bench.yoy",
        "--child",
        which,
        "--folder",
        str(folder),
        *(["--table"] if table else []),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return {"failed": (done.stderr.strip().splitlines() or ["killed"])[-1][:200]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _agree(ours: object, theirs: object) -> bool:
    """Counts exactly; a sum of a hundred million floats to the digits its order leaves."""
    assert isinstance(ours, dict)
    assert isinstance(theirs, dict)
    return all(abs(ours[name] - theirs[name]) <= 1e-9 * max(1.0, abs(ours[name])) for name in ours)


def report(folder: Path, rows: int, *, table: bool) -> bool:
    """Print every engine's figures; whether the goals are met."""
    engines = ["duckdb_lag", "duckdb_mart"]
    engines += [] if table else ["polars_lag", "polars_mart", "pandas_mart"]
    results = {which: measure(which, folder, table=table) for which in engines}
    lag_cpu = float(str(results["duckdb_lag"]["cpu_s"]))
    print(f"{'':14}{'rows per CPU second':>20}{'CPU s':>9}{'peak GB':>9}{'x bare lag':>12}")
    for which, result in results.items():
        if "failed" in result:
            print(f"{which:14}  did not finish: {result['failed']}")
            continue
        counted = min(rows, PANDAS_ROWS) if which == "pandas_mart" else rows
        cpu = float(str(result["cpu_s"]))
        ratio = cpu / counted * rows / lag_cpu
        print(f"{which:14}{counted / cpu:>20,.0f}{cpu:>9.1f}{float(str(result['peak_gb'])):>9.2f}{ratio:>12.2f}")
    if table:
        return True
    mart, polars = results["duckdb_mart"], results["polars_mart"]
    agree = "failed" in polars or _agree(mart["checksums"], polars["checksums"])
    checks = {
        "whole mart at most 1.5 x the bare lag": float(str(mart["cpu_s"])) <= 1.5 * lag_cpu,
        f"within {MEMORY_GB:g} GB": float(str(mart["peak_gb"])) <= MEMORY_GB,
        "ahead of polars": "failed" in polars or float(str(mart["cpu_s"])) < float(str(polars["cpu_s"])),
        "polars computes the same": agree,
    }
    for name, is_met in checks.items():
        print(f"{'met    ' if is_met else 'not met'}  {name}")
    return all(checks.values())


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--shuffled", action="store_true", help="facts in no order (default: sorted by key)")
    parser.add_argument(
        "--table", action="store_true", help="write tables instead of counting every column (DuckDB only)"
    )
    parser.add_argument("--check", action="store_true", help="exit 1 when a goal is not met")
    parser.add_argument("--folder", type=Path, help="where the data goes (default: a temporary folder, removed)")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        sql = json.loads((given.folder / "compiled.json").read_text("utf-8"))
        child(given.child, given.folder, sql, table=given.table)
        return 0
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        sql = make_data(Path(folder), given.rows, shuffled=given.shuffled)
        (Path(folder) / "compiled.json").write_text(json.dumps(sql), "utf-8")
        order = "shuffled" if given.shuffled else "sorted by key"
        print(f"{given.rows:,} rows ({order}): {UNITS} units x indicators x {PERIODS} periods")
        is_met = report(Path(folder), given.rows, table=given.table)
    return 0 if is_met or not given.check else 1


if __name__ == "__main__":
    sys.exit(main())
