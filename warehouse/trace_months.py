"""The way back of a monthly figure of the Public Service Portal: value → counts → archived answer → JSON path."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.connection import reader, rows_of
from warehouse.home import REFERENCE_DIR
from warehouse.trace import checks_of, with_surroundings

_FIGURES = """
    select p.*, d.file_name, d.sha256, d.reader, d.received_at, d.received_from
    from marts.metric_portal_change as p left join marts.dim_source_document as d using (source_document_id)
    where p.unit_code in (select unnest(?::varchar[])) and p.indicator_code in (select unnest(?::varchar[]))
      and p.data_month = ?
    order by p.boundary <> 'published', p.unit_code, p.is_synthetic, p.indicator_code
"""
_PREDECESSORS = "select predecessor_code from marts.bridge_unit_lineage where successor_code = ? order by 1"


def trace_month(
    database: Path, unit_codes: tuple[str, ...], indicator_code: str, data_month: date
) -> dict[str, Any] | None:
    """Everything release `database` knows of one figure of one month, or None when it has no such figure.

    Returns `figures` (the rows of metric_portal_change: one a map, and one each of a real and a made-up portal, every
    one with document and `surroundings`), `counts` (of a share: the counts it is made of, in the same form, each
    with `role` part or whole; of a unit of the common map: the figures of its predecessors, role predecessor) and
    `checks`.
    """
    with reader(database) as connection:
        return trace_month_in(connection, database.parent, unit_codes, indicator_code, data_month)


def trace_month_in(
    connection: duckdb.DuckDBPyConnection,
    release: Path,
    unit_codes: tuple[str, ...],
    indicator_code: str,
    data_month: date,
) -> dict[str, Any] | None:
    """As `trace_month`, of the release in folder `release` that is the default catalog of `connection`."""
    month = data_month.replace(day=1)

    def figures(units: list[str], indicators: list[str]) -> list[dict[str, Any]]:
        return rows_of(connection, _FIGURES, [units, indicators, month])

    found = figures(list(unit_codes), [indicator_code])
    if not found:
        return None
    roles = _counts_of(indicator_code)
    units = list(dict.fromkeys(row["unit_code"] for row in found))
    counted = {
        (row["unit_code"], row["indicator_code"], row["is_synthetic"]): row
        for row in reversed(figures(units, list({code for _, code in roles})))  # the map of the source is kept
    }
    counts = [
        {**row, "role": role}
        for role, code in roles
        for (_, indicator, _), row in sorted(counted.items())
        if indicator == code
    ]
    if any((row["predecessor_count"] or 0) > 1 for row in found):
        former = [row[0] for unit in units for row in connection.execute(_PREDECESSORS, [unit]).fetchall()]
        counts += [{**row, "role": "predecessor"} for row in figures(former, [indicator_code])]
    batches = sorted({row["batch_id"] for row in [*found, *counts] if row["batch_id"]})
    return {
        "figures": with_surroundings(found, release),
        "counts": with_surroundings(counts, release),
        "checks": checks_of(connection, batches),
    }


def _counts_of(indicator_code: str) -> list[tuple[str, str]]:
    """The role and code of every count a share is made of; nothing for a count."""
    with (REFERENCE_DIR / "portal" / "portal_rate.csv").open(encoding="utf-8", newline="") as stream:
        return [
            (row["count_role"], row["count_code"])
            for row in csv.DictReader(stream)
            if row["rate_code"] == indicator_code
        ]

