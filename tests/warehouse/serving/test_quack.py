"""DuckDB's protocol: served where its extension is, one clear line where it is not."""

from __future__ import annotations

import socket

import duckdb
import pytest

from tests.warehouse.serving.small_release import publish_small
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.serving.duckdb_server import quack_server


def is_installed() -> bool:
    found = duckdb.connect().execute("select installed from duckdb_extensions() where extension_name = 'quack'")
    return bool(found.fetchall()[0][0])


# The extension is never downloaded here: a machine has it or has not, and either way there is something to hold.
if is_installed():

    def test_with_the_extension_a_client_reads_the_release_and_cannot_write_it(home: Home) -> None:
        publish_small(home)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with quack_server((home.current / "warehouse.duckdb").resolve(), port, "a-long-token") as server:
            client = duckdb.connect()
            client.execute(f"attach '{server.listen_uri}' as reform (token '{server.token}')")
            assert client.execute("select count(*) from reform.marts.dim_unit").fetchall() == [(3,)]
            with pytest.raises(duckdb.Error):
                client.execute("delete from reform.marts.dim_unit")

else:

    def test_without_the_extension_one_line_says_what_to_do(home: Home) -> None:
        publish_small(home)
        with pytest.raises(EnvironmentBroken) as caught, quack_server(home.current / "warehouse.duckdb", 9494):
            pass
        assert "install quack" in str(caught.value)
        assert "reform serve api" in str(caught.value)
        assert "\n" not in str(caught.value)
