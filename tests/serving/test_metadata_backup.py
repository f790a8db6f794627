"""Airflow's metadata in PostgreSQL goes into a backup and comes back, and its password is shown nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.metadata_backup import DUMP, dumped_metadata, restore_metadata
from tests.serving.conftest import Database
from warehouse.backup import read_snapshot, take_backup
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.restore import restore_home


def backed_up(home: Home, store: Path) -> None:
    with dumped_metadata(home):
        take_backup(home, store)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_metadata_comes_back_on_an_empty_machine(
    home: Home, store: Path, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.psql("create table dag_run (id int primary key, run_id text); insert into dag_run values (1, 'lần đầu')")
    monkeypatch.setenv("DATABASE_URL", database.url)
    backed_up(home, store)
    assert not (home.airflow / DUMP).exists()
    database.server.psql(f"create database {database.name}_again")
    monkeypatch.setenv("DATABASE_URL", database.server.url(f"{database.name}_again"))
    restored = Home(tmp_path / "restored")
    restore_home(restored, store, read_snapshot(store))
    assert "restored" in str(restore_metadata(restored))
    assert database.server.psql("select * from dag_run", f"{database.name}_again") == "1|lần đầu"
    assert not (restored.airflow / DUMP).exists()


def test_metadata_is_not_restored_over_another(
    home: Home, store: Path, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.psql("create table dag_run (id int primary key)")
    monkeypatch.setenv("DATABASE_URL", database.url)
    backed_up(home, store)
    restored = Home(tmp_path / "restored")
    restore_home(restored, store, read_snapshot(store))
    with pytest.raises(Misused, match="holds 1 tables"):
        restore_metadata(restored)


def test_a_server_that_is_gone_is_told_without_the_password(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://lan:bimat@127.0.0.1:1/airflow")
    with pytest.raises(EnvironmentBroken) as told, dumped_metadata(home):
        pass
    assert "bimat" not in str(told.value)
    assert "pg_dump" in str(told.value)
    assert not (home.airflow / DUMP).exists()


def test_with_sqlite_there_is_nothing_to_dump(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with dumped_metadata(home) as is_in_postgresql:
        assert not is_in_postgresql
    assert restore_metadata(home) is None
