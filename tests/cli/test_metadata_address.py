"""Where Airflow's metadata is: SQLite by default, PostgreSQL in the words of both drivers, no password shown."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from cli.airflow_environment import admin_password, airflow_environment
from cli.airflow_roles import ADMIN
from cli.metadata_address import metadata_address
from warehouse.errors import Misused
from warehouse.home import Home


def test_without_an_address_it_is_a_file_of_the_home(tmp_path: Path) -> None:
    address = metadata_address(tmp_path, {})
    assert (address.for_sync, address.for_async) == (
        f"sqlite:///{tmp_path}/airflow.db",
        f"sqlite+aiosqlite:///{tmp_path}/airflow.db",
    )


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_each_driver_gets_the_address_in_its_own_words(tmp_path: Path, scheme: str) -> None:
    address = metadata_address(
        tmp_path, {"DATABASE_URL": f"{scheme}://lan:b%40i@host:5433/airflow?sslmode=verify-full"}
    )
    assert address.for_sync == "postgresql+psycopg2://lan:b%40i@host:5433/airflow?sslmode=verify-full"
    assert address.for_async == "postgresql+asyncpg://lan:b%40i@host:5433/airflow?ssl=verify-full"


def test_the_address_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://lan:bimat@host/airflow\n")
    address = metadata_address(tmp_path, {"DATABASE_URL_FILE": str(tmp_path / "url")})
    assert address.for_sync == "postgresql+psycopg2://lan:bimat@host/airflow"
    assert "bimat" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://lan:bimat@host/airflow",
        "postgresql://lan:bimat@host",
        "postgresql://lan:bi@mat@host/airflow",
        "postgresql://lan:bimat@host:port/airflow",
        "postgresql://lan:bimat@host/airflow?sslrootcert=/x",
        "postgresql://lan:bimat@host/airflow?sslmode=bimat",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(Misused) as told:
        metadata_address(tmp_path, {"DATABASE_URL": url})
    assert "bimat" not in str(told.value)


def test_the_password_is_generated_for_each_home_and_readable_by_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    homes = [Home(tmp_path / name) for name in ("one", "two")]
    for home in homes:
        airflow_environment(home)
    first, second = map(admin_password, homes)
    assert first != second
    assert min(len(first), len(second)) >= 20
    passwords = homes[0].airflow / "passwords.json"
    assert json.loads(passwords.read_text("utf-8")) == {ADMIN: first}
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600


def test_every_service_listens_on_the_loopback_alone(tmp_path: Path) -> None:
    settings = airflow_environment(Home(tmp_path / "home"), 8123)
    assert settings["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert all("0.0.0.0" not in value for value in settings.values())
