"""Airflow's metadata database is made anew where it went away."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cli.airflow_environment import has_airflow_tables
from warehouse.errors import EnvironmentBroken


def test_a_file_an_orphaned_connection_made_again_is_no_metadata_database(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "airflow.db").close()
    (tmp_path / "airflow.db").touch()
    assert not has_airflow_tables(tmp_path / "airflow.db")


def test_a_damaged_metadata_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "airflow.db").write_bytes(b"no database at all, " * 500)
    with pytest.raises(EnvironmentBroken, match=r"airflow\.db is damaged"):
        has_airflow_tables(tmp_path / "airflow.db")
