"""Which months of the lake are stale: what is new, changed or gone, and what a killed build left."""

from __future__ import annotations

from datetime import date

import pytest

from tests.warehouse.lakes import load
from warehouse.connection import reader, writer
from warehouse.home import Home
from warehouse.lake import dossier_store
from warehouse.lake_manifest import commit, read_version
from warehouse.lake_months import lake_to_read, month_of_file
from warehouse.raw_schema import ensure_raw_schema

AUGUST, SEPTEMBER = date(2025, 8, 1), date(2025, 9, 1)


@pytest.fixture
def lake(home: Home) -> Home:
    """Two months of one unit, none of them built yet."""
    with writer(home) as connection:
        ensure_raw_schema(connection)
    for month in (8, 9):
        _put(home, month, rows=month)
    return home


def _put(home: Home, month: int, rows: int) -> None:
    load(home, "hue", date(2025, month, 1), rows)


def _stale(home: Home) -> set[date]:
    with lake_to_read(home) as found:
        return set(found.stale)


def _rows(home: Home) -> int:
    with reader(home.build_database) as connection:
        return int((connection.execute("select count(*) from raw.lake_dossiers").fetchone() or (0,))[0])


def test_everything_is_stale_at_first_and_nothing_after_a_build(lake: Home) -> None:
    assert _stale(lake) == {AUGUST, SEPTEMBER}
    assert _stale(lake) == set()


def test_only_the_files_of_stale_months_are_read(lake: Home) -> None:
    _stale(lake)
    _put(lake, 9, rows=5)
    with lake_to_read(lake) as found:
        assert found.stale == {SEPTEMBER}
        assert _rows(lake) == 5
    assert _rows(lake) == 0


def test_a_month_that_is_gone_is_stale_once(lake: Home) -> None:
    _stale(lake)
    store = dossier_store(lake)
    version = read_version(store)
    commit(store, version, {"kind": "load"}, [], [file.path for file in version.files if file.month == 8])
    assert _stale(lake) == {AUGUST}
    assert _stale(lake) == set()


def test_an_export_that_changes_no_row_makes_its_month_stale(lake: Home) -> None:
    _stale(lake)
    with writer(lake) as connection:
        connection.execute("insert into raw.dossier_coverage values ('hue', date '2025-09-01', false)")
    assert _stale(lake) == {SEPTEMBER}


def test_what_a_failed_build_left_is_stale_still(lake: Home) -> None:
    with pytest.raises(RuntimeError), lake_to_read(lake):
        raise RuntimeError
    assert _stale(lake) == {AUGUST, SEPTEMBER}


def test_other_models_make_everything_stale(lake: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    _stale(lake)
    monkeypatch.setattr("warehouse.lake_months._formula", lambda _: "another")
    with lake_to_read(lake) as found:
        assert (found.stale, found.models) == ({AUGUST, SEPTEMBER}, True)


def test_a_file_of_several_months_names_none() -> None:
    assert month_of_file("/lake/dossiers/year=2025/month=9/hue-0123456789abcdef.parquet") == SEPTEMBER
    assert month_of_file("s3://lake/dossiers/year=2025/all.parquet") is None


def test_an_older_database_loses_measures_without_hours(home: Home) -> None:
    """Until the exports are noted again there is nothing to measure with, so nothing is measured wrongly."""
    with writer(home) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.schema_version as select 4 as version")
        connection.execute("create table raw.dossier_month (unit_code varchar)")
        connection.execute(
            "create table raw.working_day as select date '2025-09-01' as day, true as is_working_day, 450 as minutes, "
            "0 as minutes_before, 450 as due_until, '' as reason, '' as source"
        )
        ensure_raw_schema(connection)
        tables = {name for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'raw'").fetchall()}  # fmt: skip
        assert "dossier_month" not in tables
        assert connection.execute("select count(*) from raw.working_day").fetchone() == (0,)
        assert connection.execute("select first_from from raw.working_day").fetchall() == []
