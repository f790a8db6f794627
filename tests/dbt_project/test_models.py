"""The models on a small installation: the marts they build, the comments they leave, and that order is no input."""

from __future__ import annotations

import pytest

from tests.dbt_project.conftest import load, rows_of
from warehouse.build import run_dbt
from warehouse.connection import reader, writer
from warehouse.home import Home
from warehouse.raw_schema import ensure_raw_schema
from warehouse.reference import load_reference
from warehouse.release_tables import mart_tables, table_hash

PROMISED = {
    "dim_unit",
    "bridge_unit_lineage",
    "dim_index",
    "dim_indicator",
    "dim_methodology",
    "dim_source_document",
    "fct_observation",
    "fct_dossier_month",
    "fct_portal_month",
    "metric_portal_change",
    "fct_qd766_vintage",
    "metric_portal_agreement",
    "portal_freshness",
    "fct_satisfaction",
    "metric_satisfaction_change",
    "metric_survey_reconciliation",
    "fct_indicator_value",
    "metric_yoy",
    "metric_contribution",
    "metric_rank_change",
    "metric_strength_weakness",
    "metric_target_progress",
    "dim_target",
    "dim_break_detection",
    "dim_criteria_count",
    "dim_correction",
    "bridge_unit_official_code",
    "dim_unit_name",
    "dim_indicator_break",
    "data_quality",
    "data_freshness",
}


def test_marts_hold_the_promised_tables(built: Home) -> None:
    with reader(built.build_database) as connection:
        assert set(mart_tables(connection)) >= PROMISED


def test_hue_is_one_unit_with_a_name_until_2024_and_one_since(built: Home) -> None:
    names = rows_of(
        built,
        "select name_vi, cast(valid_from as varchar), cast(valid_to as varchar), is_current from marts.dim_unit_name "
        "where unit_code = 'thua_thien_hue' order by valid_to nulls last",
    )
    assert names == [("Thừa Thiên Huế", None, "2024-12-31", False), ("Huế", "2025-01-01", None, True)]


def test_every_column_of_the_marts_carries_its_description(built: Home) -> None:
    assert (
        rows_of(
            built,
            "select table_name, column_name from duckdb_columns() where schema_name = 'marts' "
            "and coalesce(comment, '') not like '%— Tiếng Việt: %'",
        )
        == []
    )


def test_dimension_is_the_sum_of_the_parts_of_its_year(built: Home) -> None:
    values = dict(
        rows_of(
            built,
            "select data_year, value from marts.fct_indicator_value "
            "where indicator_code = 'PAPI.D5' and unit_code = 'cao_bang'",
        )
    )
    assert values == pytest.approx({2019: 4 * 1.6, 2020: 4 * 1.61, 2021: 3 * 1.62, 2022: 3 * 1.63})


def test_missing_part_leaves_no_sum(built: Home) -> None:
    assert rows_of(
        built,
        "select data_year from marts.fct_indicator_value "
        "where indicator_code = 'PAPI.D5' and unit_code = 'ha_giang' order by data_year",
    ) == [(2019,), (2020,), (2021,)]


def test_only_scale_moved_for_a_part_and_the_method_for_its_dimension(built: Home) -> None:
    assert rows_of(
        built,
        "select indicator_code, not_comparable_reason, change, value_pct_change_points is not null "
        "from marts.metric_yoy where unit_code = 'cao_bang' and data_year = 2021 and boundary = 'published' "
        "and indicator_code in ('PAPI.D5', 'PAPI.SC51') order by indicator_code",
    ) == [("PAPI.D5", "method_changed", None, False), ("PAPI.SC51", "scale_changed", None, True)]


def test_corrected_file_is_used_and_the_earlier_one_stays_visible(built: Home) -> None:
    assert rows_of(
        built,
        "select value, is_superseded, is_chosen, choice_reason from marts.fct_observation "
        "where indicator_code = 'PCI' order by value",
    ) == [(50.0, True, False, "superseded"), (51.5, False, True, "only_source")]


def test_order_of_the_rows_changes_nothing(built: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Home(tmp_path_factory.mktemp("shuffled"))
    other.make()
    load(other, shuffled=True)
    run_dbt(other, "run")
    hashes = []
    for home in (built, other):
        with reader(home.build_database) as connection:
            hashes.append({table: table_hash(connection, table) for table in mart_tables(connection)})
    assert hashes[0] == hashes[1]


def test_empty_database_builds_empty_marts(home: Home) -> None:
    with writer(home) as connection:
        ensure_raw_schema(connection)
        load_reference(connection)
    run_dbt(home, "build", "--exclude-resource-type", "unit_test")
    assert rows_of(home, "select count(*) from marts.metric_yoy") == [(0,)]
