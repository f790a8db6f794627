"""The copy is judged too: what readers open is the release, not the build it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from expectations.mart_audit import blocking_refusals, find_failing_rows
from expectations.rules import Suite
from expectations.suites.marts import MART_SUITES
from warehouse.connection import reader
from warehouse.errors import Refusal


def audit_release(copy: Path, build: Path, *, suites: Sequence[Suite] = MART_SUITES) -> list[Refusal]:
    """What is wrong with the marts in the release file `copy`, made from the database `build`; empty when nothing is.

    Every rule of every mart suite runs on the copy. Rules that go round the marts read the raw and reference tables,
    which a release does not hold, from the build. Great Expectations has counted the same rules on the build.

    Raises:
        EnvironmentBroken: a file cannot be opened, or a rule cannot be evaluated.
    """
    with reader(copy) as connection:
        connection.execute("attach ? as build (read_only)", [str(build)])
        _see_both(connection)
        failed = find_failing_rows(connection, suites)
        refusals = blocking_refusals(suites, failed)
        return refusals + _dictionary_faults(connection)


def _see_both(connection: duckdb.DuckDBPyConnection) -> None:
    """Names without a database mean the copy's marts, and for every other schema the build's."""
    here = connection.execute("select current_database()").fetchall()[0][0]
    others = connection.execute(
        "select distinct schema_name from duckdb_tables() where database_name = 'build' and schema_name <> 'marts' "
        "order by 1"
    ).fetchall()
    paths = [f"{here}.main", f"{here}.marts", *(f"build.{schema}" for (schema,) in others)]
    connection.execute("set search_path = ?", [",".join(paths)])


def _dictionary_faults(connection: duckdb.DuckDBPyConnection) -> list[Refusal]:
    """Columns the dictionary leaves out or leaves without a meaning in one of the languages."""
    rows = connection.execute(
        """
        select c.table_name || '.' || c.column_name,
               case
                   when d.column_name is null then 'not in marts.dictionary'
                   when coalesce(d.description_en, '') = '' then 'no description in English'
                   when coalesce(d.description_vi, '') = '' then 'no description in Vietnamese'
                   else 'the table has no description in both languages'
               end
        from duckdb_columns() as c
        left join marts.dictionary as d on d.table_name = c.table_name and d.column_name = c.column_name
        where c.schema_name = 'marts' and c.database_name = current_database()
          and (
              coalesce(d.description_en, '') = '' or coalesce(d.description_vi, '') = ''
              or coalesce(d.table_description_en, '') = '' or coalesce(d.table_description_vi, '') = ''
          )
        order by 1
        """
    ).fetchall()
    return [
        Refusal(
            file_name="marts.dictionary",
            rule="column_undescribed",
            place=place,
            found=found,
            expected="what it means, in Vietnamese and English",
            text_en="a column without a meaning is not published",
            text_vi="không phát hành cột chưa có mô tả",
            action="describe it in dbt_project/models/columns_*.md",
        )
        for place, found in rows
    ]
