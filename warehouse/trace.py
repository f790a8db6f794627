"""The way back of a number: value → observations → document → cell, and what was decided on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse.connection import reader

_PREDECESSORS = """
    with recursive made_of(unit_code, weight, weight_basis) as (
        select predecessor_code, weight, weight_basis from marts.bridge_unit_lineage
        where successor_code in (select unnest(?::varchar[]))
        union all
        select l.predecessor_code, m.weight * l.weight, l.weight_basis
        from made_of as m join marts.bridge_unit_lineage as l on l.successor_code = m.unit_code
    )
    select m.unit_code, m.weight, m.weight_basis, v.value, v.source_document_id, v.locator, d.file_name
    from made_of as m
    join marts.fct_indicator_value as v on v.unit_code = m.unit_code and v.boundary = 'published'
    left join marts.dim_source_document as d on d.source_document_id = v.source_document_id
    where v.indicator_code = ? and v.data_year = ?
    order by m.unit_code
"""


def trace_figure(
    database: Path, unit_codes: tuple[str, ...], indicator_code: str, data_year: int
) -> dict[str, Any] | None:
    """Everything release `database` knows of one figure, or None when it has no such figure.

    Returns `value` (the row of fct_indicator_value), `change` (of metric_yoy), `observations` (every source's
    figure, the chosen one first, each with document, hash and cell), `components` (of a derived total) and
    `predecessors` (of a province that exists on the common map only: the units its value is worked out from).
    """
    key = [list(unit_codes), indicator_code, data_year]
    where = "unit_code in (select unnest(?::varchar[])) and indicator_code = ? and data_year = ?"
    with reader(database) as connection:

        def rows(sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
            result = connection.execute(sql, parameters)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        values = rows(f"select * from marts.fct_indicator_value where {where} order by boundary desc", key)
        observations = rows(
            f"""
            select o.*, d.file_name, d.sha256, d.reader, d.received_at
            from marts.fct_observation as o join marts.dim_source_document as d using (source_document_id)
            where {where} order by is_chosen desc, is_superseded, file_name
            """,
            key,
        )
        if not values and not observations:
            return None
        changes = rows(f"select * from marts.metric_yoy where {where} order by boundary desc", key)
        components = rows(
            """
            select v.indicator_code, v.value, v.source_document_id, v.locator
            from marts.fct_indicator_value as v join marts.dim_indicator as i using (indicator_code)
            where v.unit_code in (select unnest(?::varchar[])) and i.parent_code = ? and v.data_year = ?
              and v.boundary = 'published'
            order by i.display_order, v.indicator_code
            """,
            key,
        )
        is_backcast = bool(values) and values[0].get("value_basis") == "backcast"
        predecessors = rows(_PREDECESSORS, key) if is_backcast else []
    value = values[0] if values else None
    derived = value is not None and value.get("value_basis") == "derived"
    return {
        "value": value,
        "change": changes[0] if changes else None,
        "observations": observations,
        "components": components if derived else [],
        "predecessors": predecessors,
    }
