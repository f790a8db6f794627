"""A home with what the metrics read: a release, its sources and findings, an overdue edition, loads and steps."""

from __future__ import annotations

import json
from contextlib import suppress

import duckdb

from tests.warehouse.batches import loadable
from warehouse.home import Home
from warehouse.load import load_batches
from warehouse.observability.journal import note, step
from warehouse.observability.metrics import Surroundings

POOL = {"open": 0, "occupied": 1, "running": 1, "queued": 0, "scheduled": 0, "deferred": 0}
AROUND = Surroundings(lambda: {"pci": 1.7e9}, lambda: {"pci": 2}, lambda: {"pci": 4}, lambda: POOL)

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
    (home.dbt_target / "build_results.json").write_text(json.dumps({"results": results}), "utf-8")


def busy_home(home: Home) -> None:
    """A release, loads, a refusal, and tasks that ended well and not."""
    made_up_release(home)
    with step(home, dag_id="ingest_indices", task_id="load_audited"):
        load_batches(home, [loadable(b"1")], reading_version=lambda _: "1")
        load_batches(home, [loadable(b"1")], reading_version=lambda _: "1")
    with suppress(KeyError), step(home, dag_id="build_warehouse", task_id="build_marts"):
        raise KeyError
    note(home, "document_refused", source="pci", outcome="refused")
    note(home, "marts_built", outcome="built")
    note(home, "release_published", outcome="published")
