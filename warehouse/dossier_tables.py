"""The raw tables of dossiers: which exports the lake holds, what was checked, and the measures by month.

The dossiers themselves are in the lake; the build database has what is published of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.connection import reader, writer
from warehouse.home import Home

DOSSIER_TABLES = (
    """create table if not exists raw.dossier_document (
        source_document_id varchar primary key, sha256 varchar not null, file_name varchar not null,
        received_at timestamp not null, export_month date not null, layout_id varchar not null,
        is_synthetic boolean not null, row_count bigint not null, left_out_count bigint not null,
        set_aside_count bigint not null, reading_version varchar not null, measure_version varchar not null)""",
    """create table if not exists raw.dossier_check (
        source_document_id varchar not null, rule_id varchar not null, severity varchar not null,
        owner varchar not null, category varchar not null, text_vi varchar not null, text_en varchar not null,
        rule_source varchar not null, rows_checked bigint not null, rows_failed bigint not null,
        outcome varchar not null, primary key (source_document_id, rule_id))""",
    """create table if not exists raw.dossier_month (
        unit_code varchar not null, unit_on_present_map varchar not null, data_month date not null,
        breakdown varchar not null, field varchar not null, is_synthetic boolean not null, dossiers bigint not null,
        returned bigint not null, returned_on_time bigint not null, returned_late bigint not null,
        returned_not_judged bigint not null, timed bigint not null, median_working_minutes bigint,
        p90_working_minutes bigint, minutes_per_working_day integer not null, backlog bigint not null,
        way_known bigint not null, online_end_to_end bigint not null, fee_known bigint not null,
        fee_paid_online bigint not null, digitised_known bigint not null, digitised bigint not null,
        complaint_known bigint not null, complaints bigint not null, ratings bigint not null,
        rating_sum bigint not null,
        primary key (unit_code, data_month, breakdown, field, is_synthetic))""",
    """create table if not exists raw.working_day (
        day date primary key, is_working_day boolean not null, minutes integer not null,
        minutes_before bigint not null, due_until bigint not null, reason varchar not null, source varchar not null)""",
)

_CHECK_COLUMNS = (
    "rule_id", "severity", "owner", "category", "text_vi", "text_en", "rule_source", "rows_checked", "rows_failed",
    "outcome",
)  # fmt: skip


def measured_exports(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Document, reading version and measure version of every export whose months were computed, by document."""
    known = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'raw' and table_name = 'dossier_document'"
    ).fetchall()
    if not known:
        return []
    rows: list[tuple[str, str, str]] = connection.execute(
        "select source_document_id, reading_version, measure_version from raw.dossier_document order by all"
    ).fetchall()
    return rows


def measured_documents(home: Home) -> dict[str, tuple[str, str]]:
    """Reading and measure version of every export whose months were computed, by document."""
    if not home.build_database.exists():
        return {}
    with reader(home.build_database) as connection:
        return {document: (reading, measure) for document, reading, measure in measured_exports(connection)}


def write_months(
    home: Home,
    months: pa.Table,
    units: Sequence[str],
    documents: dict[str, dict[str, Any]],
    days: pa.Table,
    measure_version: str,
) -> None:
    """Replace the months of `units` (as on the present map), the exports and the calendar, in one transaction.

    The months of units of which the lake holds nothing any more go too.
    """
    from warehouse.raw_schema import ensure_raw_schema

    with writer(home) as connection:
        ensure_raw_schema(connection)
        connection.execute("begin")
        known = sorted({part[2] for entry in documents.values() for part in entry["partitions"]} - set(units))
        connection.execute(
            "delete from raw.dossier_month where unit_on_present_map not in (select unnest($known))", {"known": known}
        )
        connection.register("computed", months)
        connection.execute("insert into raw.dossier_month by name select * from computed order by all")
        connection.unregister("computed")
        connection.register("computed", days)
        connection.execute("delete from raw.working_day")
        connection.execute("insert into raw.working_day by name select * from computed")
        connection.unregister("computed")
        _write_documents(connection, documents, measure_version)
        connection.execute("commit")


def _write_documents(
    connection: duckdb.DuckDBPyConnection, documents: dict[str, dict[str, Any]], measure_version: str
) -> None:
    connection.execute("delete from raw.dossier_document")
    connection.execute("delete from raw.dossier_check")
    for document_id, entry in sorted(documents.items()):
        connection.execute(
            "insert into raw.dossier_document values (?, ?, ?, cast(? as timestamptz), ?, ?, ?, ?, ?, ?, ?, ?)",
            [document_id, entry["sha256"], entry["file_name"], entry["received_at"], entry["export_month"],
             entry["layout_id"], entry["is_synthetic"], entry["rows"], entry["left_out"], entry["set_aside"],
             entry["reading_version"], measure_version],
        )  # fmt: skip
        for check in entry["checks"]:
            connection.execute(
                f"insert into raw.dossier_check values ({', '.join('?' * (len(_CHECK_COLUMNS) + 1))})",
                [document_id, *(check[name] for name in _CHECK_COLUMNS)],
            )
