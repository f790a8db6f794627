"""What two releases hold differently as tables: columns, rows, and the outcomes of checks."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from warehouse.release_tables import name

#: The worst outcome of a rule over all its documents stands for it.
_OUTCOMES = ("passed", "warned", "quarantined", "blocked")


@dataclass(frozen=True)
class Shape:
    """A release's columns with their types and rows by table, and the worst outcome and failed rows by rule."""

    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    checks: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnDiff:
    """A table (`column` empty) or column that was `added`, `removed` or `retyped`; the types before and after."""

    what: str
    table: str
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class RowsDiff:
    """A table both releases have, with another number of rows."""

    table: str
    before: int
    after: int


@dataclass(frozen=True)
class CheckDiff:
    """A rule whose outcome or number of failing rows moved; None where that release did not know the rule."""

    suite: str
    rule_id: str
    before: str | None
    after: str | None
    rows_failed_before: int | None
    rows_failed_after: int | None


def read_shape(connection: duckdb.DuckDBPyConnection, catalog: str) -> Shape:
    """The shape of the release attached as `catalog`."""
    columns = {
        (str(table), str(column)): str(kind)
        for table, column, kind in connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where database_name = ? and schema_name = 'marts'",
            [catalog],
        ).fetchall()
    }
    tables = sorted({table for table, _ in columns})
    counted = [
        connection.execute(f"select count(*) from {name(catalog)}.marts.{name(table)}").fetchall() for table in tables
    ]
    checks: dict[tuple[str, str], tuple[str, int]] = {}
    if {("data_quality", column) for column in ("suite", "rule_id", "outcome", "rows_failed")} <= set(columns):
        found = connection.execute(
            f"select suite, rule_id, outcome, sum(rows_failed)::bigint from {name(catalog)}.marts.data_quality "
            "where suite is not null group by all"
        ).fetchall()
        for suite, rule_id, outcome, rows_failed in found:
            worst, failed = checks.get((suite, rule_id), ("passed", 0))
            checks[suite, rule_id] = (max(worst, outcome, key=_severity), failed + int(rows_failed or 0))
    return Shape(columns, {table: int(rows[0][0]) for table, rows in zip(tables, counted, strict=True)}, checks)


def _severity(outcome: str) -> int:
    return _OUTCOMES.index(outcome) if outcome in _OUTCOMES else len(_OUTCOMES)


def column_diffs(before: Shape, after: Shape) -> list[ColumnDiff]:
    """Tables and columns that came, went or changed type; the columns of a whole new or lost table are not listed."""
    found = [
        ColumnDiff("added" if table in after.rows else "removed", table, "", None, None)
        for table in sorted(set(before.rows) ^ set(after.rows))
    ]
    in_both = set(before.rows) & set(after.rows)
    for table, column in sorted({*before.columns, *after.columns}):
        was, now = before.columns.get((table, column)), after.columns.get((table, column))
        if table in in_both and was != now:
            what = "added" if was is None else "removed" if now is None else "retyped"
            found.append(ColumnDiff(what, table, column, was, now))
    return found


def rows_diffs(before: Shape, after: Shape) -> list[RowsDiff]:
    """Tables of both releases whose number of rows differs."""
    return [
        RowsDiff(table, before.rows[table], after.rows[table])
        for table in sorted(set(before.rows) & set(after.rows))
        if before.rows[table] != after.rows[table]
    ]


def check_diffs(before: Shape, after: Shape) -> list[CheckDiff]:
    """Rules that pass or fail otherwise than before; nothing where one release has no checks at all."""
    if not before.checks or not after.checks:
        return []
    found = []
    for suite, rule_id in sorted({*before.checks, *after.checks}):
        was, now = before.checks.get((suite, rule_id)), after.checks.get((suite, rule_id))
        if was == now:
            continue
        found.append(
            CheckDiff(
                suite,
                rule_id,
                before=was[0] if was else None,
                after=now[0] if now else None,
                rows_failed_before=was[1] if was else None,
                rows_failed_after=now[1] if now else None,
            )
        )
    return found
