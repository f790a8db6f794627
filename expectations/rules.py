"""What a rule is: the words for the people who act on it, and the one SQL query that finds what breaks it.

The same query is given to Great Expectations, which counts, and to DuckDB, which names the rows; when the two counts
differ the audit stops (docs/decisions: "the quarantined set is computed from the rule Great Expectations ran").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["block", "quarantine", "warn"]
Category = Literal["completeness", "validity", "uniqueness", "consistency", "reconciliation", "timeliness", "identity"]
Outcome = Literal["passed", "warned", "quarantined", "blocked"]

#: Who must act: who sent the file, who keeps `data/reference`, who keeps the parsers and models.
Owner = Literal["data_provider", "reference_keeper", "data_engineer"]

OUTCOMES: dict[Severity, Outcome] = {"block": "blocked", "quarantine": "quarantined", "warn": "warned"}


@dataclass(frozen=True)
class Native:
    """A built-in expectation that counts the same rows as the rule's query does."""

    kind: Literal["not_null", "in_set", "unique_together"]
    columns: tuple[str, ...]
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One expectation.

    `failing_rows` selects what breaks the rule from the relation `subject` (the figures of the suite's dataset, or
    its mart) and from the tables of schema `reference`; it holds constants only, never data, no braces, and no
    colon before a letter (both mean something to the libraries that run it). Rules on figures select
    `batch_id, row_id, found, expected`, rules on marts `place, found, expected`. `threshold` is the tolerance or
    limit in the query, in the unit of the values, for the reader of the report.
    """

    rule_id: str
    severity: Severity
    owner: Owner
    category: Category
    text_vi: str
    text_en: str
    rule_source: str
    failing_rows: str
    fix_vi: str
    fix_en: str
    threshold: float | None = None
    native: Native | None = None

    def query(self) -> str:
        """The query with `{batch}` for the table, as Great Expectations wants it."""
        return f"with subject as (select * from {{batch}}) select * from ({self.failing_rows}) as failing"

    def query_on(self, table: str) -> str:
        """The query on `table`, a name of our own."""
        return self.query().format(batch=table)

    @property
    def suggested_fix(self) -> str:
        """What to do, in both languages, Vietnamese first."""
        return f"{self.fix_vi} · {self.fix_en}"


@dataclass(frozen=True)
class Suite:
    """The rules of one dataset or mart. A batch with more than `max_bad_share` of its rows quarantined, and at least
    `min_bad_rows`, is refused as a whole: the file is not what it claims to be, and row by row is no way to mend it.
    """

    name: str
    table: str  # the staged figures of the dataset, or the mart
    rules: tuple[Rule, ...]
    max_bad_share: float = 0.2
    min_bad_rows: int = 5

    def __post_init__(self) -> None:
        ids = [rule.rule_id for rule in self.rules]
        if len(set(ids)) != len(ids):
            raise ValueError(f"suite {self.name} names a rule twice: {sorted(ids)}")

    def rule(self, rule_id: str) -> Rule:
        """The rule of that name.

        Raises:
            KeyError: the suite has no such rule.
        """
        return {rule.rule_id: rule for rule in self.rules}[rule_id]


@dataclass(frozen=True)
class CheckResult:
    """What one rule said of one batch (or of one mart, then `batch_id` is empty); counts are rows."""

    batch_id: str
    suite: str
    rule_id: str
    severity: Severity
    owner: str
    category: str
    text_vi: str
    text_en: str
    rule_source: str
    rows_checked: int
    rows_failed: int
    outcome: Outcome

    @classmethod
    def of(cls, rule: Rule, *, batch_id: str, suite: str, rows_checked: int, rows_failed: int) -> CheckResult:
        """The result of `rule`; its outcome follows from the severity and from whether a row failed."""
        return cls(
            batch_id=batch_id,
            suite=suite,
            rule_id=rule.rule_id,
            severity=rule.severity,
            owner=rule.owner,
            category=rule.category,
            text_vi=rule.text_vi,
            text_en=rule.text_en,
            rule_source=rule.rule_source,
            rows_checked=rows_checked,
            rows_failed=rows_failed,
            outcome=OUTCOMES[rule.severity] if rows_failed else "passed",
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, for an XCom, a file and the manifest."""
        return dict(vars(self))
