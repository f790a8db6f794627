"""From failing rows to consequences: which rows wait, which batch is refused and in what words.

A row that breaks several rules has one line in the quarantine for each of them (each has an owner and a fix of its own)
and is left out of the accepted figures once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from expectations.rules import CheckResult, Rule, Suite
from expectations.suites.common import TOO_MANY_BAD_ROWS
from warehouse.errors import Refusal
from warehouse.figures import FIGURE_SCHEMA, ParsedBatch

#: Refusals shown of one rule; the rest is counted.
_SHOWN = 5

_RULE_COLUMNS = ("rule_id", "severity", "owner", "category", "text_vi", "text_en", "found", "expected", "suggested_fix")

#: The columns of `raw.quarantine`, less the batch's id and the time, which the load gives.
QUARANTINE_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64()),
        *(pa.field(name, pa.string()) for name in _RULE_COLUMNS),
        *(pa.field(field.name, field.type) for field in FIGURE_SCHEMA if field.name != "row_id"),
    ]
)


@dataclass(frozen=True)
class AuditedBatch:
    """A batch after its audit. With `refusals` it is blocked and nothing of it may enter.

    `accepted` has FIGURE_SCHEMA, `quarantined` QUARANTINE_SCHEMA (a line for each row and rule).
    """

    batch: ParsedBatch
    accepted: pa.Table
    quarantined: pa.Table
    checks: tuple[CheckResult, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class Failure:
    """One row that breaks one rule; `place` is where in the document a person finds it."""

    rule_id: str
    row_id: int
    found: str
    expected: str
    place: str


def failures_by_batch(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Failure]]:
    """What `failing` holds, by batch, in reading order."""
    rows = connection.execute(
        """
        select f.batch_id, f.rule_id, f.row_id, coalesce(f.found, ''), coalesce(f.expected, ''),
               coalesce(p.value_locator, p.rank_locator, p.unit_locator, '')
        from failing as f
        left join pending as p on p.batch_id = f.batch_id and p.row_id = f.row_id
        order by f.batch_id, f.row_id, f.rule_id, f.found
        """
    ).fetchall()
    grouped: dict[str, list[Failure]] = {}
    for batch_id, *rest in rows:
        grouped.setdefault(batch_id, []).append(Failure(*rest))
    return grouped


def judge(batch: ParsedBatch, suite: Suite, failures: Sequence[Failure]) -> AuditedBatch:
    """Apply the severities of `suite` to what failed in `batch`.

    A figure a correction dropped was counted among what the source printed, and is judged no further.
    """
    dropped = _dropped(batch)
    failures = [
        failure
        for failure in failures
        if failure.row_id not in dropped or suite.rule(failure.rule_id).severity == "block"
    ]
    counts = Counter(failure.rule_id for failure in failures)
    checked = batch.figures.num_rows
    results = [
        CheckResult.of(
            rule, batch_id=batch.batch_id, suite=suite.name, rows_checked=checked, rows_failed=counts[rule.rule_id]
        )
        for rule in suite.rules
    ]
    waiting = [failure for failure in failures if suite.rule(failure.rule_id).severity == "quarantine"]
    bad_rows = {failure.row_id for failure in waiting}
    too_many = len(bad_rows) >= suite.min_bad_rows and len(bad_rows) > suite.max_bad_share * checked
    results.append(
        CheckResult.of(
            TOO_MANY_BAD_ROWS,
            batch_id=batch.batch_id,
            suite=suite.name,
            rows_checked=checked,
            rows_failed=len(bad_rows) if too_many else 0,
        )
    )
    refusals = _refusals(batch, suite, failures)
    if too_many:
        refusals.append(_too_many(batch, suite, waiting, len(bad_rows)))
    figures = batch.figures.select(FIGURE_SCHEMA.names).cast(FIGURE_SCHEMA)
    return AuditedBatch(
        batch=batch,
        accepted=figures.slice(0, 0) if refusals else _without(figures, bad_rows | dropped),
        quarantined=_quarantined(figures, suite, waiting),
        checks=tuple(results),
        refusals=tuple(refusals),
    )


def _dropped(batch: ParsedBatch) -> set[int]:
    return {one.row_id for one in batch.corrections if one.action == "drop"}


def _without(figures: pa.Table, bad_rows: Iterable[int]) -> pa.Table:
    return figures.filter(pc.invert(pc.is_in(figures["row_id"], value_set=pa.array(sorted(bad_rows), pa.int64()))))


def _quarantined(figures: pa.Table, suite: Suite, waiting: Sequence[Failure]) -> pa.Table:
    if not waiting:
        return QUARANTINE_SCHEMA.empty_table()
    position = {row_id: index for index, row_id in enumerate(figures["row_id"].to_pylist())}
    printed = figures.take(pa.array([position[failure.row_id] for failure in waiting], pa.int64()))
    lines = [_line(suite.rule(failure.rule_id), failure) for failure in waiting]
    columns = {
        name: pa.array(values, pa.string())
        for name, values in zip(_RULE_COLUMNS, zip(*lines, strict=True), strict=True)
    }
    return pa.table(
        {
            field.name: columns.get(field.name, printed[field.name] if field.name in FIGURE_SCHEMA.names else None)
            for field in QUARANTINE_SCHEMA
        },
        schema=QUARANTINE_SCHEMA,
    )


def _line(rule: Rule, failure: Failure) -> tuple[str, ...]:
    return (
        rule.rule_id,
        rule.severity,
        rule.owner,
        rule.category,
        rule.text_vi,
        rule.text_en,
        failure.found,
        failure.expected,
        rule.suggested_fix,
    )


def _refusals(batch: ParsedBatch, suite: Suite, failures: Sequence[Failure]) -> list[Refusal]:
    refusals = []
    for rule in suite.rules:
        if rule.severity != "block":
            continue
        failed = [failure for failure in failures if failure.rule_id == rule.rule_id]
        refusals += [
            _refusal(batch, rule, failure.found, failure.expected, failure.place) for failure in failed[:_SHOWN]
        ]
        if len(failed) > _SHOWN:
            refusals.append(_refusal(batch, rule, f"{len(failed) - _SHOWN} more of the same", failed[0].expected, ""))
    return refusals


def _too_many(batch: ParsedBatch, suite: Suite, waiting: Sequence[Failure], bad_rows: int) -> Refusal:
    first = {failure.rule_id: failure for failure in reversed(waiting)}
    rules = Counter(failure.rule_id for failure in waiting).most_common(3)
    details = "; ".join(
        f"{rule_id} in {count} rows, first {first[rule_id].place}: {first[rule_id].found[:60]!r}"
        for rule_id, count in rules
    )
    return _refusal(
        batch,
        TOO_MANY_BAD_ROWS,
        f"{bad_rows} of {batch.figures.num_rows} rows ({details})",
        f"at most {suite.max_bad_share:.0%} of the rows",
        first[rules[0][0]].place,
    )


def _refusal(batch: ParsedBatch, rule: Rule, found: str, expected: str, place: str) -> Refusal:
    return Refusal(
        file_name=batch.document.file_name,
        rule=rule.rule_id,
        found=found,
        expected=expected,
        place=place,
        text_en=rule.text_en,
        text_vi=rule.text_vi,
        action=rule.suggested_fix,
    )
