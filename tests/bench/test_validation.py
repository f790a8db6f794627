"""The bench of the validation on few rows: both sides count the same; the costs are measured by hand."""

from __future__ import annotations

from pathlib import Path

from bench.validation import RULES, make_data, run_bare, run_ours


def test_our_audit_and_great_expectations_alone_count_the_same_failing_rows(tmp_path: Path) -> None:
    database = tmp_path / "audit.duckdb"
    make_data(database, 100_000)
    ours = run_ours(database)
    assert list(ours) == list(RULES)
    assert ours == run_bare(database)
    assert sum(count > 0 for count in ours.values()) >= 6
