"""The short form of `make bench BENCH=validation`: naming and counting agree on rows that break rules on purpose."""

from __future__ import annotations

from pathlib import Path

from bench.validation import RULES, bare, make_figures, ours


def test_both_count_exactly_the_rows_made_to_break_rules(tmp_path: Path) -> None:
    database = tmp_path / "audit.duckdb"
    make_figures(database, 20_000)
    expected = dict.fromkeys(RULES, 0) | dict.fromkeys(
        ("name_unresolved", "year_missing", "value_out_of_range", "not_a_number"), 20
    )
    assert ours(database) == expected
    assert bare(database) == expected
