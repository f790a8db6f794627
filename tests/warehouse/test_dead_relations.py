"""What a model that is gone left in the build database is dropped, so that no release carries its numbers on."""

from __future__ import annotations

import json

import pytest

from warehouse.connection import reader, writer
from warehouse.dead_relations import drop_dead_relations
from warehouse.home import Home

LEFT = {
    "marts.metric_renamed": "create table marts.metric_renamed as select 1 as value",
    "marts.metric_yoy__dbt_tmp": "create table marts.metric_yoy__dbt_tmp as select 1 as value",
    "staging.stg_gone": "create view staging.stg_gone as select 1 as value",
}


@pytest.fixture
def built(home: Home) -> Home:
    """A build of a mart and the view it reads, beside raw tables, which are not dbt's, and what is left of others."""
    with writer(home) as connection:
        for schema in ("raw", "reference", "staging", "marts"):
            connection.execute(f"create schema {schema}")
        connection.execute("create table raw.figure as select 1 as value")
        connection.execute("create table reference.unit as select 1 as value")
        connection.execute("create view staging.stg_figure as select * from raw.figure")
        connection.execute("create table marts.metric_yoy as select * from staging.stg_figure")
        for statement in LEFT.values():
            connection.execute(statement)
    nodes = [
        {"resource_type": "model", "schema": "staging", "alias": "stg_figure"},
        {"resource_type": "model", "schema": "marts", "alias": "metric_yoy"},
        {"resource_type": "test", "schema": "raw", "alias": "not_null"},
    ]
    home.dbt_target.mkdir(parents=True)
    manifest = {"nodes": {str(number): node for number, node in enumerate(nodes)}}
    (home.dbt_target / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return home


def relations(home: Home) -> set[str]:
    with reader(home.build_database) as connection:
        found = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables order by all"
        ).fetchall()
    return {name for (name,) in found}


def test_relations_of_no_model_are_dropped_and_named(built: Home) -> None:
    assert set(drop_dead_relations(built)) == set(LEFT)


def test_relations_of_models_and_schemas_of_others_stay(built: Home) -> None:
    drop_dead_relations(built)
    assert relations(built) == {"raw.figure", "reference.unit", "staging.stg_figure", "marts.metric_yoy"}
