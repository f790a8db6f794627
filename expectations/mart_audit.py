"""The audit of the built marts: nothing is published that contradicts the raw figures or the reference tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from expectations.audit import reconcile
from expectations.data_docs import write_pages
from expectations.gx_runner import run_suites
from expectations.rules import CheckResult, Rule, Suite
from expectations.suites.marts import MART_SUITES
from warehouse.connection import reader
from warehouse.errors import EnvironmentBroken, Refusal
from warehouse.home import Home

_SHOWN = 5


@dataclass(frozen=True)
class MartAudit:
    """Every check of every mart; with `refusals` the marts must not be published."""

    checks: tuple[CheckResult, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class FailedRows:
    """How many rows break a rule, and the first of them: place, found, expected."""

    count: int
    first: list[tuple[str, str, str]]


def audit_marts(database: Path, home: Home, *, suites: Sequence[Suite] = MART_SUITES) -> MartAudit:
    """Judge the schema `marts` of `database` (opened read-only) and renew the validation docs.

    Raises:
        EnvironmentBroken: the database is locked or a mart is missing, a rule could not be evaluated, or Great
            Expectations and the rule's own query disagree.
    """
    with reader(database) as connection:
        failed = find_failing_rows(connection, suites)
    runs = run_suites(database, suites, schema="marts")
    for run in runs:
        reconcile(run, {key: found.count for key, found in failed.items()})
    checks = [
        tuple(
            CheckResult.of(
                rule,
                batch_id="",
                suite=run.suite.name,
                rows_checked=run.rows_checked,
                rows_failed=failed[run.suite.name, rule.rule_id].count,
            )
            for rule in run.suite.rules
        )
        for run in runs
    ]
    write_pages(home, runs, checks)
    refusals = blocking_refusals(suites, failed)
    return MartAudit(checks=tuple(check for results in checks for check in results), refusals=tuple(refusals))


def blocking_refusals(suites: Sequence[Suite], failed: dict[tuple[str, str], FailedRows]) -> list[Refusal]:
    """One refusal a row shown of every blocking rule that failed."""
    return [
        refusal
        for suite in suites
        for rule in suite.rules
        if rule.severity == "block" and failed[suite.name, rule.rule_id].count
        for refusal in _refusals(suite, rule, failed[suite.name, rule.rule_id])
    ]


def find_failing_rows(
    connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite] = MART_SUITES
) -> dict[tuple[str, str], FailedRows]:
    """The rows that break each rule, by suite and rule.

    Raises:
        EnvironmentBroken: a mart is missing, or a rule's query does not run.
    """
    failed = {}
    for suite in suites:
        for rule in suite.rules:
            query = rule.query_on(f"marts.{suite.table}")
            try:
                rows = connection.execute(
                    f"select coalesce(place, ''), coalesce(found, ''), coalesce(expected, '') from ({query}) "
                    "order by all"
                ).fetchall()
            except duckdb.Error as error:
                raise EnvironmentBroken(
                    f"the rule {rule.rule_id} of suite {suite.name} could not be evaluated, so nothing was "
                    f"published: {error}"
                ) from error
            failed[suite.name, rule.rule_id] = FailedRows(len(rows), rows[:_SHOWN])
    return failed


def _refusals(suite: Suite, rule: Rule, failed: FailedRows) -> list[Refusal]:
    lines = list(failed.first)
    if failed.count > len(lines):
        lines.append(("", f"{failed.count - len(lines)} more of the same", lines[0][2]))
    return [
        Refusal(
            file_name=f"marts.{suite.table}",
            rule=rule.rule_id,
            place=place,
            found=found,
            expected=expected,
            text_en=rule.text_en,
            text_vi=rule.text_vi,
            action=rule.suggested_fix,
        )
        for place, found, expected in lines
    ]
