"""What our audit costs beside Great Expectations alone: the same 15 rules on the same five million figures.

    make bench BENCH=validation                          5 million rows, some minutes
    .venv/bin/python -m bench.validation --rows 200000

Ours is what an audit does: the failing rows of every rule named by its SQL, Great Expectations' run of the suite with
severities, owners and texts, its page, and the comparison of the two counts. Bare is Great Expectations alone with the
same 15 expectations on the same DuckDB file. Each runs in a process of its own, two rounds in turn, the better counts;
CPU seconds are those after the import of Great Expectations, which is told apart. Some two thousand rows break a rule.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from expectations.rules import Suite
from expectations.suites.pci import PCI
from warehouse.figures import FIGURE_SCHEMA
from warehouse.reference import load_reference

RULES = (
    "not_a_number", "rank_not_a_number", "figure_without_number", "name_unresolved", "name_ambiguous", "year_missing",
    "duplicated_unit", "decimal_marks_mixed", "unit_not_on_map", "indicator_unknown", "year_outside_index_life",
    "year_in_future", "indicator_not_in_year", "value_out_of_range", "rank_out_of_range",
)  # fmt: skip
MAX_RATIO, MAX_GB = 1.5, 1.5
_ROUNDS = 2
#: Rows of one document: provinces x sub-indices x years, as if every batch brought a whole history.
_UNITS, _PARTS, _YEARS = 63, 9, 8


def suite() -> Suite:
    """The fifteen rules on the table of the bench."""
    return Suite(name="pci", table="figure_pci", rules=tuple(PCI.rule(rule_id) for rule_id in RULES))


def make_data(database: Path, rows: int) -> None:
    """The file an audit would have staged, with `rows` figures."""
    with duckdb.connect(str(database)) as connection:
        load_reference(connection)
        connection.execute(
            "create table failing (suite varchar, rule_id varchar, batch_id varchar, row_id bigint, found varchar, "
            "expected varchar)"
        )
        units = "select unit_code, row_number() over (order by unit_code) - 1 as u from reference.unit "
        units += "where unit_type = 'province' and coalesce(valid_from, date '0001-01-01') <= date '2025-06-30' "
        units += "and coalesce(valid_to, date '9999-12-31') >= date '2025-06-30'"
        parts = "select indicator_code, row_number() over (order by indicator_code) - 1 as i "
        parts += "from reference.indicator where parent_code = 'PCI' and last_year is null "
        parts += "and indicator_code <> 'PCI.POLICY_BIAS'"
        per_batch = _UNITS * _PARTS * _YEARS
        made = {
            "row_id": "x",
            "batch_id": f"printf('b_%05d', x // {per_batch})",
            "source_key": f"printf('bench:%05d', x // {per_batch})",
            "dataset": "'pci'",
            "unit_text": "case when x % 997 = 3 then null else unit_code end",
            "unit_locator": "printf('S!B%d', x)",
            "unit_type": "'province'",
            "unit_code": "case when x % 9970 = 3 then null else unit_code end",
            "indicator_text": "indicator_code",
            "indicator_code": "indicator_code",
            "data_year": "case when x % 99700 = 5 then null else 2009 + y end",
            "geography_version": "'63'",
            "value_text": "cast(round(value, 4) as varchar)",
            "value": "case when x % 9970 = 7 then value + 100 else value end",
            "value_locator": "printf('S!C%d', x)",
            "rank": "case when x % 9970 = 9 then 99 else 1 + u end",
            "rank_text": "cast(1 + u as varchar)",
            "decimal_mark": "case when x % 99700 = 11 then 'point' else 'comma' end",
            "figure_status": "'printed'",
            "parse_issue": "case when x % 9970 = 13 then 'not_a_number' end",
        }
        types = {field.name: {"double": "double", "int64": "bigint", "int32": "integer"}.get(str(field.type), "varchar")
                 for field in FIGURE_SCHEMA}  # fmt: skip
        names = [*FIGURE_SCHEMA.names, "batch_id", "source_key", "dataset"]
        columns = ", ".join(
            f"cast({made.get(name, 'null')} as {types.get(name, 'varchar')}) as {name}" for name in names
        )
        connection.execute(
            f"create table figure_pci as with unit as ({units}), part as ({parts}), "
            "numbered as (select *, 4 + (hash(x) % 50000) / 10000.0 as value from ("
            f"select x, x % {_UNITS} as u, (x // {_UNITS}) % {_PARTS} as i, "
            f"(x // {_UNITS * _PARTS}) % {_YEARS} as y from range({rows}) as r (x))) "
            f"select {columns} from numbered join unit using (u) join part using (i)"
        )


def run_ours(database: Path) -> dict[str, int]:
    """The audit's three steps; failing rows by rule."""
    from expectations.audit import find_failing, reconcile
    from expectations.gx_runner import run_suites

    counts = find_failing(database, [suite()])
    for run in run_suites(database, [suite()]):
        reconcile(run, counts)
    return {rule_id: count for (_, rule_id), count in counts.items()}


def run_bare(database: Path) -> dict[str, int]:
    """Great Expectations as its own documentation has it: a table, a suite, a run."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    source = context.data_sources.add_sql(
        "bench",
        connection_string=f"duckdb:///{database}?access_mode=READ_ONLY",
        kwargs={"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None, "skip_autocommit_rollback": True},
    )
    batch = source.add_table_asset("bench", table_name="figure_pci").add_batch_definition_whole_table("whole")
    expectations: list[Any] = []
    gxe = gx.expectations
    for rule in suite().rules:
        meta = {"rule_id": rule.rule_id}
        if rule.rule_id == "duplicated_unit":  # a user of Great Expectations would take what it has for this
            expectations.append(
                gxe.ExpectCompoundColumnsToBeUnique(
                    column_list=["batch_id", "unit_code", "indicator_code", "data_year"],
                    ignore_row_if="any_value_is_missing",
                    meta=meta,
                )
            )
        elif rule.native is not None:
            expectations.append(gxe.ExpectColumnValuesToNotBeNull(column=rule.native.columns[0], meta=meta))
        else:
            expectations.append(gxe.UnexpectedRowsExpectation(unexpected_rows_query=rule.query(), meta=meta))
    definition = gx.ValidationDefinition(
        name="bench", data=batch, suite=context.suites.add(gx.ExpectationSuite(name="bench", expectations=expectations))
    )
    result = context.validation_definitions.add(definition).run()
    return {
        item.expectation_config.meta["rule_id"]: int(
            item.result.get("unexpected_count", item.result.get("observed_value"))
        )
        for item in result.results
    }


def child(which: str, database: Path) -> None:
    """Run one of the two and print what it cost."""
    import great_expectations  # noqa: F401

    start = resource.getrusage(resource.RUSAGE_SELF)
    counts = {"ours": run_ours, "bare": run_bare}[which](database)
    end = resource.getrusage(resource.RUSAGE_SELF)
    below = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "import_s": start.ru_utime + start.ru_stime,
                "cpu_s": end.ru_utime
                + end.ru_stime
                - start.ru_utime
                - start.ru_stime
                + below.ru_utime
                + below.ru_stime,
                "peak_gb": max(end.ru_maxrss, below.ru_maxrss) * 1024 / 1e9,
                "counts": counts,
            }
        )
    )


def measure(database: Path) -> dict[str, dict[str, Any]]:
    """Both, in turn; of each the round with less CPU time."""
    best: dict[str, dict[str, Any]] = {}
    for _ in range(_ROUNDS):
        for which in ("bare", "ours"):
            command = [sys.executable, "-m", "bench.validation", "--child", which, "--database", str(database)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
            if which not in best or found["cpu_s"] < best[which]["cpu_s"]:
                best[which] = found
    return best


def report(rows: int, found: dict[str, dict[str, Any]]) -> bool:
    """Print the figures; whether the goals are met."""
    print(f"{rows:,} rows x {len(RULES)} expectations{'CPU s':>10}{'peak GB':>10}{'import s':>10}{'failing rows':>14}")
    for which, one in found.items():
        failing = sum(one["counts"].values())
        print(f"{which:34}{one['cpu_s']:>10.1f}{one['peak_gb']:>10.2f}{one['import_s']:>10.1f}{failing:>14,}")
    ratio = found["ours"]["cpu_s"] / found["bare"]["cpu_s"]
    goals = {
        f"ours {ratio:.2f} x bare, at most {MAX_RATIO}": ratio <= MAX_RATIO,
        f"peak memory at most {MAX_GB} GB": found["ours"]["peak_gb"] <= MAX_GB,
        "both count the same failing rows": found["ours"]["counts"] == found["bare"]["counts"],
    }
    for name, is_met in goals.items():
        print(f"{'met    ' if is_met else 'not met'}  {name}")
    return all(goals.values())


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--child", choices=("ours", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--database", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.database)
        return 0
    with tempfile.TemporaryDirectory(prefix="validation_") as folder:
        database = Path(folder) / "audit.duckdb"
        make_data(database, options.rows)
        return 0 if report(options.rows, measure(database)) else 1


if __name__ == "__main__":
    sys.exit(main())
