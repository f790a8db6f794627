"""Releases differ as tables too: columns, rows, outcomes of checks."""

from __future__ import annotations

from warehouse.diff_shape import CheckDiff, ColumnDiff, RowsDiff, Shape, check_diffs, column_diffs, rows_diffs

BEFORE = Shape(
    columns={("a", "x"): "INTEGER", ("a", "y"): "VARCHAR", ("gone", "x"): "INTEGER"},
    rows={"a": 3, "gone": 1},
    checks={("pci", "range"): ("passed", 0), ("pci", "names"): ("warned", 2)},
)


def test_a_table_that_went_is_named_without_its_columns() -> None:
    after = Shape(columns={("a", "x"): "INTEGER", ("a", "y"): "VARCHAR"}, rows={"a": 3}, checks={})
    assert column_diffs(BEFORE, after) == [ColumnDiff("removed", "gone", "", None, None)]


def test_columns_that_came_or_changed_type_are_named() -> None:
    columns = {("a", "x"): "BIGINT", ("a", "y"): "VARCHAR", ("a", "z"): "DATE", ("gone", "x"): "INTEGER"}
    assert column_diffs(BEFORE, Shape(columns, BEFORE.rows, {})) == [
        ColumnDiff("retyped", "a", "x", "INTEGER", "BIGINT"),
        ColumnDiff("added", "a", "z", None, "DATE"),
    ]


def test_rows_are_compared_for_tables_both_have() -> None:
    assert rows_diffs(BEFORE, Shape({}, {"a": 5, "new": 9}, {})) == [RowsDiff("a", 3, 5)]


def test_a_check_that_came_out_otherwise_is_named() -> None:
    after = Shape({}, {}, {("pci", "range"): ("blocked", 4), ("pci", "names"): ("warned", 2)})
    assert check_diffs(BEFORE, after) == [CheckDiff("pci", "range", "passed", "blocked", 0, 4)]


def test_releases_without_checks_are_not_compared_by_checks() -> None:
    assert check_diffs(BEFORE, Shape()) == []
