"""A release in a real PostgreSQL server: whole, described, keyed, switched at once, and nobody else's things lost."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.serving.conftest import Database
from tests.serving.releases import UNITS, make_release
from tests.warehouse.marts import Figure
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.postgresql.address import parse_address
from warehouse.postgresql.serve import serve_release
from warehouse.postgresql.session import session

MANY = [Figure(unit_code="ha_noi", data_year=year) for year in range(1900, 2020)]


def schemas(database: Database) -> list[str]:
    return database.psql("select nspname from pg_namespace where nspname like 'marts%' order by nspname").split()


def test_rows_arrive_with_their_types_and_values(home: Home, database: Database) -> None:
    serve_release(make_release(home), database.address)
    rows = database.psql("select * from marts.every_type order by small nulls last")
    assert rows.splitlines() == [
        "t|7|9007199254740993|0.1|1234.50|chữ|1890-05-19|2026-11-23 18:22:16.373887",
        "f|||||||",
    ]
    types = database.psql(
        "select string_agg(data_type, ', ' order by ordinal_position) from information_schema.columns "
        "where table_schema = 'marts' and table_name = 'every_type'"
    )
    assert types == ("boolean, integer, bigint, double precision, numeric, text, date, timestamp without time zone")


def test_every_table_of_the_release_arrives_with_all_its_rows(home: Home, database: Database) -> None:
    report = serve_release(make_release(home, *MANY), database.address)
    assert report.tables == int(
        database.psql("select count(*) from information_schema.tables where table_schema = 'marts'")
    )
    assert database.psql("select count(*) from marts.fct_indicator_value") == "120"


def test_descriptions_in_both_languages_reach_tables_and_columns(home: Home, database: Database) -> None:
    serve_release(make_release(home), database.address)
    assert database.psql("select obj_description('marts.dim_unit'::regclass)") == (
        "Grain: one unit. — Tiếng Việt: Mỗi dòng là một đơn vị."
    )
    assert database.psql("select col_description('marts.dim_unit'::regclass, 2)") == (
        "The name; it's so. — Tiếng Việt: Tên đơn vị."
    )


def test_the_grain_is_the_primary_key_and_relationships_are_foreign_keys(home: Home, database: Database) -> None:
    serve_release(make_release(home), database.address)
    found = database.psql(
        "select pg_get_constraintdef(oid) from pg_constraint "
        "where conrelid = 'marts.fct_indicator_value'::regclass order by contype desc"
    )
    assert found.splitlines() == [
        "PRIMARY KEY (unit_code, indicator_code, data_year, boundary)",
        "FOREIGN KEY (unit_code) REFERENCES marts.dim_unit(unit_code)",
    ]


def test_vietnamese_names_are_ordered_as_vietnamese(home: Home, database: Database) -> None:
    serve_release(make_release(home), database.address)
    names = database.psql("select unit_code from marts.dim_unit where unit_code <> 'formula' order by name_vi")
    assert names.split() == ["an_giang", "ca_mau", "duong", "dak_lak", "ha_noi"]


def test_a_text_with_a_nul_does_not_stop_the_load(home: Home, database: Database) -> None:
    serve_release(make_release(home, units={"ha_noi": "Hà\0 Nội"}), database.address)
    assert database.psql("select name_vi from marts.dim_unit") == "Hà Nội"


def test_a_release_that_is_there_already_is_not_loaded_again(home: Home, database: Database) -> None:
    release = make_release(home)
    serve_release(release, database.address)
    before = database.psql("select 'marts'::regnamespace::oid")
    assert serve_release(release, database.address).outcome == "unchanged"
    assert database.psql("select 'marts'::regnamespace::oid") == before


def test_the_last_replaced_schema_is_kept_and_the_earlier_ones_are_dropped(home: Home, database: Database) -> None:
    for value in (1.0, 2.0, 3.0):
        serve_release(make_release(home, Figure(value=value)), database.address)
    kept = schemas(database)
    assert len(kept) == 2
    assert database.psql(f"select value from {kept[1]}.fct_indicator_value") == "2"
    assert database.psql("select value from marts.fct_indicator_value") == "3"


def test_no_replaced_schema_stays_when_none_is_wanted(home: Home, database: Database) -> None:
    for value in (1.0, 2.0):
        serve_release(make_release(home, Figure(value=value)), database.address, keep=0)
    assert schemas(database) == ["marts"]


def test_going_back_to_an_earlier_release_is_the_same_load(home: Home, database: Database) -> None:
    first = make_release(home, Figure(value=1.0))
    second = make_release(home, Figure(value=2.0))
    for release in (first, second, first, second, first):
        assert serve_release(release, database.address).outcome == "served"
    assert database.psql("select value from marts.fct_indicator_value") == "1"


def test_a_query_under_way_ends_on_the_release_it_began_with(home: Home, database: Database) -> None:
    serve_release(make_release(home, Figure(value=1.0)), database.address)
    with session(database.address) as reading:
        reading.run("declare slowly cursor for select value from marts.fct_indicator_value")
        report = serve_release(make_release(home, Figure(value=2.0)), database.address, keep=0)
        assert reading.rows("fetch all from slowly") == [(1.0,)]
    assert any("stays until the next publish" in note for note in report.notes)
    assert database.psql("select value from marts.fct_indicator_value") == "2"


def test_readers_never_see_a_missing_or_half_schema(home: Home, database: Database) -> None:
    releases = [make_release(home, *(replace(f, value=value) for f in MANY)) for value in (1.0, 2.0)]
    serve_release(releases[0], database.address)
    answers: list[str] = []
    stopped = threading.Event()

    def read() -> None:
        with session(database.address) as reading:
            while not stopped.is_set():
                query = "select count(*)::text || ' ' || min(value)::text from marts.fct_indicator_value"
                answers.append(str(reading.value(query)))
                reading.rollback()

    reader = threading.Thread(target=read)
    reader.start()
    for release in [*reversed(releases), *reversed(releases)]:
        serve_release(release, database.address)
    stopped.set()
    reader.join(10)
    assert not reader.is_alive()
    assert set(answers) == {"120 1", "120 2"}


def test_a_schema_of_somebody_else_is_left_alone(home: Home, database: Database) -> None:
    database.psql("create schema marts; create table marts.mine as select 1 as n")
    with pytest.raises(Misused, match="no publish made"):
        serve_release(make_release(home), database.address)
    assert database.psql("select n from marts.mine") == "1"


def test_views_of_others_read_the_new_release_and_keep_their_rights(home: Home, database: Database) -> None:
    serve_release(make_release(home, Figure(value=1.0)), database.address)
    database.psql(
        "create schema mine; create view mine.figure with (security_barrier = true) as "
        "select unit_code, value from marts.fct_indicator_value; create view mine.total as "
        "select sum(value) as total from mine.figure; create role lan; grant select on mine.figure to lan"
    )
    assert serve_release(make_release(home, Figure(value=2.0)), database.address, keep=0).notes == ()
    assert database.psql("select total from mine.total") == "2"
    assert database.psql("select has_table_privilege('lan', 'mine.figure', 'select')") == "t"
    assert database.psql("select reloptions from pg_class where oid = 'mine.figure'::regclass") == (
        "{security_barrier=true}"
    )
    assert schemas(database) == ["marts"]


def test_a_view_that_no_longer_fits_is_named_and_stays_on_the_replaced_release(home: Home, database: Database) -> None:
    first = make_release(home, Figure(value=1.0))
    serve_release(first, database.address)
    database.psql("create schema mine; create view mine.type as select words from marts.every_type")
    database.psql("create materialized view mine.kept as select value from marts.fct_indicator_value")
    second = _without_table(make_release(home, Figure(value=2.0)), "every_type")
    notes = " ".join(serve_release(second, database.address).notes)
    assert "view mine.type still reads the replaced release" in notes
    assert "mine.kept is materialised" in notes
    assert database.psql("select count(*) from mine.type") == "2"


def _without_table(release: Path, table: str) -> Path:
    import duckdb

    with duckdb.connect(str(release / "warehouse.duckdb")) as connection:
        connection.execute(f"drop table marts.{table}")
        connection.execute("delete from marts.dictionary where table_name = ?", [table])
    return release


def test_a_reader_role_may_read_and_nothing_else(home: Home, database: Database) -> None:
    serve_release(make_release(home), database.address)
    database.psql("create role minh login password 'chi-doc' in role reform_reader")
    as_reader = database.server.url(database.name, user="minh", password="chi-doc")
    with session(parse_address(as_reader)) as reading:
        assert reading.value("select count(*) from marts.dim_unit") == len(UNITS)
        with pytest.raises(EnvironmentBroken, match="permission denied"):
            reading.run("delete from marts.dim_unit")


def test_rights_given_on_the_schema_are_carried_to_the_next(home: Home, database: Database) -> None:
    serve_release(make_release(home, Figure(value=1.0)), database.address)
    database.psql("create role thu; grant usage on schema marts to thu; grant select on marts.dim_unit to thu")
    serve_release(make_release(home, Figure(value=2.0)), database.address)
    assert database.psql("select has_table_privilege('thu', 'marts.dim_unit', 'select')") == "t"
    assert database.psql("select has_table_privilege('thu', 'marts.metric_yoy', 'select')") == "f"


def test_a_publisher_that_may_not_create_roles_loads_and_says_what_is_missing(home: Home, database: Database) -> None:
    database.psql("drop role if exists thin; create role thin login password 'x'")
    database.psql(f"grant create on database {database.name} to thin; alter role reform_reader rename to was_reader")
    try:
        report = serve_release(
            make_release(home), parse_address(database.server.url(database.name, user="thin", password="x"))
        )
    finally:
        database.psql("alter role was_reader rename to reform_reader")
    assert [note for note in report.notes if "create role reform_reader" in note]
    assert database.psql("select count(*) from marts.dim_unit") == str(len(UNITS))


def test_two_publishers_at_once_load_one_after_the_other(home: Home, database: Database) -> None:
    releases = [make_release(home, Figure(value=value)) for value in (1.0, 2.0)]
    outcomes: list[str] = []
    publishers = [
        threading.Thread(target=lambda r=release: outcomes.append(serve_release(r, database.address).outcome))
        for release in [*releases, *releases]
    ]
    for publisher in publishers:
        publisher.start()
    for publisher in publishers:
        publisher.join(60)
    assert len(outcomes) == 4
    assert len(schemas(database)) <= 2
    assert database.psql("select count(*) from marts.fct_indicator_value") == "1"


def test_a_publish_beside_one_that_does_not_end_is_refused(
    home: Home, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.postgresql.serve._LOCK_SECONDS", 0.3)
    release = make_release(home)
    with session(database.address) as other:
        assert other.value(f"select pg_try_advisory_xact_lock({0x7265666F726D})")
        started = time.monotonic()
        with pytest.raises(EnvironmentBroken, match="under way"):
            serve_release(release, database.address)
        assert time.monotonic() - started < 5
