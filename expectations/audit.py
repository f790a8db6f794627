"""The audit of parsed batches: every suite once over all batches of its dataset, whatever their number.

Great Expectations counts the rows that break a rule, DuckDB names them with the same query, and a difference between
the two stops everything: then one of them did not check what the rule says.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from expectations.data_docs import write_pages
from expectations.gx_runner import AUDIT_MEMORY, SuiteRun, run_suites
from expectations.judging import AuditedBatch, failures_by_batch, judge
from expectations.rules import CheckResult, Suite
from expectations.staging import stage
from expectations.suites import DATASET_SUITES
from warehouse.errors import EnvironmentBroken
from warehouse.figures import ParsedBatch
from warehouse.home import REFERENCE_DIR, Home

__all__ = ["AuditedBatch", "audit_batches"]


def audit_batches(
    batches: Sequence[ParsedBatch], home: Home, *, reference_dir: Path = REFERENCE_DIR
) -> list[AuditedBatch]:
    """Judge `batches` by the suites of their datasets, in the order given; the validation docs are renewed.

    Raises:
        EnvironmentBroken: a suite is missing, a rule could not be evaluated, or Great Expectations and the rule's own
            query disagree; nothing of the batches may be loaded then.
    """
    if not batches:
        return []
    suites = _suites_for(batches)
    database = home.staging / "audit.duckdb"
    try:
        stage(database, batches, suites, home, reference_dir)
        counts = find_failing(database, suites)
        runs = run_suites(database, suites)
        for run in runs:
            reconcile(run, counts)
        connection = duckdb.connect(str(database), read_only=True)
        try:
            failures = failures_by_batch(connection)
        finally:
            connection.close()
    finally:
        database.unlink(missing_ok=True)
    write_pages(home, runs, [_over_batches(run, counts) for run in runs])
    return [judge(batch, DATASET_SUITES[batch.dataset], failures.get(batch.batch_id, [])) for batch in batches]


def _suites_for(batches: Sequence[ParsedBatch]) -> list[Suite]:
    missing = sorted({batch.dataset for batch in batches} - set(DATASET_SUITES))
    if missing:
        raise EnvironmentBroken(f"no suite judges the dataset {missing}: expectations/suites must name one")
    present = {batch.dataset for batch in batches}
    return [suite for name, suite in DATASET_SUITES.items() if name in present]


def find_failing(database: Path, suites: Sequence[Suite]) -> dict[tuple[str, str], int]:
    """Fill the table `failing` and return its row counts by suite and rule.

    Raises:
        EnvironmentBroken: a rule's query does not run.
    """
    counts: dict[tuple[str, str], int] = {}
    connection = duckdb.connect(
        str(database), config={"memory_limit": AUDIT_MEMORY, "preserve_insertion_order": "false"}
    )
    try:
        for suite in suites:
            for rule in suite.rules:
                try:
                    inserted = connection.execute(
                        "insert into failing select ?, ?, batch_id, row_id, found, expected from "
                        f"({rule.query_on(suite.table)})",
                        [suite.name, rule.rule_id],
                    ).fetchone()
                except duckdb.Error as error:
                    raise EnvironmentBroken(
                        f"the rule {rule.rule_id} of suite {suite.name} could not be evaluated, so nothing was "
                        f"loaded: {error}"
                    ) from error
                counts[suite.name, rule.rule_id] = int(inserted[0]) if inserted else 0
    finally:
        connection.close()
    return counts


def reconcile(run: SuiteRun, counts: dict[tuple[str, str], int]) -> None:
    """Compare the failing rows DuckDB named with those Great Expectations counted.

    Raises:
        EnvironmentBroken: they differ, or a rule was not run by one of the two.
    """
    for rule in run.suite.rules:
        named, counted = counts.get((run.suite.name, rule.rule_id)), run.failed.get(rule.rule_id)
        if named is None or named != counted:
            raise EnvironmentBroken(
                f"the rule {rule.rule_id} of suite {run.suite.name} names {named} failing rows and Great Expectations "
                f"counts {counted}: the check cannot be trusted, so nothing was loaded. Please report this"
            )


def _over_batches(run: SuiteRun, counts: dict[tuple[str, str], int]) -> tuple[CheckResult, ...]:
    return tuple(
        CheckResult.of(
            rule,
            batch_id="",
            suite=run.suite.name,
            rows_checked=run.rows_checked,
            rows_failed=counts[run.suite.name, rule.rule_id],
        )
        for rule in run.suite.rules
    )
