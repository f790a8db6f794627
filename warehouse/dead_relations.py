"""What is left in the build database of a model that was renamed or removed: dropped, or releases would carry it on.

dbt never drops a relation whose model is gone, and a release copies every table of schema `marts`: the numbers of a
dead mart would be published for ever beside living ones.
"""

from __future__ import annotations

import json

from warehouse.connection import writer
from warehouse.home import Home
from warehouse.release_tables import name

#: What dbt makes a relation of.
_MADE = frozenset({"model", "seed", "snapshot"})


def drop_dead_relations(home: Home) -> list[str]:
    """Drop what the schemas of the dbt project hold and its manifest does not name; returns `schema.relation`.

    Call it after a whole `dbt build`. What a killed build left under dbt's own temporary names goes too.
    """
    nodes = json.loads((home.dbt_target / "manifest.json").read_text("utf-8"))["nodes"].values()
    made = [node for node in nodes if node["resource_type"] in _MADE]
    living = {(node["schema"], node["alias"]) for node in made}
    schemas = sorted({schema for schema, _ in living})
    with writer(home) as connection:
        found = connection.execute(
            "select 'view', schema_name, view_name from duckdb_views() where not internal and schema_name in $schemas "
            "union all select 'table', schema_name, table_name from duckdb_tables() where schema_name in $schemas "
            "order by all desc",
            {"schemas": schemas},
        ).fetchall()
        dead = [(kind, schema, relation) for kind, schema, relation in found if (schema, relation) not in living]
        for kind, schema, relation in dead:
            connection.execute(f"drop {kind} {name(schema)}.{name(relation)}")
    return [f"{schema}.{relation}" for _, schema, relation in dead]
