"""A release with the marts the bench of dashboards reads: twelve units, two indices, four years, figures made up."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from bench.serve_large import COLUMNS
from warehouse.dictionary import write_dictionary
from warehouse.table_shapes import Keys, write_keys

_FIGURE = ("unit_code", "indicator_code", "data_year", "boundary")
KEYS = {
    "dim_unit": ("unit_code",),
    "dim_indicator": ("indicator_code",),
    "fct_indicator_value": _FIGURE,
    "metric_yoy": _FIGURE,
    "metric_contribution": ("unit_code", "total_code", "component_code", "data_year", "boundary"),
    "metric_strength_weakness": _FIGURE,
    "fct_portal_month": ("unit_code", "data_month", "boundary", "is_synthetic"),
    "data_quality": ("batch_id", "suite", "rule_id", "subject"),
}
#: Every figure there is; `number` makes values that differ, some of them equal so that ranks tie.
_FIGURES = """
    select unit_code, unit_type, region_code, indicator_code, index_code, parent_code, indicator_level,
        (2019 + year)::integer as data_year, map as boundary,
        40 + (unit * 7 + criterion * 3 + year) % 11 / 3.0 as value, unit, criterion, year
    from (select *, row_number() over (order by unit_code) - 1 as unit from marts.dim_unit)
    cross join (select *, row_number() over (order by indicator_code) - 1 as criterion from marts.dim_indicator)
    cross join (select unnest(range(4)) as year)
    cross join (select unnest(['published', '2025']) as map)
"""
_TABLES = {
    "dim_unit": """
        select 'u' || unit as unit_code, 'province' as unit_type,
            case when unit < 10 then 'R' || unit % 3 end as region_code, 'Đơn vị ' || unit as name_vi,
            'Unit ' || unit as name_en
        from (select unnest(range(12)) as unit)
    """,
    "dim_indicator": """
        select indicator_code, split_part(indicator_code, '.', 1) as index_code,
            case when indicator_code like '%.%' then split_part(indicator_code, '.', 1) end as parent_code,
            case when indicator_code like '%.%' then 'dimension' else 'total' end as indicator_level,
            'Chỉ tiêu ' || indicator_code as name_vi, indicator_code as name_en
        from (select unnest(['PAPI', 'PAPI.D1', 'PAPI.D2', 'PCI', 'PCI.ENTRY_COSTS']) as indicator_code)
    """,
    "fct_indicator_value": f"""
        select *, value * 2 as value_pct, rank() over (
            partition by indicator_code, data_year, boundary order by value desc
        )::integer as rank from ({_FIGURES})
    """,
    "metric_yoy": f"""
        select *, value - 1 as previous_value, ((unit + year) % 5 - 2) / 7.0 as change, unit % 4 > 0 as is_comparable
        from ({_FIGURES})
    """,
    "metric_contribution": f"""
        select *, parent_code as total_code, indicator_code as component_code, value / 100 as contribution,
            1.5 as total_difference
        from ({_FIGURES}) where parent_code is not null
    """,
    "metric_strength_weakness": f"""
        select *, (['strength', 'weakness', 'neutral'])[1 + (unit + criterion) % 3] as verdict, 1 as rank,
            50 - value as gap_to_best_all, criterion::integer as rank_among_own_criteria,
            'Vì đạt ' || value as evidence_vi
        from ({_FIGURES})
    """,
    "fct_portal_month": """
        select unit_code, (date '2025-01-01' + to_months(month::integer))::date as data_month, 'published' as boundary,
            true as is_synthetic, 1000 * month as dossiers, 90 + month / 7.0 as on_time_rate_pct,
            null::double as filed_online_pct
        from marts.dim_unit cross join (select unnest(range(14)) as month)
    """,
    "data_quality": """
        select 'b' || load as batch_id, 's' as suite, 'rule' || load % 3 as rule_id, '' as subject,
            'validity' as category, 'warn' as severity, (['analyst', 'engineer'])[1 + load % 2] as owner,
            case when load % 5 = 0 then 'failed' else 'passed' end as outcome, load::bigint as rows_failed,
            load % 7 = 0 as is_superseded
        from (select unnest(range(30)) as load)
    """,
}


def make_dashboard_release(folder: Path) -> Path:
    """The release in `folder`; its path."""
    release = folder / "20260101T000000000000Z-00000000"
    release.mkdir(parents=True)
    with duckdb.connect(str(release / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts")
        for table, rows in _TABLES.items():
            connection.execute(f"create table marts.{table} as select {', '.join(COLUMNS[table])} from ({rows})")
        write_dictionary(connection)
    write_keys({table: Keys(key) for table, key in KEYS.items()}, release)
    manifest = {"release_id": release.name, "published_at": "2026-01-01T00:00:00+00:00"}
    (release / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return release
