"""Which column comes from which, through everything our SQL does."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.observability.lineage.columns import ColumnCache, ColumnSource, column_sources

TABLES = {
    "staging": {"stg_figure": {"unit_code": "varchar", "value": "double", "data_year": "integer"}},
    "reference": {"unit": {"unit_code": "varchar", "name_vi": "varchar"}},
}
VALUE = ColumnSource("staging.stg_figure", "value")
YEAR = ColumnSource("staging.stg_figure", "data_year")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ('select value as v from "warehouse"."staging"."stg_figure"', {VALUE}),
        ("select value - lag(value) over (partition by unit_code order by data_year) as v from staging.stg_figure",
         {VALUE, YEAR, ColumnSource("staging.stg_figure", "unit_code")}),
        ("with kept as (select * from staging.stg_figure), named as (select * from kept) select value as v from named",
         {VALUE}),
        ("select coalesce(f.value, f.data_year) as v from staging.stg_figure as f left join reference.unit using "
         "(unit_code)", {VALUE, YEAR}),
        ("select value as v from staging.stg_figure union all select data_year as v from staging.stg_figure",
         {VALUE, YEAR}),
        ("select max(v) as v from (select value as v from staging.stg_figure) as t", {VALUE}),
        ("select name_vi as v from staging.stg_figure join reference.unit using (unit_code)",
         {ColumnSource("reference.unit", "name_vi")}),
    ],
)  # fmt: skip
def test_a_column_is_followed_to_the_tables_the_model_reads(sql: str, expected: set[ColumnSource]) -> None:
    assert set(column_sources(sql, ["v"], TABLES)["v"]) == expected


@pytest.mark.parametrize("sql", ["select 'published' as v from staging.stg_figure", "select 1 as v"])
def test_a_constant_comes_from_no_column(sql: str) -> None:
    assert column_sources(sql, ["v"], TABLES) == {}


def test_sql_nobody_can_read_finds_nothing() -> None:
    assert column_sources("select from where (", ["v"], TABLES) == {}


def test_what_was_found_is_found_again_without_reading_the_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = "select value as v from staging.stg_figure"
    cache = ColumnCache(tmp_path / "cache.json")
    first = cache.sources(sql, ["v"], TABLES)
    cache.keep()
    monkeypatch.setattr("warehouse.observability.lineage.columns.column_sources", lambda *_: pytest.fail("read again"))
    assert ColumnCache(tmp_path / "cache.json").sources(sql, ["v"], TABLES) == first == {"v": (VALUE,)}


def test_another_table_behind_the_same_sql_is_read_anew(tmp_path: Path) -> None:
    sql = "select * from staging.stg_figure"
    cache = ColumnCache(tmp_path / "cache.json")
    assert cache.sources(sql, ["data_year"], TABLES)
    assert cache.sources(sql, ["data_year"], {"staging": {"stg_figure": {"value": "double"}}}) == {}
