"""What a release says of itself, for the metrics; read once, because a release never changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from warehouse.alerts.watch import ReleaseRule, latest_years, release_rules
from warehouse.connection import reader
from warehouse.release_tables import mart_tables


@dataclass(frozen=True)
class SourceState:
    """One row of `data_freshness`; `stale_from` is in seconds since 1970."""

    source: str
    documents: int
    rows: int
    rows_waiting: int
    latest_data_year: int | None
    stale_from: float | None


@dataclass(frozen=True)
class ReleaseFigures:
    """Manifest, state of the sources and findings of one release; `latest_years` is the last edition held by index."""

    manifest: dict[str, Any]
    sources: tuple[SourceState, ...]
    findings: dict[tuple[str, str], int]
    decisions_needed: int
    latest_years: dict[str, int]

    def overdue(self, today: date, rules: list[ReleaseRule] | None = None) -> dict[str, int]:
        """By index held here, how many yearly editions are due by `today` and have not come."""
        known = {rule.index_code: rule for rule in rules or release_rules()}
        return {
            index: max(0, known[index].latest_due(today) - year)
            for index, year in self.latest_years.items()
            if index in known
        }


@lru_cache(maxsize=2)
def figures_of(release: Path) -> ReleaseFigures:
    """What stands in the release `release`.

    Raises:
        EnvironmentBroken: its database cannot be opened.
    """
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    with reader(release / "warehouse.duckdb") as connection:
        known = set(mart_tables(connection))
        sources = _rows_of(
            known,
            "data_freshness",
            connection,
            "select source, document_count, figure_count, quarantined_count, latest_data_year, stale_from "
            "from marts.data_freshness order by source",
        )
        findings = _rows_of(
            known,
            "data_quality",
            connection,
            "select outcome, severity, count(*) from marts.data_quality "
            "where not coalesce(is_superseded, false) and outcome <> 'passed' group by all order by all",
        )
        standing = _rows_of(
            known,
            "data_quality_standing",
            connection,
            "select count(*) filter (needs_decision) from marts.data_quality_standing",
        )
        years = latest_years(connection) if {"fct_observation", "dim_indicator", "dim_index"} <= known else {}
    return ReleaseFigures(
        manifest=manifest,
        sources=tuple(
            SourceState(source, documents, rows, waiting, year, _seconds(stale_from))
            for source, documents, rows, waiting, year, stale_from in sources
        ),
        findings={(outcome, severity): count for outcome, severity, count in findings},
        decisions_needed=int(standing[0][0]) if standing else 0,
        latest_years=years,
    )


def _rows_of(known: set[str], table: str, connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    """The rows of `query`, which reads `table`; none in a release from before there was one."""
    return list(connection.execute(query).fetchall()) if table in known else []


def _seconds(day: date | None) -> float | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
