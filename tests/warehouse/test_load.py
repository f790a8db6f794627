"""The load: all or nothing, once, and the later document wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.warehouse.batches import loadable
from warehouse.connection import reader, writer
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.load import LoadableBatch, load_batches, loaded_documents


def query(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with reader(home.build_database) as connection:
        return connection.execute(sql).fetchall()


def test_loading_the_same_bytes_twice_changes_nothing(home: Home) -> None:
    load_batches(home, [loadable(b"one")], reading_version=lambda _: "v1")
    before = query(home, "select * exclude (reading_version) from raw.batch")
    (again,) = load_batches(home, [loadable(b"one")], reading_version=lambda _: "v2")
    assert again.outcome == "unchanged"
    assert query(home, "select * exclude (reading_version) from raw.batch") == before


def test_a_corrected_file_supersedes_the_earlier_one_and_both_stay(home: Home) -> None:
    (first,) = load_batches(home, [loadable(b"one")], reading_version=lambda _: "v1")
    (second,) = load_batches(
        home,
        [loadable(b"two", {"value": 51.0}, received_at="2026-02-01T00:00:00+00:00")],
        reading_version=lambda _: "v1",
    )
    assert second.superseded == (first.batch_id,)
    rows = query(home, "select batch_id, superseded_by_batch_id from raw.batch order by superseded_by_batch_id")
    assert (first.batch_id, second.batch_id) in rows
    assert query(home, "select count(*) from raw.figure") == [(2,)]


def test_an_earlier_document_that_arrives_late_does_not_supersede(home: Home) -> None:
    load_batches(home, [loadable(b"new", received_at="2026-02-01T00:00:00+00:00")], reading_version=lambda _: "v1")
    (late,) = load_batches(home, [loadable(b"old")], reading_version=lambda _: "v1")
    assert late.superseded == ()


def test_of_two_fetches_the_later_asked_for_is_valid_whenever_each_arrives(home: Home) -> None:
    def fetched(content: bytes, day: int, received_at: str) -> LoadableBatch:
        item = loadable(content, received_at=received_at)
        return replace(item, batch=replace(item.batch, fetched_at=datetime(2025, 10, day, tzinfo=UTC)))

    load_batches(home, [fetched(b"later", 8, "2026-01-01T00:00:00+00:00")], reading_version=lambda _: "v1")
    (restored,) = load_batches(
        home, [fetched(b"earlier", 1, "2026-02-01T00:00:00+00:00")], reading_version=lambda _: "v1"
    )
    assert restored.superseded == ()
    assert query(home, "select count(*) from raw.batch where superseded_by_batch_id is null") == [(1,)]


def test_a_document_read_anew_replaces_its_own_rows(home: Home) -> None:
    load_batches(home, [loadable(b"one", {"unit_code": None})], reading_version=lambda _: "v1")
    (again,) = load_batches(home, [loadable(b"one", {"unit_code": "ha_noi_2008"})], reading_version=lambda _: "v2")
    assert again.outcome == "reread"
    assert query(home, "select unit_code from raw.figure") == [("ha_noi_2008",)]


def test_a_load_that_fails_in_the_middle_leaves_nothing_of_itself(home: Home) -> None:
    load_batches(home, [loadable(b"one")], reading_version=lambda _: "v1")
    broken = loadable(b"three", source_key="pci:2012")
    broken = replace(broken, accepted=pa.concat_tables([broken.accepted, broken.accepted]))  # the key twice
    with pytest.raises(duckdb.Error):
        load_batches(home, [loadable(b"two", source_key="pci:2011"), broken], reading_version=lambda _: "v1")
    assert query(home, "select count(*) from raw.batch") == [(1,)]


def test_loaded_documents_are_known_by_hash_and_reading_version(home: Home) -> None:
    batch = loadable(b"one")
    load_batches(home, [batch], reading_version=lambda _: "v1")
    assert loaded_documents(home) == {batch.batch.document.sha256: "v1"}


def test_a_database_of_a_later_version_is_left_alone(home: Home) -> None:
    load_batches(home, [loadable(b"one")], reading_version=lambda _: "v1")
    with writer(home) as connection:
        connection.execute("update raw.schema_version set version = 99")
    with pytest.raises(EnvironmentBroken, match="raw schema 99"):
        load_batches(home, [loadable(b"two")], reading_version=lambda _: "v1")


def test_a_file_that_is_no_database_is_named_in_words(home: Home) -> None:
    home.build_database.write_bytes(b"this is not a database" * 100)
    with pytest.raises(EnvironmentBroken, match=r"warehouse\.duckdb is damaged"):
        load_batches(home, [loadable(b"one")], reading_version=lambda _: "v1")
