"""What the suite says of one export, and what follows: rows left out, cells set aside, or the file refused.

Great Expectations counts what breaks each rule, DuckDB names the rows by the same query, and the two must agree, as for
every other source. The private file gains the tables `left_out` (rows that do not enter) and `aside` (for their owner).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from expectations.audit import find_failing, reconcile
from expectations.gx_runner import SuiteRun, run_suites
from expectations.rules import CheckResult
from expectations.suites.common import TOO_MANY_BAD_ROWS
from expectations.suites.dossiers import DOSSIERS
from ingestion.dossiers.expressions import CELL_MARK, EXPECTED, LIST_MARK
from ingestion.dossiers.privacy import looks_personal
from ingestion.dossiers.reading import WORDS, Reading, open_database
from ingestion.dossiers.units import UnitsOnDays
from warehouse.errors import Refusal

#: A text that stands at least so often in a file is a word of the portal; a rarer one could be somebody's name.
_RECURRING = 3
#: More different names than this are no names of units, fields or wards.
_MAX_NAMES = 20_000
_MAX_NAME_LENGTH = 160
#: The share of the file's rows in which one column may be unreadable.
_MAX_BAD_CELLS = 0.2


@dataclass(frozen=True)
class Judgement:
    """The outcome for one export; with `refusals` nothing of it enters. `left_out` and `set_aside` count rows."""

    reading: Reading
    checks: tuple[CheckResult, ...]
    refusals: tuple[Refusal, ...]
    left_out: int
    set_aside: int


def prepare(reading: Reading, units: UnitsOnDays) -> None:
    """Add to the private file what the rules look at: `dossier`, `document`, `unit_of_name`, `hidden_name` and the
    empty `failing`.
    """
    document = reading.archived.document
    connection = open_database(reading.database)
    try:
        connection.execute(
            f"create view dossier as select rowid as row_id, '{document.source_document_id}' as batch_id, * from staged"
        )
        received = f"timestamp '{document.received_at[:19].replace('T', ' ')}' + interval 7 hours"
        connection.execute(f"create table document as select {received} as received_at")
        _resolve_units(connection, units)
        _hide_names(connection)
        connection.execute(
            "create table failing (suite varchar, rule_id varchar, batch_id varchar, row_id bigint, found varchar, "
            "expected varchar)"
        )
    finally:
        connection.close()


def _resolve_units(connection: duckdb.DuckDBPyConnection, units: UnitsOnDays) -> None:
    connection.execute(
        "create table unit_of_name (unit_name varchar, unit_period utinyint, unit_code varchar, unit_scope varchar)"
    )
    printed = connection.execute(
        f"select distinct unit_name, unit_period from staged where unit_name is not null and unit_period is not null "
        f"limit {_MAX_NAMES}"
    ).fetchall()
    for name, period in printed:
        if code := units.code(name, period):
            connection.execute(
                "insert into unit_of_name values (?, ?, ?, ?)", [name, period, code, units.present(code)]
            )


def _hide_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Names of fields and wards that hold a phone, an identity number or an e-mail address go no further."""
    connection.execute("create table hidden_name (column_name varchar, name varchar)")
    for column in ("field", "ward"):
        names = connection.execute(
            f"select distinct {column}_name from staged where {column}_name is not null limit {_MAX_NAMES}"
        ).fetchall()
        hidden = [[column, name] for (name,) in names if len(name) > _MAX_NAME_LENGTH or looks_personal(name)]
        if hidden:
            connection.executemany("insert into hidden_name values (?, ?)", hidden)


def judge(readings: Sequence[Reading]) -> list[Judgement]:
    """Judge prepared exports, one after the other, so that memory does not grow with their number.

    Raises:
        EnvironmentBroken: a rule could not be evaluated, or Great Expectations and the rule's own query disagree.
    """
    return [_judge(reading) for reading in readings]


def _judge(reading: Reading) -> Judgement:
    counts = find_failing(reading.database, [DOSSIERS])
    (run,) = run_suites(reading.database, [DOSSIERS])
    reconcile(run, counts)
    connection = open_database(reading.database)
    try:
        severities = {rule.rule_id: rule.severity for rule in DOSSIERS.rules}
        waiting = ", ".join(f"'{rule_id}'" for rule_id, severity in severities.items() if severity == "quarantine")
        connection.execute(f"create table left_out as select distinct row_id from failing where rule_id in ({waiting})")
        _set_aside(connection, reading)
        left_out, set_aside = (
            int(row[0]) if (row := connection.execute(query).fetchone()) else 0
            for query in ("select count(*) from left_out", "select count(distinct row_number) from aside")
        )
        too_many = left_out >= DOSSIERS.min_bad_rows and left_out > DOSSIERS.max_bad_share * reading.rows
        refusals = _too_many(connection, reading, left_out) if too_many else _unreadable_columns(connection, reading)
        connection.execute("checkpoint")
    finally:
        connection.close()
    return Judgement(reading, _checks(reading, run, left_out if too_many else 0), tuple(refusals), left_out, set_aside)


def _set_aside(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """The table `aside`: each cell and row that waits, its text only where it cannot be a person's."""
    connection.execute(
        """
        create table aside (file_name varchar, source_document_id varchar, row_number bigint, column_name varchar,
                            text_found varchar, rule_id varchar, severity varchar, expected varchar)
        """
    )
    document = reading.archived.document
    row = f"$file_name, '{document.source_document_id}', row_id + 1"
    name = {"file_name": document.file_name}
    connection.execute(
        f"""
        insert into aside
        with cell as (
            select rowid as row_id, unnest(string_split(bad_cells, '{LIST_MARK}')) as cell from staged
            where bad_cells is not null
        ),
        parted as (
            select row_id, string_split(cell, '{CELL_MARK}')[1] as column_name,
                   string_split(cell, '{CELL_MARK}')[2] as text from cell
        ),
        hidden as (
            select s.rowid as row_id, h.column_name, h.name as text, true as is_hidden from staged as s
            join hidden_name as h on (h.column_name = 'field' and h.name = s.field_name)
                                  or (h.column_name = 'ward' and h.name = s.ward_name)
        ),
        counted as (
            select *, count(*) over (partition by column_name, text) as times
            from (select *, false as is_hidden from parted union all select * from hidden)
        )
        select {row}, column_name,
               case when not is_hidden and (times >= {_RECURRING} or not regexp_matches(text, '[[:alpha:]]|[^ -~]'))
                    then text else 'a text of ' || cast(length(text) as varchar) || ' characters, not shown' end,
               'cell_unreadable', 'warn', coalesce(e.expected, '')
        from counted left join ({_expected_rows()}) as e using (column_name)
        order by row_id, column_name
        """,
        name,
    )
    rules = " union all ".join(
        f"select '{rule.rule_id}' as rule_id, '{rule.severity}' as severity" for rule in DOSSIERS.rules
    )
    connection.execute(
        f"insert into aside select {row}, null, f.found, f.rule_id, r.severity, f.expected from failing as f "
        f"join ({rules}) as r using (rule_id) where rule_id <> 'cell_unreadable' order by f.row_id, f.rule_id",
        name,
    )


def _expected_rows() -> str:
    return " union all ".join(
        f"select '{column}' as column_name, '{text}' as expected" for column, text in EXPECTED.items()
    )


def _checks(reading: Reading, run: SuiteRun, bad_rows: int) -> tuple[CheckResult, ...]:
    failed = {**run.failed, TOO_MANY_BAD_ROWS.rule_id: bad_rows}
    return tuple(
        CheckResult.of(
            rule,
            batch_id=reading.archived.document.source_document_id,
            suite=DOSSIERS.name,
            rows_checked=run.rows_checked,
            rows_failed=failed[rule.rule_id],
        )
        for rule in (*DOSSIERS.rules, TOO_MANY_BAD_ROWS)
    )


def _too_many(connection: duckdb.DuckDBPyConnection, reading: Reading, left_out: int) -> list[Refusal]:
    worst = connection.execute(
        "select rule_id, count(*) as times, min(row_id) + 1 from failing where row_id in (from left_out) "
        "group by rule_id order by times desc, rule_id limit 3"
    ).fetchall()
    details = "; ".join(f"{rule_id} in {times} rows" for rule_id, times, _ in worst)
    return [
        _refusal(
            reading,
            TOO_MANY_BAD_ROWS.rule_id,
            f"{left_out} of {reading.rows} rows ({details})",
            f"at most {DOSSIERS.max_bad_share:.0%} of the rows",
            f"row {worst[0][2]}",
            (TOO_MANY_BAD_ROWS.text_en, TOO_MANY_BAD_ROWS.text_vi, TOO_MANY_BAD_ROWS.suggested_fix),
        )
    ]


def _unreadable_columns(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[Refusal]:
    worst = connection.execute(
        "select column_name, count(*), min(row_number) from aside where rule_id = 'cell_unreadable' "
        "group by column_name having count(*) > greatest(?, ?) order by column_name",
        [DOSSIERS.min_bad_rows, _MAX_BAD_CELLS * reading.rows],
    ).fetchall()
    return [
        _refusal(reading, "column_unreadable", f"{column}: {times} of {reading.rows} cells", EXPECTED[column],
                 f"row {row}", WORDS["column_unreadable"])
        for column, times, row in worst
    ]  # fmt: skip


def _refusal(
    reading: Reading, rule: str, found: str, expected: str, place: str, words: tuple[str, str, str]
) -> Refusal:
    text_en, text_vi, action = words
    return Refusal(
        file_name=reading.archived.document.file_name,
        rule=rule,
        found=found,
        expected=expected,
        place=place,
        text_en=text_en,
        text_vi=text_vi,
        action=action,
    )


def discard(database: Path) -> None:
    """Remove a private file."""
    for path in (database, database.with_name(f"{database.name}.wal")):
        path.unlink(missing_ok=True)
