"""Every rule on marts: sound marts pass, and one fault is found for exactly that reason."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from expectations.mart_audit import audit_marts, find_failing_rows
from expectations.suites.marts import MART_SUITES
from tests.expectations import (
    mart_faults_breaks,
    mart_faults_dossiers,
    mart_faults_portal,
    mart_faults_quality,
    mart_faults_satisfaction,
    mart_faults_strengths,
)
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.raw_schema import ensure_raw_schema
from warehouse.reference import load_reference

_SOUND = """
create schema marts;
create table marts.dim_unit as from reference.unit;
create table marts.bridge_unit_lineage as from reference.unit_lineage;
create table marts.dim_index as from reference.index_definition;
create table marts.dim_indicator as from reference.indicator;
create table marts.dim_methodology as
    select index_code, methodology_version, text_vi as name_vi, text_en as name_en from reference.methodology_version;
create table marts.dim_source_document as select 'doc_1' as source_document_id, repeat('ab', 32) as sha256;
create table marts.fct_observation as
    select * from (values
        ('an_giang', 'PCI', 2009, 60.0, 'b_1', 1, true), ('an_giang', 'PCI', 2010, 62.0, 'b_1', 2, true),
        ('an_giang', 'PCI', 2010, 61.0, 'b_2', 1, false), ('an_giang', 'PAPI.SC51', 2020, 2.0, 'b_1', 3, true),
        ('an_giang', 'PAPI.SC51', 2021, 2.6, 'b_1', 4, true)
    ) as v(unit_code, indicator_code, data_year, value, batch_id, row_id, is_chosen)
    cross join (select 'doc_1' as source_document_id, 'Sheet1!C2' as locator, false as is_superseded);
insert into raw.figure by name
    select unit_code, indicator_code, data_year, value, batch_id, row_id from marts.fct_observation;
insert into reference.expected_rows by name
    select 'test:1' as source_key, 2010 as data_year, 1 as expected_units, 1 as expected_figures;
insert into raw.batch
    select 'b_1', 'doc_1', 'pci', 'test:1', '', '', null, null, null, '', '', '', now(), 4, 0, null, '', '', null;
create table marts.fct_indicator_value as
    select unit_code, indicator_code, data_year, 'published' as boundary, value, 'published' as value_basis,
           60.0::double as value_pct, 1 as "rank", 63 as rank_out_of, 'published' as rank_basis, source_document_id,
           locator, '63' as geography_version, null::varchar as missing_predecessors_vi
    from marts.fct_observation where is_chosen;
insert into marts.fct_indicator_value by name
    select * from (values
        ('ben_tre', 'PCI', 2012, 'published', 50.0), ('tra_vinh', 'PCI', 2012, 'published', 60.0),
        ('vinh_long', 'PCI', 2012, 'published', 70.0), ('vinh_long_2025', 'PCI', 2012, '2025', 60.0),
        ('ben_tre', 'PCI', 2010, 'published', 50.0), ('vinh_long_2025', 'PCI', 2010, '2025', null)
    ) as v(unit_code, indicator_code, data_year, boundary, value)
    cross join (select 'derived' as value_basis, 60.0::double as value_pct, 1 as "rank", 'doc_1' as source_document_id,
                       'Sheet1!C2' as locator)
    cross join lateral (select case when boundary = '2025' then '34' else '63' end as geography_version,
                               case when boundary = '2025' then 34 else 63 end as rank_out_of,
                               case when value is null then 'Trà Vinh, Vĩnh Long' end as missing_predecessors_vi);
create table marts.metric_yoy as
    select n.unit_code, n.indicator_code, n.data_year, n.boundary, n.data_year - 1 as previous_year, n.value,
           p.value as previous_value, n.indicator_code = 'PCI' and p.value is not null as is_comparable,
           case when p.value is null then 'previous_missing' when n.indicator_code <> 'PCI' then 'scale_changed' end
               as not_comparable_reason,
           case when is_comparable then n.value - p.value end as change, null::double as change_pct,
           null::integer as rank_change
    from marts.fct_indicator_value as n
    left join marts.fct_indicator_value as p
      on p.unit_code = n.unit_code and p.indicator_code = n.indicator_code and p.data_year = n.data_year - 1
     and p.boundary = n.boundary;
create table marts.metric_contribution as
    select unit_code, indicator_code as total_code, v.component_code, data_year, boundary, v.kind as contribution_kind,
           v.part as contribution, case when v.kind = 'change' then v.part end as comparable_contribution,
           null::double as component_value, null::double as component_previous_value, 2.0::double as weight,
           2.0::double as previous_weight, value - previous_value as total_difference
    from marts.metric_yoy
    cross join (values ('PCI', 'remainder', -2.0), ('PCI.TIME_COSTS', 'change', 4.0), ('PCI.NEW', 'appeared', 0.0))
        as v(component_code, kind, part)
    where change is not null;
insert into marts.metric_yoy by name
    select 'an_giang' as unit_code, 'PCI.TIME_COSTS' as indicator_code, 2010 as data_year, 'published' as boundary,
           true as is_comparable, 2.0 as change, 2009 as previous_year, 2.0 as value, 0.0 as previous_value;
insert into marts.fct_indicator_value by name
    select 'an_giang' as unit_code, 'PCI.TIME_COSTS' as indicator_code, data_year, 'published' as boundary, value,
           'derived' as value_basis, 'doc_1' as source_document_id, 'Sheet1!C2' as locator
    from (values (2009, 0.0), (2010, 2.0)) as v(data_year, value);
insert into marts.metric_yoy by name
    select 'an_giang' as unit_code, 'PCI.TIME_COSTS' as indicator_code, 2009 as data_year, 'published' as boundary,
           false as is_comparable, 'previous_missing' as not_comparable_reason, 0.0 as value;
create table marts.metric_rank_change as
    select unit_code, indicator_code, data_year, boundary, rank_change, null::integer as rank_change_own,
           null::integer as rank_change_others, 'ranking_incomplete' as no_split_reason
    from marts.metric_yoy where is_comparable;
"""

#: suite, rule, the fault. A fault that breaks several rules by nature names them all.
_FAULTS = [
    ("mart_dim_unit", {"grain_unique"}, "insert into marts.dim_unit from marts.dim_unit where unit_code = 'm_finance'"),
    (
        "mart_dim_unit",
        {"named_in_both_languages"},
        "update marts.dim_unit set name_en = null where unit_code = 'an_giang'",
    ),
    (
        "mart_dim_unit",
        {"provinces_on_each_map"},
        "update marts.dim_unit set valid_to = '2025-01-01' where unit_code = 'ben_tre'",
    ),
    (
        "mart_bridge_unit_lineage",
        {"grain_unique", "lineage_weights_add_up"},
        "insert into marts.bridge_unit_lineage from marts.bridge_unit_lineage where predecessor_code = 'yen_bai'",
    ),
    (
        "mart_bridge_unit_lineage",
        {"lineage_weights_add_up"},
        "update marts.bridge_unit_lineage set weight = 0.7 where predecessor_code = 'yen_bai'",
    ),
    (
        "mart_bridge_unit_lineage",
        {"lineage_units_known"},
        "update marts.bridge_unit_lineage set predecessor_code = 'atlantis' where predecessor_code = 'yen_bai'",
    ),
    ("mart_dim_index", {"grain_unique"}, "insert into marts.dim_index from marts.dim_index where index_code = 'PCI'"),
    (
        "mart_dim_index",
        {"named_in_both_languages"},
        "update marts.dim_index set name_vi = ' ' where index_code = 'PCI'",
    ),
    (
        "mart_dim_indicator",
        {"grain_unique"},
        "insert into marts.dim_indicator from marts.dim_indicator where indicator_code = 'PCI'",
    ),
    (
        "mart_dim_indicator",
        {"named_in_both_languages"},
        "update marts.dim_indicator set name_en = '' where indicator_code = 'PCI'",
    ),
    (
        "mart_dim_methodology",
        {"grain_unique"},
        "insert into marts.dim_methodology from marts.dim_methodology where index_code = 'PCI'",
    ),
    (
        "mart_dim_methodology",
        {"named_in_both_languages"},
        "update marts.dim_methodology set name_vi = '' where index_code = 'PCI'",
    ),
    (
        "mart_dim_source_document",
        {"grain_unique"},
        "insert into marts.dim_source_document from marts.dim_source_document",
    ),
    ("mart_dim_source_document", {"document_has_hash"}, "update marts.dim_source_document set sha256 = 'xyz'"),
    (
        "mart_fct_observation",
        {"grain_unique", "one_chosen", "observations_equal_raw", "source_year_rows"},
        "insert into marts.fct_observation from marts.fct_observation where batch_id = 'b_1' and row_id = 2",
    ),
    (
        "mart_fct_observation",
        {"one_chosen"},
        "update marts.fct_observation set is_chosen = true where batch_id = 'b_2'",
    ),
    (
        "mart_fct_observation",
        {"observation_traceable"},
        "update marts.fct_observation set locator = '' where batch_id = 'b_2'",
    ),
    (
        "mart_fct_observation",
        {"observations_equal_raw"},
        "update marts.fct_observation set value = 6.1 where batch_id = 'b_2'",
    ),
    (
        "mart_fct_observation",
        {"source_year_rows"},
        "update reference.expected_rows set expected_figures = 2 where source_key = 'test:1'",
    ),
    (
        "mart_fct_indicator_value",
        {"common_map_value_is_worked_out_right"},
        "update marts.fct_indicator_value set value = 61 where unit_code = 'vinh_long_2025' and data_year = 2012",
    ),
    (
        "mart_fct_indicator_value",
        {"partial_lineage_is_not_averaged"},
        "update marts.fct_indicator_value set value = 50 where unit_code = 'vinh_long_2025' and data_year = 2010",
    ),
    (
        "mart_fct_indicator_value",
        {"common_map_ranks_among_its_own"},
        "update marts.fct_indicator_value set rank_out_of = 63 where boundary = '2025' and data_year = 2012",
    ),
    (
        "mart_fct_indicator_value",
        {"grain_unique"},
        "insert into marts.fct_indicator_value from marts.fct_indicator_value where data_year = 2010",
    ),
    (
        "mart_fct_indicator_value",
        {"boundary_known"},
        "update marts.fct_indicator_value set boundary = '1975' where data_year = 2020",
    ),
    (
        "mart_fct_indicator_value",
        {"value_pct_in_range"},
        "update marts.fct_indicator_value set value_pct = 104 where data_year = 2010",
    ),
    (
        "mart_fct_indicator_value",
        {"value_has_source"},
        "update marts.fct_indicator_value set source_document_id = null where data_year = 2010",
    ),
    (
        "mart_fct_indicator_value",
        {"value_is_the_chosen_one"},
        "update marts.fct_indicator_value set value = 61 where data_year = 2010 and unit_code = 'an_giang'",
    ),
    (
        "mart_fct_indicator_value",
        {"rank_within_population"},
        'update marts.fct_indicator_value set "rank" = 64 where data_year = 2010',
    ),
    ("mart_metric_yoy", {"grain_unique"}, "insert into marts.metric_yoy from marts.metric_yoy where data_year = 2010"),
    (
        "mart_metric_yoy",
        {"reason_known"},
        "update marts.metric_yoy set not_comparable_reason = 'no idea' where data_year = 2020",
    ),
    (
        "mart_metric_yoy",
        {"change_only_where_comparable"},
        "update marts.metric_yoy set change = -2 where data_year = 2010",
    ),
    (
        "mart_metric_yoy",
        {"no_change_across_break"},
        "update marts.metric_yoy set is_comparable = true, not_comparable_reason = null, "
        "change = value - previous_value "
        "where data_year = 2021",
    ),
    (
        "mart_metric_yoy",
        {"previous_is_last_years"},
        "update marts.metric_yoy set previous_value = 59, change = 3 where indicator_code = 'PCI' and is_comparable",
    ),
    (
        "mart_metric_contribution",
        {"grain_unique", "contributions_add_up"},
        "insert into marts.metric_contribution from marts.metric_contribution where contribution_kind = 'change'",
    ),
    (
        "mart_metric_contribution",
        {"contributions_add_up"},
        "update marts.metric_contribution set contribution = -1 where contribution_kind = 'remainder'",
    ),
    (
        "mart_metric_contribution",
        {"performance_is_a_comparable_change"},
        "update marts.metric_contribution set comparable_contribution = 3 where contribution_kind = 'change'",
    ),
    (
        "mart_metric_contribution",
        {"vanished_and_appeared_are_real"},
        "update marts.metric_contribution set component_previous_value = 3 where contribution_kind = 'appeared'",
    ),
    (
        "mart_metric_rank_change",
        {"grain_unique"},
        "insert into marts.metric_rank_change from marts.metric_rank_change",
    ),
    (
        "mart_metric_rank_change",
        {"rank_split_adds_up"},
        "update marts.metric_rank_change set no_split_reason = null, rank_change_own = 1, rank_change_others = 1",
    ),
    (
        "mart_metric_rank_change",
        {"who_did_not_move_gains_nothing_itself"},
        "update marts.metric_rank_change set rank_change_own = 1; "
        "update marts.metric_yoy set change = 0 where indicator_code = 'PCI' and is_comparable",
    ),
    *mart_faults_strengths.FAULTS,
    *mart_faults_dossiers.FAULTS,
    *mart_faults_satisfaction.FAULTS,
    *mart_faults_breaks.FAULTS,
    *mart_faults_quality.FAULTS,
    *mart_faults_portal.FAULTS,
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("marts") / "sound.duckdb"
    connection = duckdb.connect(str(path))
    try:
        load_reference(connection)
        ensure_raw_schema(connection)
        beside = (
            mart_faults_strengths,
            mart_faults_dossiers,
            mart_faults_satisfaction,
            mart_faults_breaks,
            mart_faults_quality,
            mart_faults_portal,
        )
        connection.execute(_SOUND + "".join(faults.SOUND for faults in beside))
    finally:
        connection.close()
    return path


def _with_fault(sound: Path, tmp_path: Path, *faults: str) -> Path:
    path = tmp_path / "faulty.duckdb"
    shutil.copyfile(sound, path)
    connection = duckdb.connect(str(path))
    try:
        for fault in faults:
            connection.execute(fault)
    finally:
        connection.close()
    return path


@pytest.fixture(scope="module")
def marts(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the sound marts; whoever changes it rolls back."""
    path = tmp_path_factory.mktemp("marts") / "copy.duckdb"
    shutil.copyfile(sound, path)
    connection = duckdb.connect(str(path))
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("suite", "rules", "fault"), _FAULTS, ids=[f"{suite}-{'+'.join(sorted(rules))}" for suite, rules, _ in _FAULTS]
)
def test_fault_is_found_for_exactly_that_reason(
    suite: str, rules: set[str], fault: str, marts: duckdb.DuckDBPyConnection
) -> None:
    marts.execute("begin")
    try:
        marts.execute(fault)
        found = find_failing_rows(marts, [item for item in MART_SUITES if item.name == suite])
    finally:
        marts.execute("rollback")
    assert {rule_id for (_, rule_id), rows in found.items() if rows.count} == rules


def test_every_rule_of_a_mart_has_a_fault() -> None:
    assert {(suite.name, rule.rule_id) for suite in MART_SUITES for rule in suite.rules} == {
        (suite, rule) for suite, rules, _ in _FAULTS for rule in rules
    }


def test_sound_marts_pass(sound: Path, home: Home) -> None:
    audit = audit_marts(sound, home)
    assert audit.refusals == ()
    assert {check.outcome for check in audit.checks} == {"passed"}
    assert {check.batch_id for check in audit.checks} == {""}
    assert (home.data_docs / "mart_metric_yoy.html").is_file()


def test_great_expectations_counts_what_the_queries_name(sound: Path, home: Home, tmp_path: Path) -> None:
    # audit_marts raises when the two differ; the faults together give most rules a row to differ on.
    audit = audit_marts(_with_fault(sound, tmp_path, *(fault for _, _, fault in _FAULTS)), home)
    failed = {(check.suite, check.rule_id) for check in audit.checks if check.rows_failed}
    assert len(failed) > 0.8 * len(_FAULTS)
    assert {check.outcome for check in audit.checks if check.rows_failed} == {"blocked", "warned"}


def test_marts_without_a_row_can_be_judged(sound: Path, home: Home, tmp_path: Path) -> None:
    path = _with_fault(sound, tmp_path)
    with duckdb.connect(str(path)) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        for (table,) in tables:
            connection.execute(f"delete from marts.{table}")
    checked = {check.suite: check.rows_checked for check in audit_marts(path, home).checks}
    assert set(checked.values()) == {0}


def test_refusal_names_mart_place_found_and_expected(sound: Path, home: Home, tmp_path: Path) -> None:
    fault = "update marts.metric_yoy set previous_value = 59, change = 3 where indicator_code = 'PCI' and is_comparable"
    faulty = _with_fault(sound, tmp_path, fault)
    suites = [suite for suite in MART_SUITES if suite.name == "mart_metric_yoy"]
    (refusal,) = audit_marts(faulty, home, suites=suites).refusals
    assert (refusal.file_name, refusal.place) == ("marts.metric_yoy", "an_giang PCI 2010 published")
    assert (refusal.found, refusal.expected) == ("59.0", "60.0")


def test_missing_mart_is_an_environment_error(sound: Path, home: Home, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentBroken, match="could not be evaluated"):
        audit_marts(_with_fault(sound, tmp_path, "drop table marts.metric_yoy"), home)


def test_database_can_be_written_again_after_the_audit(sound: Path, home: Home, tmp_path: Path) -> None:
    path = _with_fault(sound, tmp_path)
    audit_marts(path, home, suites=MART_SUITES[:1])
    connection = duckdb.connect(str(path))
    connection.execute("create table free (x integer)")
    connection.close()
