"""The way back of a number: value → observations → document → cell, and what was decided on the way."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from warehouse.connection import reader, rows_of
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.release_list import list_releases
from warehouse.release_names import release_folder
from warehouse.release_tables import columns_of, own_catalog
from warehouse.surroundings import Surroundings
from warehouse.vintages import figures_sql

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

_CORRECTIONS = """
    select correction_id, correction_action, corrected_field, expected_old_value, new_value, factor, reason_vi,
           reason_en, source_url, decided_by, decided_on, file_name, locator, batch_id, row_id
    from marts.dim_correction
    where is_applied and unit_code in (select unnest(?::varchar[])) and indicator_code = ? and data_year = ?
    order by file_name, locator, correction_id
"""


#: Tables a part of a build may lack.
_FURTHER = ("dim_correction", "data_quality", "metric_vintage")
_PERIODS = """
    select cast(data_year as varchar) as period from marts.fct_indicator_value
    where unit_code in (select unnest(?::varchar[])) and indicator_code = ?
    union
    select strftime(data_month, '%Y-%m') from marts.metric_portal_change
    where unit_code in (select unnest(?::varchar[])) and indicator_code = ? and value is not null
    order by period
"""
_CHECKS = """
    select suite, rule_id, outcome, severity, rows_checked, rows_failed, text_vi, text_en, is_accepted, checked_at,
           batch_id
    from marts.data_quality where batch_id in (select unnest(?::varchar[]))
    order by outcome = 'passed', suite, rule_id, subject
"""
_RELEASES = """
    select boundary, unit_code, value, rank, change, is_comparable, not_comparable_reason, source_document_id, locator,
           from_release_id, from_published_at, to_release_id, to_published_at, is_current, revision_kind
    from marts.metric_vintage
    where unit_code in (select unnest(?::varchar[])) and indicator_code = ? and data_year = ?
    order by boundary <> 'published', unit_code, from_release_id
"""


def trace_figure(
    database: Path, unit_codes: tuple[str, ...], indicator_code: str, data_year: int
) -> dict[str, Any] | None:
    """Everything release `database` knows of one figure, as `trace_in` says it, or None when it has no such figure."""
    with reader(database) as connection:
        return trace_in(connection, database.parent, unit_codes, indicator_code, data_year)


def trace_in(
    connection: duckdb.DuckDBPyConnection,
    release: Path,
    unit_codes: tuple[str, ...],
    indicator_code: str,
    data_year: int,
) -> dict[str, Any] | None:
    """Everything the release that is the default catalog of `connection` knows of one figure, or None without one.

    Returns `value` (the row of fct_indicator_value), `change` (of metric_yoy), `on_other_maps` (the same two for each
    further map), `observations` (every source's figure, the chosen one first, each with document, hash, cell and, as
    `surroundings`, the cell among its neighbours; None where the release in folder `release` does not hold them),
    `checks` (every rule that judged one of their batches, those not passed first), `releases` (every form the figure
    had in the releases known, oldest first, with the releases it stood in), `corrections` (each decision that changed,
    marked or dropped one of them, with the text of the cell and the reason),
    `components` (of a derived total) and `predecessors` (of a province that exists on the common map only: the units
    its value is worked out from).
    """
    key = [list(unit_codes), indicator_code, data_year]
    where = "unit_code in (select unnest(?::varchar[])) and indicator_code = ? and data_year = ?"
    rows = partial(rows_of, connection)
    # The map of the source goes before the map figures were brought to.
    values = rows(
        f"select * from marts.fct_indicator_value where {where} order by boundary <> 'published', unit_code", key
    )
    observations = rows(
        f"""
        select o.*, d.file_name, d.sha256, d.reader, d.received_at, d.received_from, d.loaded_at
        from marts.fct_observation as o join marts.dim_source_document as d using (source_document_id)
        where {where} order by is_chosen desc, is_superseded, file_name
        """,
        key,
    )
    has = {table: columns_of(connection, own_catalog(connection), table) for table in _FURTHER}
    corrections = rows(_CORRECTIONS, key) if has["dim_correction"] else []
    if not values and not observations and not corrections:
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
        **_on_each_map(values, changes),
        "observations": with_surroundings(observations, release),
        "checks": checks_of(connection, [item["batch_id"] for item in observations]) if has["data_quality"] else [],
        "releases": rows(_RELEASES, key) if has["metric_vintage"] else [],
        "corrections": corrections,
        "components": components if derived else [],
        "predecessors": predecessors,
    }


def with_surroundings(rows: list[dict[str, Any]], release: Path) -> list[dict[str, Any]]:
    """`rows`, each with its cell (that of the rank where it has no value) among its neighbours."""
    known = Surroundings.of_release(release, [row["source_document_id"] for row in rows if row["source_document_id"]])
    placed = []
    for row in rows:
        fragment = known.around(row["source_document_id"], row["locator"] or row.get("rank_locator"))
        placed.append({**row, "surroundings": fragment.as_dict() if fragment else None})
    return placed


def checks_of(connection: duckdb.DuckDBPyConnection, batches: list[str]) -> list[dict[str, Any]]:
    """Every rule that judged one of the batches, those not passed first."""
    return rows_of(connection, _CHECKS, [batches])


def _on_each_map(values: list[dict[str, Any]], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """`value` and `change` on the first map, and `on_other_maps` the same two of every further one."""
    change_of = {(change["unit_code"], change["boundary"]): change for change in changes}
    both = [{"value": value, "change": change_of.get((value["unit_code"], value["boundary"]))} for value in values] or [
        {"value": None, "change": None}
    ]
    return {**both[0], "on_other_maps": both[1:]}


@dataclass(frozen=True)
class Known:
    """What a release has of a figure asked for in vain: whether unit and indicator exist, codes near the one asked
    for, and the periods there are (years, or months as 2025-08), oldest first.
    """

    is_unit: bool
    is_indicator: bool
    near: tuple[str, ...]
    periods: tuple[str, ...]


def what_is_known(database: Path, unit_codes: tuple[str, ...], indicator_code: str) -> Known:
    """What release `database` has instead of a figure that does not exist."""
    with reader(database) as connection:
        indicators = [row["indicator_code"] for row in rows_of(connection, "from marts.dim_indicator", [])]
        units = rows_of(
            connection, "select 1 from marts.dim_unit where unit_code in (select unnest(?::varchar[]))",
            [list(unit_codes)],
        )  # fmt: skip
        periods = rows_of(connection, _PERIODS, [list(unit_codes), indicator_code] * 2)
    near = get_close_matches(indicator_code.upper(), indicators, n=3, cutoff=0.7)
    return Known(
        bool(units), indicator_code in indicators, tuple(near), tuple(str(row["period"]) for row in periods)
    )


def known_history(home: Home) -> dict[str, Any] | None:
    """The manifest of the latest release that holds vintages, whatever is current; None before there is one."""
    with_vintages = [manifest for manifest in list_releases(home) if "vintages" in manifest]
    return with_vintages[-1] if with_vintages else None


def trace_as_of(
    home: Home, unit_codes: tuple[str, ...], indicator_code: str, data_year: int, release_id: str
) -> dict[str, Any]:
    """What release `release_id` said of a figure, from the vintages, also when its directory is gone.

    Returns `release_id`, `published_at` (ISO 8601), `standing` (the figure on each map as it stood in that release,
    with `file_name` and `sha256` of its document) and `history` (every form it had in the releases known, oldest
    first; empty for a release older than the vintages, which is read itself).

    Raises:
        Misused: nothing is left of that release.
        EnvironmentBroken: the release to read is damaged.
    """
    key = [list(unit_codes), indicator_code, data_year]
    history = known_history(home)
    covered = {item["release_id"]: item for item in history["vintages"]["releases"]} if history else {}
    if history and release_id in covered:
        forms = _forms(release_folder(home, history["release_id"]) / "warehouse.duckdb", key)
        standing = [
            form
            for form in forms
            if form["from_release_id"] <= release_id
            and (form["to_release_id"] is None or form["to_release_id"] > release_id)
        ]
        published_at = covered[release_id]["published_at"]
    else:
        forms, standing = [], _forms(release_folder(home, release_id) / "warehouse.duckdb", key, from_vintages=False)
        published_at = next(item["published_at"] for item in list_releases(home) if item["release_id"] == release_id)
    return {"release_id": release_id, "published_at": published_at, "standing": standing, "history": forms}


def _forms(database: Path, key: list[Any], *, from_vintages: bool = True) -> list[dict[str, Any]]:
    try:
        with reader(database) as connection:
            return _forms_in(connection, key, from_vintages)
    except duckdb.Error as error:
        raise EnvironmentBroken(
            f"{database} could not be read ({str(error).splitlines()[0]}); bring the release back from a backup, or "
            "move its directory out of releases/"
        ) from error


def _forms_in(connection: duckdb.DuckDBPyConnection, key: list[Any], from_vintages: bool) -> list[dict[str, Any]]:
    catalog = own_catalog(connection)
    figures = "select * from marts.metric_vintage" if from_vintages else figures_sql(connection, catalog)[0]
    if not figures:
        raise EnvironmentBroken("that release holds no fct_indicator_value, so it has no figures")
    documents = columns_of(connection, catalog, "dim_source_document") >= {"source_document_id", "file_name", "sha256"}
    joined = "left join marts.dim_source_document as d using (source_document_id)" if documents else ""
    named = "d.file_name, d.sha256" if documents else "null as file_name, null as sha256"
    result = connection.execute(
        f"""
        select f.*, {named} from ({figures}) as f {joined}
        where unit_code in (select unnest(?::varchar[])) and indicator_code = ? and data_year = ?
        order by boundary <> 'published', unit_code{", from_release_id" if from_vintages else ""}
        """,
        key,
    )
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
