"""The raw tables of the build database. Forward only: a change adds a version, it never edits one."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from warehouse.dossier_tables import DOSSIER_TABLES
from warehouse.errors import EnvironmentBroken
from warehouse.figures import FIGURE_SCHEMA
from warehouse.survey_tables import SURVEY_TABLES

RAW_SCHEMA_VERSION = 8

_SQL_TYPES = {pa.string(): "varchar", pa.int64(): "bigint", pa.int32(): "integer", pa.float64(): "double"}


def _figure_columns(*, without: tuple[str, ...] = ()) -> str:
    return ", ".join(f"{field.name} {_SQL_TYPES[field.type]}" for field in FIGURE_SCHEMA if field.name not in without)


_TABLES = (
    """create table if not exists raw.source_document (
        source_document_id varchar primary key, sha256 varchar not null, source varchar not null,
        file_name varchar not null, size_bytes bigint not null, media_type varchar not null,
        received_at timestamp not null, received_from varchar not null)""",
    """create table if not exists raw.batch (
        batch_id varchar primary key, source_document_id varchar not null, dataset varchar not null,
        source_key varchar not null, layout_id varchar not null, reader varchar not null, published_at date,
        publisher varchar, title varchar, data_years varchar not null, sheets_read varchar not null,
        sheets_skipped varchar not null, loaded_at timestamp not null, figure_count bigint not null,
        quarantined_count bigint not null, superseded_by_batch_id varchar,
        content_hash varchar not null, reading_version varchar not null, fetched_at timestamp)""",
    f"create table if not exists raw.figure (batch_id varchar not null, {_figure_columns()}, "
    "primary key (batch_id, row_id))",
    f"""create table if not exists raw.quarantine (
        batch_id varchar not null, row_id bigint not null, rule_id varchar not null, severity varchar not null,
        owner varchar not null, category varchar not null, text_vi varchar not null, text_en varchar not null,
        found varchar, expected varchar, suggested_fix varchar, {_figure_columns(without=("row_id",))},
        quarantined_at timestamp not null, primary key (batch_id, row_id, rule_id))""",
    """create table if not exists raw.check_result (
        batch_id varchar not null, suite varchar not null, rule_id varchar not null, severity varchar not null,
        owner varchar not null, category varchar not null, text_vi varchar not null, text_en varchar not null,
        rule_source varchar not null, rows_checked bigint not null, rows_failed bigint not null,
        outcome varchar not null, checked_at timestamp not null, primary key (batch_id, suite, rule_id))""",
    """create table if not exists raw.correction (
        correction_id varchar not null, source varchar not null, status varchar not null, action varchar not null,
        field varchar not null, factor double, reason_vi varchar not null, reason_en varchar not null,
        source_url varchar not null, decided_by varchar not null, decided_on date not null, document varchar not null,
        place varchar not null, unit varchar not null, indicator varchar not null,
        expected_old_value varchar not null, new_value varchar)""",
    """create table if not exists raw.correction_applied (
        batch_id varchar not null, row_id bigint not null, correction_id varchar not null, action varchar not null,
        field varchar not null, place varchar not null, unit_text varchar not null, unit_code varchar,
        indicator_code varchar not null, data_year integer, old_text varchar not null, new_text varchar not null,
        primary key (batch_id, row_id, correction_id))""",
    *DOSSIER_TABLES,
    *SURVEY_TABLES,
)

#: What brings a database of the version before to each version; `_TABLES` made its tables already.
_MIGRATIONS: dict[int, tuple[str, ...]] = {
    # 2: corrections. Readings made before had none, so the new columns are rightly empty.
    2: (
        "alter table raw.figure add column if not exists correction_id varchar",
        "alter table raw.quarantine add column if not exists correction_id varchar",
    ),
    # 3: monthly figures of the portal. What was read before is of a year, so the new column is rightly empty.
    3: (
        "alter table raw.figure add column if not exists data_month integer",
        "alter table raw.quarantine add column if not exists data_month integer",
    ),
    # 4: when a service was asked. Documents loaded before came as files, so the new column is rightly empty.
    4: ("alter table raw.batch add column if not exists fetched_at timestamp",),
    5: (),
    6: (),
    7: (),
    # 8: the first databases of version 2 lacked a column later ones of the same version have: loads broke on it.
    8: ("alter table raw.correction_applied add column if not exists unit_code varchar",),
}


def ensure_raw_schema(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing and bring an older database forward, version by version.

    Raises:
        EnvironmentBroken: the database was written by a later version of this project.
    """
    connection.execute("create schema if not exists raw")
    connection.execute("create table if not exists raw.schema_version (version integer not null)")
    row = connection.execute("select max(version) from raw.schema_version").fetchone()
    version = row[0] if row else None
    if version is not None and version > RAW_SCHEMA_VERSION:
        raise EnvironmentBroken(
            f"the build database has raw schema {version}, this version of the project knows {RAW_SCHEMA_VERSION}: "
            "upgrade the project, or move the build database away to have it rebuilt from the archive"
        )
    for statement in _TABLES:
        connection.execute(statement)
    for number in range((version or RAW_SCHEMA_VERSION) + 1, RAW_SCHEMA_VERSION + 1):
        for statement in _MIGRATIONS[number]:
            connection.execute(statement)
    if version != RAW_SCHEMA_VERSION:
        connection.execute("insert into raw.schema_version values (?)", [RAW_SCHEMA_VERSION])
