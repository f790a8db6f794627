"""The copy readers open is judged like the build: rules see the copy's marts and the build's raw tables."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from expectations.release_audit import audit_release
from expectations.rules import Rule, Suite


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A release file of one described mart, and the build it is from."""
    copy, build = tmp_path / "copy.duckdb", tmp_path / "build.duckdb"
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema raw; create table raw.figure as select 2 as value")
        connection.execute("create schema marts; create table marts.fct as select 2 as value")
    with duckdb.connect(str(copy)) as connection:
        connection.execute("create schema marts; create table marts.fct as select 1 as value")
        connection.execute(
            "create table marts.dictionary as select 'fct' as table_name, 'value' as column_name, 'x' as "
            "description_en, 'x' as description_vi, 'x' as table_description_en, 'x' as table_description_vi "
            "union all select 'dictionary', unnest(['table_name', 'column_name', 'description_en', "
            "'description_vi', 'table_description_en', 'table_description_vi']), 'x', 'x', 'x', 'x'"
        )
    return copy, build


def suite(sql: str) -> Suite:
    rule = Rule(
        rule_id="equals_raw",
        severity="block",
        owner="engineer",
        category="accuracy",
        text_en="the mart equals the raw table",
        text_vi="bảng bằng dữ liệu gốc",
        rule_source="plain arithmetic",
        failing_rows=sql,
        fix_vi="dựng lại",
        fix_en="build again",
    )
    return Suite(name="fct", table="fct", rules=(rule,))


SQL = (
    "select 'fct' as place, cast(m.value as varchar) as found, cast(r.value as varchar) as expected "
    "from subject as m cross join raw.figure as r where m.value <> r.value"
)


def test_a_copy_that_differs_from_what_was_loaded_is_refused(files: tuple[Path, Path]) -> None:
    assert [(r.rule, r.found, r.expected) for r in audit_release(*files, suites=[suite(SQL)])] == [
        ("equals_raw", "1", "2")
    ]


def test_a_whole_copy_passes(files: tuple[Path, Path]) -> None:
    copy, build = files
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update marts.fct set value = 2")
    assert audit_release(copy, build, suites=[suite(SQL)]) == []


def test_a_column_without_a_meaning_is_refused(files: tuple[Path, Path]) -> None:
    copy, build = files
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update marts.fct set value = 2")
        connection.execute("update marts.dictionary set description_vi = '' where table_name = 'fct'")
    assert [(r.rule, r.place, r.found) for r in audit_release(copy, build, suites=[suite(SQL)])] == [
        ("column_undescribed", "fct.value", "no description in Vietnamese")
    ]
