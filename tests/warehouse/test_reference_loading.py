"""Reference tables are typed and keyed, or the load says which file is wrong."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from warehouse.errors import EnvironmentBroken
from warehouse.reference import load_reference

_TABLES = """
thing:
  grain: one thing
  primary_key: [code]
  columns:
    code: {type: varchar, en: code, vi: mã}
    since: {type: date, en: since, vi: từ}
"""


def folder(tmp_path: Path, content: str, tables: str = _TABLES) -> Path:
    (tmp_path / "tables.yml").write_text(tables, "utf-8")
    (tmp_path / "thing.csv").write_text(content, "utf-8")
    return tmp_path


def test_a_table_is_loaded_with_its_types(tmp_path: Path) -> None:
    connection = duckdb.connect()
    load_reference(connection, folder(tmp_path, "code,since\na,2008-08-01\nb,\n"))
    rows = connection.execute("select code, year(since) from reference.thing order by code").fetchall()
    assert rows == [("a", 2008), ("b", None)]


def test_loading_again_replaces_what_was_there(tmp_path: Path) -> None:
    connection = duckdb.connect()
    load_reference(connection, folder(tmp_path, "code,since\na,\n"))
    load_reference(connection, folder(tmp_path, "code,since\nb,\n"))
    assert connection.execute("select code from reference.thing").fetchall() == [("b",)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("code,since\na,not a date\n", "thing.csv does not fit"),
        ("code,since\na,\na,\n", "the key .code. is doubled"),
        ("since,code\n,a\n", "header is"),
    ],
)
def test_a_file_that_does_not_fit_its_description_is_named(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(EnvironmentBroken, match=says):
        load_reference(duckdb.connect(), folder(tmp_path, content))


def test_a_file_nobody_described_is_named(tmp_path: Path) -> None:
    made = folder(tmp_path, "code,since\na,\n")
    (made / "other.csv").write_text("x\n1\n", "utf-8")
    with pytest.raises(EnvironmentBroken, match="other"):
        load_reference(duckdb.connect(), made)


def test_a_name_that_could_be_sql_is_not_used(tmp_path: Path) -> None:
    hostile = _TABLES.replace("since:", '"since) as x; drop table y --":')
    with pytest.raises(EnvironmentBroken, match="not allowed"):
        load_reference(duckdb.connect(), folder(tmp_path, "code,since\na,\n", hostile))
