"""The raw tables of surveys: what leaves the lake of a wave. Small cells are empty before they come here."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from warehouse.connection import reader, writer
from warehouse.home import Home

SURVEY_TABLES = (
    """create table if not exists raw.survey_wave (
        wave_id varchar primary key, data_year integer not null, source_document_id varchar not null,
        file_name varchar not null, sha256 varchar not null, code_book varchar not null,
        received_at timestamp not null, is_synthetic boolean not null, is_national boolean not null,
        respondents bigint not null,
        respondents_excluded bigint not null, minimum_respondents integer not null,
        estimate_version varchar not null)""",
    """create table if not exists raw.survey_estimate (
        wave_id varchar not null, data_year integer not null, code_book varchar not null, unit_code varchar not null,
        measure_code varchar not null, measure_kind varchar not null, indicator_code varchar not null,
        breakdown varchar not null, category varchar not null, share_pct double, standard_error_points double,
        ci_low_pct double, ci_high_pct double, mean_points double, mean_standard_error double, design_effect double,
        effective_size double, degrees_of_freedom double, respondents bigint, answers bigint, clusters bigint,
        strata bigint, rank bigint, rank_low bigint, rank_high bigint, units_ranked bigint, withheld_reason varchar,
        is_synthetic boolean not null, source_document_id varchar not null,
        primary key (wave_id, unit_code, measure_code, breakdown, category))""",
    """create table if not exists raw.survey_change (
        wave_id varchar not null, previous_wave_id varchar not null, unit_code varchar not null,
        measure_code varchar not null, breakdown varchar not null, category varchar not null,
        change_points double not null, change_error_points double, change_low_points double, change_high_points double,
        p_value double, p_value_adjusted double,
        primary key (wave_id, unit_code, measure_code, breakdown, category))""",
)


def estimated_waves(home: Home) -> dict[str, str]:
    """The estimate version of every wave in the build database."""
    if not home.build_database.exists():
        return {}
    with reader(home.build_database) as connection:
        return dict(known_waves(connection))


def known_waves(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Wave and estimate version, by wave; empty in a database from before there were surveys."""
    known = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'raw' and table_name = 'survey_wave'"
    ).fetchall()
    if not known:
        return []
    rows = connection.execute("select wave_id, estimate_version from raw.survey_wave order by wave_id").fetchall()
    return [(str(wave_id), str(version)) for wave_id, version in rows]


def write_survey(home: Home, waves: pa.Table, estimates: pa.Table, changes: pa.Table) -> None:
    """Replace everything the build database holds of surveys, in one transaction."""
    from warehouse.raw_schema import ensure_raw_schema

    with writer(home) as connection:
        ensure_raw_schema(connection)
        connection.execute("begin")
        for name, rows in (("survey_wave", waves), ("survey_estimate", estimates), ("survey_change", changes)):
            connection.execute(f"delete from raw.{name}")
            connection.register("computed", rows)
            connection.execute(f"insert into raw.{name} by name select * from computed")
            connection.unregister("computed")
        connection.execute("commit")
