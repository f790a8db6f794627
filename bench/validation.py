"""Validation at scale: 15 of our rules on 5 million figures, beside Great Expectations alone with the same rules.

    make bench BENCH=validation
    .venv/bin/python -m bench.validation --rows 200000

"Ours" is what an audit does: the rows that break each rule are named by SQL, Great Expectations counts them by the
same queries, and both must agree. "Bare" is Great Expectations alone. Each runs in a process of its own; CPU seconds
and peak memory are those of the operating system, start and imports included. Four rows in a thousand break a rule.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from expectations.audit import find_failing, reconcile
from expectations.gx_runner import run_suites
from expectations.rules import Suite
from expectations.suites.pci import PCI
from warehouse.figures import FIGURE_SCHEMA
from warehouse.reference import load_reference

RULES = (
    "not_a_number", "rank_not_a_number", "figure_without_number", "name_unresolved", "name_ambiguous", "year_missing",
    "duplicated_unit", "decimal_marks_mixed", "unit_not_on_map", "year_outside_index_life", "year_in_future",
    "indicator_unknown", "indicator_not_in_year", "value_out_of_range", "rank_out_of_range",
)  # fmt: skip
CPU_GOAL, MEMORY_GOAL_GB = 1.5, 1.5
SUITE = Suite("pci", "figure_pci", tuple(PCI.rule(rule_id) for rule_id in RULES))

_FIGURES = """
    create table figure_pci as
    with place as (
        select u.unit_code, u.name_vi, i.indicator_code, y.data_year,
               row_number() over (order by u.unit_code, i.indicator_code, y.data_year) - 1 as place
        from (select unit_code, name_vi from reference.unit
              where unit_type = 'province' and valid_from is null and valid_to > date '2013-01-01'
              order by 1 limit 50) as u
        cross join (select indicator_code from reference.indicator
                    where indicator_code in ('PCI', 'PCI.TIME_COSTS', 'PCI.LAND_ACCESS', 'PCI.TRANSPARENCY')) as i
        cross join (select unnest([2009, 2010, 2011, 2012])::integer as data_year) as y
    ),
    places as (select count(*) as places from place)
    select 'b_' || lpad(cast(r.i // places.places as varchar), 6, '0') as batch_id, r.i + 1 as row_id,
           p.name_vi as unit_text, 'S!A' || r.i as unit_locator, 'province' as unit_type,
           case when r.i % 1000 = 1 then null else p.unit_code end as unit_code, null::varchar as unit_candidates,
           p.indicator_code as indicator_text, p.indicator_code,
           case when r.i % 1000 = 2 then null else p.data_year end as data_year, '63' as geography_version,
           cast(1 + r.i % 8 as varchar) || '.5' as value_text,
           case when r.i % 1000 = 3 then 900.5 when r.i % 1000 = 4 then null else 1.5 + r.i % 8 end as value,
           'S!B' || r.i as value_locator, null::varchar as rank_text, null::integer as "rank",
           null::varchar as rank_locator, 'point' as decimal_mark, 'printed' as figure_status,
           null::varchar as source_url, null::varchar as note,
           case r.i % 1000 when 1 then 'name_unresolved' when 2 then 'year_missing' when 4 then 'not_a_number' end
               as parse_issue,
           null::varchar as correction_id
    from range({rows}) as r(i) cross join places join place as p on p.place = r.i % places.places
"""


def make_figures(database: Path, rows: int) -> None:
    """Fill the new file `database` with the reference tables, `rows` synthetic figures and an empty `failing`."""
    connection = duckdb.connect(str(database))
    try:
        load_reference(connection)
        connection.execute(_FIGURES.format(rows=int(rows)))
        columns = [row[0] for row in connection.execute("select column_name from (describe figure_pci)").fetchall()]
        assert columns == ["batch_id", *FIGURE_SCHEMA.names], columns
        connection.execute(
            "create table failing (suite varchar, rule_id varchar, batch_id varchar, row_id bigint, found varchar, "
            "expected varchar)"
        )
    finally:
        connection.close()


def ours(database: Path) -> dict[str, int]:
    """Name the failing rows, count them again through Great Expectations, and agree; the counts by rule."""
    counts = find_failing(database, [SUITE])
    for run in run_suites(database, [SUITE]):
        reconcile(run, counts)
    return {rule_id: count for (_, rule_id), count in counts.items()}


def bare(database: Path) -> dict[str, int]:
    """The same rules through Great Expectations alone; the counts by rule."""
    (run,) = run_suites(database, [SUITE])
    return run.failed


def measure(database: Path, which: str) -> dict[str, object]:
    """Run `which` in a process of its own; its counts, CPU seconds, wall seconds and peak memory in GB."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "bench.validation", "--child", which, "--database", str(database)],
        capture_output=True, text=True, check=False, timeout=3600,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{which} did not finish: {done.stderr[-800:]}")
    return {**json.loads(done.stdout.splitlines()[-1]), "wall_seconds": time.monotonic() - started}


def _child(which: str, database: Path) -> None:
    counts = {"ours": ours, "bare": bare}[which](database)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {"counts": counts, "cpu_seconds": used.ru_utime + used.ru_stime, "peak_gb": used.ru_maxrss / 1024 / 1024}
        )
    )


def main() -> None:
    """Print the table and whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--child", choices=("ours", "bare"))
    parser.add_argument("--database", type=Path)
    options = parser.parse_args()
    if options.child:
        _child(options.child, options.database)
        return
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "audit.duckdb"
        make_figures(database, options.rows)
        measured = {which: measure(database, which) for which in ("bare", "ours")}
    print(f"{options.rows:,} figures x {len(RULES)} rules, {sum(measured['ours']['counts'].values()):,} failing lines")  # type: ignore[attr-defined]
    print(f"{'':6}{'CPU s':>9}{'wall s':>9}{'peak GB':>9}")
    for which, one in measured.items():
        print(f"{which:6}{one['cpu_seconds']:>9.1f}{one['wall_seconds']:>9.1f}{one['peak_gb']:>9.2f}")
    ratio = float(measured["ours"]["cpu_seconds"]) / float(measured["bare"]["cpu_seconds"])  # type: ignore[arg-type]
    peak = float(measured["ours"]["peak_gb"])  # type: ignore[arg-type]
    agree = measured["ours"]["counts"] == measured["bare"]["counts"]
    print(f"{'met' if ratio < CPU_GOAL else 'not met':8} {ratio:.2f} x the bare run, goal under {CPU_GOAL}")
    print(f"{'met' if peak < MEMORY_GOAL_GB else 'not met':8} peak {peak:.2f} GB, goal under {MEMORY_GOAL_GB}")
    print(f"{'met' if agree else 'not met':8} both count the same rows")


if __name__ == "__main__":
    main()
