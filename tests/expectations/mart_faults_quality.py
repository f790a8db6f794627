"""Sound rows and faults for the suites of corrections, codes, checks and freshness (see `test_mart_audit`)."""

from __future__ import annotations

#: A correction in force and a proposed one, one conflict with its row, one check, one source with its document.
SOUND = """
alter table marts.fct_observation add column correction_id varchar;
update marts.fct_observation set correction_id = 'misprint' where batch_id = 'b_1' and row_id = 2;
alter table marts.fct_indicator_value add column has_conflict boolean default false;
update marts.fct_indicator_value set has_conflict = true
where unit_code = 'an_giang' and indicator_code = 'PCI' and data_year = 2010;
create table marts.dim_correction as
    select id as correction_id, 'test:1' as source_key, 'Sheet1!C2' as locator, 'PCI' as indicator_code,
           status as correction_status, 'override' as correction_action, 'vì' as reason_vi, 'because' as reason_en,
           'https://moha.gov.vn' as source_url, 'somebody' as decided_by, status = 'confirmed' as is_applied,
           case when status = 'confirmed' then 'b_1' end as batch_id,
           case when status = 'confirmed' then 2 end as row_id
    from (values ('misprint', 'confirmed'), ('idea', 'proposed')) as v(id, status);
create table marts.bridge_unit_official_code as
    select *, 'tên' as name_vi, 'name' as name_en from reference.unit_official_code;
create table marts.dim_unit_name as
    select u.unit_code, case when f.unit_code is null then 1 else 2 end as name_order, u.name_vi, u.name_en,
           coalesce(f.valid_to + 1, u.valid_from) as valid_from, u.valid_to
    from reference.unit as u left join reference.unit_former_name as f using (unit_code)
    union all
    select f.unit_code, 1, f.name_vi, f.name_en, u.valid_from, f.valid_to
    from reference.unit_former_name as f join reference.unit as u using (unit_code);
insert into raw.check_result by name
    select 'b_1' as batch_id, 'pci' as suite, 'grain_unique' as rule_id, 'block' as severity, '' as owner,
           '' as category, '' as text_vi, '' as text_en, '' as rule_source, 4 as rows_checked, 0 as rows_failed,
           'passed' as outcome, now() as checked_at;
create table marts.data_quality as
    select batch_id, suite, rule_id, '' as subject, severity, rows_failed, outcome from raw.check_result
    union all
    select '', 'sources', 'sources_disagree', 'an_giang PCI 2010', 'warn', 1, 'warned';
alter table marts.dim_source_document add column source varchar;
update marts.dim_source_document set source = 'pci';
insert into raw.source_document
    values ('doc_1', repeat('ab', 32), 'pci', 'PCI.xls', 1, 'application/vnd.ms-excel', now(), 'landing/pci');
create table marts.data_freshness as
    select 'pci' as source, 'tên' as name_vi, 'name' as name_en, 1 as document_count, 4 as figure_count,
           0 as quarantined_count, 2022 as latest_data_year;
"""

_CORRECTION, _CODE, _NAME = "mart_dim_correction", "mart_bridge_unit_official_code", "mart_dim_unit_name"
#: suite, rules, the fault.
FAULTS: list[tuple[str, set[str], str]] = [
    (
        _CORRECTION,
        {"grain_unique"},
        "insert into marts.dim_correction from marts.dim_correction where correction_id = 'idea'",
    ),
    (
        _CORRECTION,
        {"correction_says_why"},
        "update marts.dim_correction set reason_vi = ' ' where correction_id = 'idea'",
    ),
    (
        _CORRECTION,
        {"confirmed_correction_is_applied"},
        "update marts.dim_correction set correction_status = 'confirmed' where correction_id = 'idea'",
    ),
    (
        _CORRECTION,
        {"corrected_figure_is_marked"},
        "update marts.fct_observation set correction_id = null",
    ),
    (
        _CODE,
        {"grain_unique"},
        "insert into marts.bridge_unit_official_code from marts.bridge_unit_official_code limit 1",
    ),
    (
        _CODE,
        {"named_in_both_languages"},
        "update marts.bridge_unit_official_code set name_vi = null where unit_code = 'an_giang'",
    ),
    (
        _CODE,
        {"official_code_has_one_owner_a_day"},
        "update marts.bridge_unit_official_code set valid_from = null, valid_to = null",
    ),
    (
        _NAME,
        {"grain_unique", "unit_has_one_name_a_day"},
        "insert into marts.dim_unit_name from marts.dim_unit_name where unit_code = 'ha_tay'",
    ),
    (
        _NAME,
        {"named_in_both_languages"},
        "update marts.dim_unit_name set name_en = null where unit_code = 'an_giang'",
    ),
    (
        _NAME,
        {"unit_has_one_name_a_day"},
        "update marts.dim_unit_name set valid_to = '2024-12-30' where name_vi = 'Thừa Thiên Huế'",
    ),
    (_NAME, {"unit_has_one_name_a_day"}, "delete from marts.dim_unit_name where unit_code = 'an_giang'"),
    (
        "mart_data_quality",
        {"grain_unique", "checks_equal_raw"},
        "insert into marts.data_quality from marts.data_quality where suite = 'pci'",
    ),
    (
        "mart_data_quality",
        {"outcome_follows_from_severity"},
        "update marts.data_quality set outcome = 'passed' where suite = 'sources'",
    ),
    (
        "mart_data_quality",
        {"checks_equal_raw"},
        "delete from marts.data_quality where suite = 'pci'",
    ),
    (
        "mart_data_quality",
        {"every_conflict_has_its_row"},
        "delete from marts.data_quality where suite = 'sources'",
    ),
    (
        "mart_data_freshness",
        {"grain_unique", "freshness_counts_equal_raw"},
        "insert into marts.data_freshness from marts.data_freshness",
    ),
    ("mart_data_freshness", {"named_in_both_languages"}, "update marts.data_freshness set name_en = ''"),
    ("mart_data_freshness", {"freshness_counts_equal_raw"}, "update marts.data_freshness set figure_count = 5"),
    ("mart_data_freshness", {"latest_year_is_loaded"}, "update marts.data_freshness set latest_data_year = 2020"),
]
