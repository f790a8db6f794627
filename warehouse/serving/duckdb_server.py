"""The release for DuckDB clients over the network: DuckDB's own protocol, Quack, where its extension is installed.

Nothing is ever downloaded here: installing an extension is a decision of whoever runs the machine. The SQL is that of
DuckDB 2.0's documentation of Quack.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.errors import EnvironmentBroken
from warehouse.release_tables import literal

EXTENSION = "quack"


@dataclass(frozen=True)
class QuackServer:
    """What a client needs: where to attach, and the token it must show."""

    listen_uri: str
    token: str


@contextmanager
def quack_server(database: Path, port: int, token: str | None = None) -> Iterator[QuackServer]:
    """Serve `database` read-only on localhost, until the block ends; without a `token` the server makes one.

    Raises:
        EnvironmentBroken: the extension is not installed, or the server does not start.
    """
    _require_extension()
    connection = duckdb.connect(str(database), read_only=True)
    uri = f"quack:localhost:{port}"
    try:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"load {EXTENSION}")
        given = f", token = {literal(token)}" if token else ""
        try:
            row = connection.execute(f"call quack_serve({literal(uri)}{given})").fetchall()[0]
        except duckdb.Error as error:
            raise EnvironmentBroken(f"DuckDB does not serve on {uri}: {str(error).splitlines()[0]}") from error
        # Its clients may write any SQL: none of it reaches a file of this machine, or changes that again.
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield QuackServer(str(row[0]), str(row[2]))
        connection.execute(f"call quack_stop({literal(uri)})")
    finally:
        connection.close()


def _require_extension() -> None:
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        installed = connection.execute(
            "select 1 from duckdb_extensions() where extension_name = ? and installed", [EXTENSION]
        ).fetchall()
        platform = connection.execute("pragma platform").fetchall()[0][0]
    finally:
        connection.close()
    if not installed:
        where = f"~/.duckdb/extensions/v{duckdb.__version__}/{platform}/"
        raise EnvironmentBroken(
            f"DuckDB {duckdb.__version__} has no extension {EXTENSION} here: run `install {EXTENSION}` in DuckDB once, "
            f"with a network, or put {EXTENSION}.duckdb_extension into {where}; without it, `reform serve api` serves "
            "over HTTP"
        )
