"""The lake's table: whole batches, compaction, what is kept for readers, kills, evolving columns, object storage."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.ingestion.landing.places import USER, s3_server
from tests.warehouse.lakes import held, load, rows, written
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import PROJECT_ROOT, Home
from warehouse.lake import dossier_store, live_files
from warehouse.lake_compaction import compact, due_periods, months_of, vacuum
from warehouse.lake_manifest import LakeFile, commit, read_version
from warehouse.lake_schema import COLUMNS

JULY, SEPTEMBER = date(2025, 7, 1), date(2025, 9, 1)


def three_batches(home: Home) -> None:
    for unit, month in (("son_la", JULY), ("lao_cai_2025", JULY), ("son_la", SEPTEMBER)):
        load(home, unit, month)


def test_files_count_once_a_manifest_names_them(home: Home, tmp_path: Path) -> None:
    load(home, "son_la", JULY)
    before = live_files(home, "dossiers")
    with duckdb.connect() as connection:
        late = written(home, connection, rows("hue", JULY, 3, "d"), tmp_path / "new.parquet", JULY, "hue")
    assert live_files(home, "dossiers") == before
    store = dossier_store(home)
    commit(store, read_version(store), {"kind": "load"}, [late], [])
    assert len(held(live_files(home, "dossiers"))) == 8


def test_a_settled_month_becomes_one_file_sorted_by_unit_and_code(home: Home) -> None:
    three_batches(home)
    before = held(live_files(home, "dossiers"))
    (done,) = compact(home)
    assert (done.month, done.files_before, done.files_after, done.rows) == (7, 2, 1, 10)
    july, september = read_version(dossier_store(home)).files
    assert (july.is_compacted, july.units) == (True, {"lao_cai_2025": 5, "son_la": 5})
    assert not september.is_compacted
    stored = duckdb.sql(
        f"select unit_on_present_map, dossier_id from read_parquet('{home.lake}/dossiers/{july.path}')"
    ).fetchall()
    assert stored == sorted(stored)
    assert held(live_files(home, "dossiers")) == before


def test_the_months_next_to_the_newest_export_are_left_as_loaded_unless_all_are_asked_for(home: Home) -> None:
    three_batches(home)
    version = read_version(dossier_store(home))
    assert due_periods(version) == [(2025, 7)]
    assert due_periods(version, every=True) == [(2025, 7), (2025, 9)]


def test_a_compacted_month_waits_until_enough_was_added(home: Home) -> None:
    load(home, "son_la", JULY, 50_000)
    load(home, "son_la", SEPTEMBER)
    compact(home)
    load(home, "hue", JULY, 5)
    assert due_periods(read_version(dossier_store(home))) == []
    load(home, "lao_cai_2025", JULY, 20_000)
    assert due_periods(read_version(dossier_store(home))) == [(2025, 7)]


def test_files_of_a_month_are_no_larger_than_the_target(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    load(home, "son_la", JULY, 300_000)
    size = read_version(dossier_store(home)).files[0].bytes
    monkeypatch.setattr("warehouse.lake_compaction.MAX_BYTES", size // 2)
    compact(home, every=True)
    (month,) = months_of(read_version(dossier_store(home)))
    assert (month.compacted, month.rows) == (2, 300_000)


def test_a_reader_of_the_version_before_keeps_its_files_until_the_policy_lets_them_go(home: Home) -> None:
    three_batches(home)
    before = live_files(home, "dossiers")
    compact(home)
    now = datetime.now(UTC)
    assert vacuum(home, hours=24, now=now + timedelta(hours=23)).files == 0
    assert held(before) == held(live_files(home, "dossiers", version=3))
    gone = vacuum(home, hours=24, now=now + timedelta(hours=25))
    assert (gone.versions, gone.files) == (3, 2)
    assert not Path(before[0]).exists()
    assert len(held(live_files(home, "dossiers"))) == 15
    with pytest.raises(EnvironmentBroken, match="has no version 3: 4 to 4 are kept"):
        live_files(home, "dossiers", version=3)


def test_files_of_a_batch_that_is_not_in_yet_outlive_a_vacuum(home: Home, tmp_path: Path) -> None:
    load(home, "son_la", JULY)
    with duckdb.connect() as connection:
        late = written(home, connection, rows("hue", JULY, 3, "d"), tmp_path / "new.parquet", JULY, "hue")
    assert vacuum(home, hours=1).files == 0
    assert vacuum(home, hours=1, now=datetime.now(UTC) + timedelta(hours=2)).files == 1
    assert not (home.lake / "dossiers" / late.path).exists()


_KILLED = """
import os, signal, sys
from pathlib import Path
from warehouse import lake_store
from warehouse.home import Home
from warehouse.lake_compaction import compact, vacuum
calls = 0
def dying(function):
    def wrapper(*arguments):
        global calls
        for when in (lambda: None, lambda: function(*arguments)):
            when()
            calls += 1
            if calls == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
    return wrapper
for name in ("put", "create", "remove"):
    setattr(lake_store.LocalStore, name, dying(getattr(lake_store.LocalStore, name)))
lake_store._sync_folder = dying(lake_store._sync_folder)
compact(Home(Path(sys.argv[1])), every=True)
vacuum(Home(Path(sys.argv[1])), hours=0)
"""


def test_killed_at_any_step_of_compaction_and_vacuum_the_lake_is_whole(home: Home) -> None:
    three_batches(home)
    expected = held(live_files(home, "dossiers"))
    kills = 0
    for step in range(1, 60, 2):
        command = [sys.executable, "-c", _KILLED, str(home.root), str(step)]
        done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
        assert held(live_files(home, "dossiers")) == expected
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        kills += 1
    assert kills >= 3
    on_disk = {str(path) for path in (home.lake / "dossiers").glob("year=*/**/*.parquet")}
    assert on_disk == set(live_files(home, "dossiers"))
    assert not (home.lake / ".incoming").exists()


def test_of_two_writers_that_saw_the_same_version_one_is_told(home: Home) -> None:
    load(home, "son_la", JULY)
    store = dossier_store(home)
    seen = read_version(store)
    commit(store, seen, {"kind": "load"}, [], [])
    with pytest.raises(EnvironmentBroken, match="another writer made version 2"):
        commit(store, seen, {"kind": "load"}, [], [])


def old_lake(home: Home) -> Path:
    """As code before format 2 left it: a file a unit and month, without the new column, ratings as unsigned bytes."""
    folder = home.lake / "dossiers/year=2025/month=7/unit=son_la"
    folder.mkdir(parents=True)
    old = rows("son_la", JULY, 4, "old").replace("as smallint", "as utinyint")
    query = f"select * exclude (unit_on_present_map) replace (cast(rating as utinyint) as rating) from ({old})"
    duckdb.sql(f"copy ({query}) to '{folder}/dossiers.parquet' (format parquet)")
    (home.lake / "dossiers/_manifest.json").write_text('{"documents": {}}')
    return folder


def test_a_lake_of_before_is_read_as_it_lies_and_taken_over_by_the_next_batch(home: Home) -> None:
    folder = old_lake(home)
    assert live_files(home, "dossiers") == [str(folder / "dossiers.parquet")]
    version = load(home, "hue", JULY)
    assert {file.units.get("son_la") for file in version.files} == {4, None}
    compact(home, every=True)
    assert [unit for unit, _ in held(live_files(home, "dossiers"))] == ["hue"] * 5 + ["son_la"] * 4


def test_files_of_every_schema_are_read_as_one_with_the_new_column_and_the_wider_type(home: Home) -> None:
    old_lake(home)
    version = load(home, "hue", JULY)
    store = dossier_store(home)
    with duckdb.connect() as connection:
        found = connection.sql(f"from {version.scan(store, version.files)}")
        assert list(zip(found.columns, map(str, found.types), strict=True)) == [
            (column.name, column.duckdb.upper()) for column in COLUMNS
        ]
        counted = found.aggregate("unit_on_present_map, count(*), sum(rating)").order("all").fetchall()
    assert counted == [("hue", 5, 15), ("son_la", 4, 10)]


def test_a_lake_of_newer_code_is_not_written(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    load(home, "son_la", JULY)
    monkeypatch.setattr("warehouse.lake_manifest.SCHEMA", 1)
    with pytest.raises(EnvironmentBroken, match="newer code"):
        load(home, "hue", JULY)


@pytest.mark.parametrize(
    "damage", [lambda text: text[: len(text) // 2], lambda text: text.replace('"files"', '"fields"'), lambda _: ""]
)
def test_a_damaged_manifest_is_told_and_nothing_is_guessed(home: Home, damage: object) -> None:
    load(home, "son_la", JULY)
    path = home.lake / "dossiers/_manifests/000000000001.json"
    path.write_text(damage(path.read_text("utf-8")), "utf-8")  # type: ignore[operator]
    with pytest.raises(EnvironmentBroken, match=r"000000000001\.json .* is damaged"):
        live_files(home, "dossiers")


def test_a_month_that_would_lose_rows_is_left_as_it_was(home: Home) -> None:
    load(home, "son_la", JULY, 6)
    store = dossier_store(home)
    version = read_version(store)
    wrong = LakeFile(**{**vars(version.files[0]), "units": {"son_la": 7}, "rows": 7})
    commit(store, version, {"kind": "load"}, [wrong], [])
    with pytest.raises(EnvironmentBroken, match=r"compacting 2025-07 would change the lake \(7 rows before, 6 after\)"):
        compact(home, every=True)
    assert len(held(live_files(home, "dossiers"))) == 6


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of a real server on loopback, and the environment S3 clients find it by; gives the password."""
    (tmp_path / "s3").mkdir()
    with s3_server(tmp_path / "s3") as place:
        address = place.environment["REFORM_LANDING_URL"].rpartition("/")[0]
        monkeypatch.setenv("REFORM_LAKE_URL", f"{address}/kho dữ liệu")
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", place.environment["REFORM_LANDING_S3_ENDPOINT"])
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", USER)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", place.password)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-1")
        yield place.password


def test_the_lake_in_object_storage_loads_compacts_vacuums_and_is_read(home: Home, bucket: str) -> None:
    three_batches(home)
    store = dossier_store(home)
    with duckdb.connect() as connection:
        store.attach(connection)
        before = held(live_files(home, "dossiers"), connection)
        assert live_files(home, "dossiers")[0].startswith("s3://")
        assert [month.files_after for month in compact(home)] == [1]
        assert held(live_files(home, "dossiers"), connection) == before
        gone = vacuum(home, hours=0, now=datetime.now(UTC) + timedelta(minutes=1))
        assert (gone.versions, gone.files) == (3, 2)
        assert held(live_files(home, "dossiers"), connection) == before
    assert not any(path.suffix == ".parquet" for path in home.lake.rglob("*"))
    assert bucket not in store.place + repr(vars(read_version(store)))


def test_the_server_itself_refuses_a_second_manifest_of_one_version(home: Home, bucket: str) -> None:
    store = dossier_store(home)
    seen = read_version(store)
    commit(store, seen, {"kind": "load"}, [], [])
    with pytest.raises(EnvironmentBroken, match="another writer made version 1"):
        commit(store, seen, {"kind": "load"}, [], [])


def test_storage_that_refuses_is_told_without_secrets(
    home: Home, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFORM_LAKE_URL", "s3://no-such-bucket/lake")
    with pytest.raises(EnvironmentBroken, match=r"lake at s3://no-such-bucket/lake/dossiers could not be") as told:
        live_files(home, "dossiers")
    assert bucket not in str(told.value)


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("s3://user:secret@bucket/lake", ""),
        ("s3://bucket/lake?X-Amz-Signature=secret", ""),
        ("ftp://bucket/lake", ""),
        ("s3://bucket/../lake", ""),
        ("s3://", ""),
        ("s3://bucket/lake", "http://storage.example.vn"),
    ],
)
def test_an_address_that_is_none_or_would_show_a_secret_is_refused(
    home: Home, monkeypatch: pytest.MonkeyPatch, address: str, endpoint: str
) -> None:
    monkeypatch.setenv("REFORM_LAKE_URL", address)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    with pytest.raises(Misused) as told:
        live_files(home, "dossiers")
    assert "secret" not in str(told.value)
