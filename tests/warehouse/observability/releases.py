"""A release with what the metrics read of one: manifest, sources, findings, and one index whose edition is overdue."""

from __future__ import annotations

import json

import duckdb

from warehouse.home import Home

RELEASE_ID = "20261101T000000000000Z-aaaaaaaa"
_MANIFEST = {
    "release_id": RELEASE_ID,
    "published_at": "2026-11-01T00:00:00+00:00",
    "fingerprint": "a" * 64,
    "code_version": "0123456789ab",
    "row_counts": {"fct_observation": 1},
    "validation": {"checks": 2, "by_outcome": {"passed": 2}},
}
_TABLES = (
    "create schema marts",
    "create table marts.fct_observation as select 'PCI' as indicator_code, 2013 as data_year, 'hue' as unit_code, "
    "1.0 as value, false as is_superseded",
    "create table marts.dim_indicator as select 'PCI' as indicator_code, 'PCI' as index_code",
    "create table marts.dim_index as select 'PCI' as index_code, 'v' as name_vi, 'e' as name_en, 'v' as publisher_vi, "
    "'e' as publisher_en, '' as source_url",
    "create table marts.data_freshness as select 'pci' as source, 9 as document_count, 5936 as figure_count, "
    "3 as quarantined_count, 2013 as latest_data_year, date '2026-01-01' as stale_from",
    "create table marts.data_quality as select 'warned' as outcome, 'warn' as severity, false as is_superseded",
    "create table marts.data_quality_standing as select true as needs_decision",
)


def made_up_release(home: Home) -> None:
    """Put it into `home` and point `current` to it."""
    folder = home.releases / RELEASE_ID
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        for statement in _TABLES:
            connection.execute(statement)
    (folder / "manifest.json").write_text(json.dumps(_MANIFEST), "utf-8")
    home.current.symlink_to(f"releases/{RELEASE_ID}")
    home.dbt_target.mkdir(parents=True, exist_ok=True)
    results = [{"unique_id": "model.reform.metric_yoy", "execution_time": 1.5}]
    (home.dbt_target / "run_results.json").write_text(json.dumps({"results": results}), "utf-8")
