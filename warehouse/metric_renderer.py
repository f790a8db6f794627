"""What MetricFlow takes for its database: a dialect to write SQL in and nothing to run it on."""

from __future__ import annotations

from typing import NoReturn

from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer


class WritesOnly:
    """MetricFlow's client protocol, the running half refused: only `warehouse.connection` opens files."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer: SqlPlanRenderer = DuckDbSqlPlanRenderer()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise NotImplementedError("MetricFlow writes SQL here; `warehouse.metrics` runs it")

    query = execute = dry_run = _refuse

    def close(self) -> None:
        """Nothing is open."""

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        """DuckDB's named parameters."""
        return f"${bind_parameter_key}"
