"""A plugin of dbt-duckdb: lets dbt's own connections read the lake where it lies, in object storage too."""

from __future__ import annotations

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from warehouse.home import Home
from warehouse.lake import dossier_store


class Plugin(BasePlugin):
    """Named so because dbt-duckdb looks for that."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Attach the lake's store; a lake in the home needs nothing."""
        dossier_store(Home.from_environment()).attach(conn)
