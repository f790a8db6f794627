"""A backup is whole or not there, holds every byte once, and gives back exactly what it was given."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.warehouse.marts import Figure, build
from warehouse.backup import damaged_objects, list_snapshots, object_path, read_snapshot, take_backup
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.release import publish
from warehouse.release_list import current_release
from warehouse.restore import prove_build, restore_home


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return Home(tmp_path / "elsewhere")


def fill(home: Home) -> None:
    home.make()
    document = home.archive / "ab" / ("ab" * 32)
    document.mkdir(parents=True)
    (document / "content").write_bytes(b"as received")
    (document / "content").chmod(0o400)
    (home.airflow / "api_secret").write_text("secret")
    (home.airflow / "api_secret").chmod(0o600)


def tree(home: Home) -> dict[str, tuple[bytes, int]]:
    files = [path for path in home.root.rglob("*") if path.is_file() and not path.is_symlink()]
    # The build is made again, and the log goes on: it tells of this very restore.
    kept = [path for path in files if not {"build", "logs"} & set(path.parts)]
    return {str(path.relative_to(home.root)): (path.read_bytes(), path.stat().st_mode) for path in kept}


def test_what_is_restored_is_what_was_backed_up(home: Home, store: Path, empty: Home) -> None:
    fill(home)
    build(home, Figure())
    publish(home)
    take_backup(home, store)
    restore_home(empty, store, read_snapshot(store))
    assert tree(empty) == tree(home)
    before, after = current_release(home), current_release(empty)
    assert before is not None
    assert after is not None
    assert before.name == after.name


def test_unchanged_files_are_stored_once(home: Home, store: Path) -> None:
    fill(home)
    take_backup(home, store)
    (home.corrections / "one.yml").write_text("- id: x")
    report = take_backup(home, store)
    assert (report.files, report.new_files) == (3, 1)


def test_a_rewritten_file_is_read_again(home: Home, store: Path, empty: Home) -> None:
    fill(home)
    (home.corrections / "one.yml").write_text("- id: x")
    take_backup(home, store)
    (home.corrections / "one.yml").write_text("- id: y")
    take_backup(home, store)
    restore_home(empty, store, read_snapshot(store))
    assert (empty.corrections / "one.yml").read_text() == "- id: y"


def test_an_earlier_snapshot_can_be_restored(home: Home, store: Path, empty: Home) -> None:
    fill(home)
    take_backup(home, store)
    (home.corrections / "later.yml").write_text("- id: x")
    take_backup(home, store)
    restore_home(empty, store, read_snapshot(store, list_snapshots(store)[0]))
    assert not (empty.corrections / "later.yml").exists()


def test_a_database_of_sqlite_is_kept_whole_while_it_is_open(home: Home, store: Path, empty: Home) -> None:
    fill(home)
    connection = sqlite3.connect(home.airflow / "airflow.db")
    connection.execute("pragma journal_mode = wal")
    connection.execute("create table t as select 1 as x")
    connection.commit()
    connection.execute("insert into t values (2)")  # not committed
    take_backup(home, store)
    connection.close()
    restore_home(empty, store, read_snapshot(store))
    restored = sqlite3.connect(empty.airflow / "airflow.db")
    assert restored.execute("select x from t").fetchall() == [(1,)]
    restored.close()


def test_a_home_that_holds_something_is_not_overwritten(home: Home, store: Path) -> None:
    fill(home)
    take_backup(home, store)
    with pytest.raises(Misused, match="not empty"):
        restore_home(home, store, read_snapshot(store))


def test_a_damaged_byte_is_found_and_nothing_is_restored(home: Home, store: Path, empty: Home) -> None:
    fill(home)
    take_backup(home, store)
    snapshot = read_snapshot(store)
    content = next(file for file in snapshot.files if file.path.endswith("content"))
    object_path(store, content.sha256).write_bytes(b"as receiveD")
    assert damaged_objects(store, snapshot) == [content.path]
    with pytest.raises(EnvironmentBroken, match="nothing was restored"):
        restore_home(empty, store, snapshot)
    assert not empty.root.exists()


def test_a_path_that_leads_out_of_the_home_is_refused(home: Home, store: Path, empty: Home) -> None:
    fill(home)
    take_backup(home, store)
    listed = store / "snapshots" / f"{list_snapshots(store)[0]}.json"
    content = json.loads(listed.read_text())
    content["files"][0]["path"] = "../../outside"
    listed.write_text(json.dumps(content))
    with pytest.raises(EnvironmentBroken, match="outside the home"):
        restore_home(empty, store, read_snapshot(store))


def test_a_store_inside_the_home_is_wrong_use(home: Home) -> None:
    fill(home)
    with pytest.raises(Misused, match="another disk"):
        take_backup(home, home.root / "backup")


def test_nobody_else_may_read_the_store(home: Home, store: Path) -> None:
    fill(home)
    take_backup(home, store)
    assert [path for path in store.rglob("*") if path.stat().st_mode & 0o077] == []


def test_a_table_that_was_rebuilt_otherwise_is_named(home: Home) -> None:
    build(home, Figure())
    publish(home)
    build(home, Figure(value=51.0))
    proof = prove_build(home)
    assert proof is not None
    assert "fct_indicator_value" in proof.different
    assert "metric_yoy" in proof.equal
