"""The raw tables of dossiers: which exports the lake holds, what was checked, and what they are measured with.

The dossiers themselves are in the lake; the models count them there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.connection import reader, writer
from warehouse.home import Home

_WORKING_DAY = """create table if not exists raw.working_day (
        day date primary key, is_working_day boolean not null, minutes integer not null,
        minutes_before bigint not null, due_until bigint not null, reason varchar not null, source varchar not null,
        first_from integer not null default 0, first_to integer not null default 0,
        second_from integer not null default 0, second_to integer not null default 0)"""

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
    """create table if not exists raw.dossier_coverage (
        unit_on_present_map varchar not null, data_month date not null, is_synthetic boolean not null,
        primary key (unit_on_present_map, data_month, is_synthetic))""",
    """create table if not exists raw.unit_succession (
        unit_code varchar not null, first_day date not null, last_day date not null,
        reporting_unit_code varchar not null, unit_on_present_map varchar not null,
        primary key (unit_code, first_day))""",
    _WORKING_DAY,
)

#: The measures moved from a table of ours to the models, and the calendar got the hours. What is known of exports goes
#: with the old form, so the next run notes them again in the new one before anything is measured without hours.
MEASURED_BY_MODELS = (
    "drop table if exists raw.dossier_month",
    "drop table raw.working_day",
    _WORKING_DAY,
    "delete from raw.dossier_document",
    "delete from raw.dossier_check",
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


@dataclass(frozen=True)
class MeasureInputs:
    """What dossiers are measured with: the documents of the lake's manifest, working days, which unit reports for
    which (`raw.unit_succession`), the months of which exports are in (`raw.dossier_coverage`), and the version of it.
    """

    documents: dict[str, dict[str, Any]]
    working_days: pa.Table
    succession: pa.Table
    coverage: pa.Table
    version: str


def write_measure_inputs(home: Home, inputs: MeasureInputs) -> None:
    """Replace exports, calendar, succession and coverage in one transaction."""
    from warehouse.raw_schema import ensure_raw_schema

    tables = {
        "working_day": inputs.working_days,
        "unit_succession": inputs.succession,
        "dossier_coverage": inputs.coverage,
    }
    with writer(home) as connection:
        ensure_raw_schema(connection)
        connection.execute("begin")
        for name, rows in tables.items():
            connection.register("computed", rows)
            connection.execute(f"delete from raw.{name}")
            connection.execute(f"insert into raw.{name} by name select * from computed")
            connection.unregister("computed")
        _write_documents(connection, inputs.documents, inputs.version)
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
