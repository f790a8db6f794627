"""Releases are whole, immutable, and switched in one step."""

from __future__ import annotations

import json

import duckdb
import pytest

from tests.serving.releases import make_release
from tests.warehouse.marts import Figure, write_marts
from warehouse.build import state_file
from warehouse.connection import writer
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.release import publish, switch
from warehouse.release_list import current_release, list_releases
from warehouse.release_tables import reading_order, table_hash
from warehouse.switches import switches_file


def build(home: Home, value: float, fingerprint: str) -> None:
    """A build of four small marts."""
    with writer(home) as connection:
        write_marts(connection, [Figure(value=value)])
        connection.execute("create or replace table marts.fct_observation as select ? as value", [value])
        connection.execute(
            "comment on table marts.fct_observation is 'Grain: one figure. — Tiếng Việt: Mỗi dòng là một số liệu.'"
        )
        connection.execute("comment on column marts.fct_observation.value is 'it''s a value — Tiếng Việt: giá trị'")
        connection.execute(
            "create or replace table marts.dim_source_document as "
            "select 'a.csv' as file_name, 'ab' as sha256, 'k' as source_key, false as is_superseded"
        )
    state_file(home).write_text(json.dumps({"fingerprint": fingerprint}))


def test_publishing_switches_current_to_a_whole_release(home: Home) -> None:
    build(home, 1.0, "a" * 64)
    report = publish(home)
    assert home.current.resolve().name == report.release_id
    assert {path.name for path in home.current.iterdir()} == {
        "warehouse.duckdb", "parquet", "csv", "datapackage.json", "keys.json", "manifest.json"
    }  # fmt: skip


def test_publishing_the_same_build_twice_makes_one_release(home: Home) -> None:
    build(home, 1.0, "a" * 64)
    first = publish(home)
    assert publish(home).release_id == first.release_id
    assert len(list_releases(home)) == 1


def test_a_release_from_before_keys_were_kept_is_made_again(home: Home) -> None:
    build(home, 1.0, "a" * 64)
    first = publish(home)
    (home.current / "keys.json").unlink()
    assert publish(home).release_id > first.release_id
    assert (home.current / "keys.json").exists()


def test_a_reader_of_the_old_release_is_not_disturbed_by_the_next(home: Home) -> None:
    build(home, 1.0, "a" * 64)
    publish(home)
    with duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True) as reading:
        build(home, 2.0, "b" * 64)
        publish(home)
        assert reading.execute("select value from marts.fct_observation").fetchall() == [(1.0,)]
    with duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True) as reading:
        assert reading.execute("select value from marts.fct_observation").fetchall() == [(2.0,)]


def test_rolling_back_is_the_same_switch(home: Home) -> None:
    build(home, 1.0, "a" * 64)
    first = publish(home)
    build(home, 2.0, "b" * 64)
    publish(home)
    switch(home, first.release_id)
    assert home.current.resolve().name == first.release_id


@pytest.mark.parametrize("release_id", ["nothing", "../releases", "", "."])
def test_a_release_that_does_not_exist_is_not_switched_to(home: Home, release_id: str) -> None:
    build(home, 1.0, "a" * 64)
    first = publish(home)
    with pytest.raises(Misused):
        switch(home, release_id)
    assert home.current.resolve().name == first.release_id


def test_release_ids_sort_by_time_even_after_the_clock_was_set_back(home: Home) -> None:
    (home.releases / "29990101T000000000000Z-aaaaaaaa").mkdir()
    build(home, 1.0, "a" * 64)
    assert publish(home).release_id > "29990101T000000000000Z-aaaaaaaa"


def test_an_incomplete_build_is_not_published(home: Home) -> None:
    build(home, 1.0, "a" * 64)
    state_file(home).unlink()
    with pytest.raises(EnvironmentBroken, match="no complete build"):
        publish(home)
    assert current_release(home) is None


def test_marts_without_a_fact_are_not_published(home: Home) -> None:
    build(home, 1.0, "a" * 64)
    publish(home)
    first = home.current.resolve().name
    build(home, 2.0, "b" * 64)
    with writer(home) as connection:
        for fact in ("fct_observation", "fct_indicator_value"):
            connection.execute(f"delete from marts.{fact}")
    with pytest.raises(EnvironmentBroken, match="no fact"):
        publish(home)
    assert home.current.resolve().name == first


def test_comments_reach_the_release_and_the_dictionary_in_both_languages(home: Home) -> None:
    build(home, 1.0, "a" * 64)
    publish(home)
    with duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True) as reading:
        rows = reading.execute(
            "select description_en, description_vi from marts.dictionary "
            "where table_name = 'fct_observation' and column_name = 'value'"
        ).fetchall()
    assert rows == [("it's a value", "giá trị")]


def test_the_hash_of_a_table_does_not_depend_on_the_order_of_its_rows() -> None:
    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.execute("create table marts.a as select * from (values (1, 'x'), (2, 'y')) as t(n, s)")
    connection.execute("create table marts.b as select * from (values (2, 'y'), (1, 'x')) as t(n, s)")
    assert table_hash(connection, "a") == table_hash(connection, "b")


def test_what_a_killed_publish_left_behind_is_removed_by_the_next(home: Home) -> None:
    (home.releases / ".20260101T000000000000Z-aaaaaaaa.partial").mkdir()
    build(home, 1.0, "a" * 64)
    publish(home)
    assert [path.name for path in home.releases.glob(".*")] == []


def test_the_rows_of_a_mart_stand_by_map_and_year_before_its_key(home: Home) -> None:
    figures = [
        Figure(unit_code=unit, data_year=year, boundary=boundary)
        for unit in ("hue", "ha_noi")
        for year in (2013, 2012)
        for boundary in ("published", "2025")
    ]
    make_release(home, *figures, units={"hue": "Huế", "ha_noi": "Hà Nội"})
    with duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True) as reading:
        columns = "boundary, data_year, unit_code, indicator_code"
        stored = reading.execute(f"select {columns} from marts.fct_indicator_value").fetchall()
    assert stored == sorted(stored)
    assert len(stored) == len(figures)


@pytest.mark.parametrize(
    ("columns", "key", "order"),
    [
        (
            ["unit_code", "data_year", "index_code"],
            ["unit_code", "data_year"],
            ("data_year", "index_code", "unit_code"),
        ),
        (["unit_code", "name_vi"], ["unit_code"], ("unit_code",)),
        (["unit_code", "data_year"], [], ()),
        (["unit_code"], ["unit_code", "gone"], ()),
    ],
)
def test_map_year_and_index_come_before_the_key_and_without_a_key_the_order_of_the_build_stays(
    columns: list[str], key: list[str], order: tuple[str, ...]
) -> None:
    assert reading_order(columns, key) == order


def test_a_release_whose_process_died_before_the_switch_is_switched_to_and_not_made_twice(home: Home) -> None:
    build(home, 1.0, "a" * 64)
    first = publish(home)
    build(home, 2.0, "b" * 64)
    second = publish(home)
    # As after a kill between the renaming and the switch: the link and its log still say the first.
    lines = switches_file(home).read_text("utf-8").splitlines(keepends=True)
    switches_file(home).write_text(lines[0], "utf-8")
    home.current.unlink()
    home.current.symlink_to(home.releases.relative_to(home.root) / first.release_id)
    assert publish(home).release_id == second.release_id
    assert home.current.resolve().name == second.release_id
    assert len(list_releases(home)) == 2


def test_a_release_that_was_rolled_back_from_is_not_taken_for_a_new_one(home: Home) -> None:
    build(home, 1.0, "a" * 64)
    first = publish(home)
    build(home, 2.0, "b" * 64)
    second = publish(home)
    switch(home, first.release_id)
    assert publish(home).release_id not in {first.release_id, second.release_id}
