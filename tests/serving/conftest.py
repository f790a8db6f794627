"""One real PostgreSQL server for all tests here, and an empty database of it for each."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bench.postgresql_server import Server, is_installed, running_server
from warehouse.postgresql.address import Address, parse_address

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """An empty database and its server."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    @property
    def address(self) -> Address:
        return parse_address(self.url)

    def psql(self, statement: str) -> str:
        return self.server.psql(statement, self.name)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The distribution's server in a folder of its own; these tests skip without it, and fail under CI."""
    if not is_installed():
        if os.environ.get("CI"):
            pytest.fail("the Debian package postgresql is not installed, and with CI set nothing skips")
        pytest.skip("the Debian package postgresql is not installed: tests/system_packages.py does it as root")
    with running_server("fsync=off") as running:
        yield running


@pytest.fixture
def database(server: Server) -> Database:
    """A database of its own."""
    name = f"reform_{next(_numbers)}"
    server.psql(f"create database {name}")
    return Database(server, name)
