"""The address of a server is read strictly, and its password is in no message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.serving.conftest import Database
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.postgresql.address import address_in_environment, parse_address, schemas_kept
from warehouse.postgresql.session import session

SECRET = "bi-mat-9"


def test_the_place_is_shown_and_the_password_is_not() -> None:
    address = parse_address(f"postgresql://lan:{SECRET}@db.example.vn:5433/reform?sslmode=require")
    assert address.place == "lan@db.example.vn:5433/reform"
    assert SECRET not in repr(address)


@pytest.mark.parametrize(
    "uri",
    [
        f"mysql://lan:{SECRET}@host/reform",
        f"postgresql://lan:{SECRET}@host",
        f"postgresql://lan:{SECRET}@x@host/reform",
        f"postgresql://lan:{SECRET}:x@host/reform",
        f"postgresql://lan:{SECRET}/x@host/reform#part",
        f"postgresql://lan:{SECRET}@[host/reform",
        SECRET,
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(uri: str) -> None:
    with pytest.raises(Misused) as refused:
        parse_address(uri)
    assert SECRET not in str(refused.value)


def test_a_failed_login_says_where_and_not_with_what(database: Database) -> None:
    wrong = parse_address(database.server.url(database.name, password=SECRET))
    with pytest.raises(EnvironmentBroken, match="password authentication failed") as refused, session(wrong):
        pass
    assert SECRET not in str(refused.value)
    assert database.name in str(refused.value)


def test_a_password_a_library_repeats_is_taken_out() -> None:
    address = parse_address("postgresql://lan:b%C3%AD%20m%E1%BA%ADt@host/reform?password=khac")
    assert address.scrub("bí mật, b%C3%AD%20m%E1%BA%ADt, khac") == "***, ***, ***"


def test_the_address_may_stand_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "address"
    secret.write_text(f"postgresql://lan:{SECRET}@host/reform\n")
    address = address_in_environment({"REFORM_SERVE_POSTGRESQL_FILE": str(secret)})
    assert address is not None
    assert address.place == "lan@host/reform"


def test_an_address_both_in_a_file_and_in_the_environment_is_refused(tmp_path: Path) -> None:
    both = {"REFORM_SERVE_POSTGRESQL": "postgresql://h/d", "REFORM_SERVE_POSTGRESQL_FILE": str(tmp_path)}
    with pytest.raises(Misused, match="keep one"):
        address_in_environment(both)


def test_no_server_is_meant_where_none_is_set() -> None:
    assert address_in_environment({}) is None


@pytest.mark.parametrize("text", ["-1", "many", "101", "1.5"])
def test_a_number_of_schemas_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Misused, match="REFORM_SERVE_POSTGRESQL_KEEP"):
        schemas_kept({"REFORM_SERVE_POSTGRESQL_KEEP": text})
