"""The suites of the marts about the data itself: corrections, official codes, checks and freshness."""

from __future__ import annotations

from expectations.rules import Suite
from expectations.suites.mart_rules import grain, mart_rule, named

_FIGURE = "concat_ws(' ', s.correction_id, s.source_key, s.locator, s.indicator_code)"

DIM_CORRECTION = Suite(
    "mart_dim_correction",
    "dim_correction",
    (
        grain("correction_id", "source_key", "locator", "indicator_code"),
        mart_rule(
            "correction_says_why",
            "completeness",
            "đính chính thiếu lý do bằng hai thứ tiếng, nguồn hoặc người quyết định",
            "a correction lacks a reason in both languages, a source, or who decided",
            f"""
        select {_FIGURE} as place, concat_ws(' / ', s.reason_vi, s.reason_en, s.source_url, s.decided_by) as found,
               'a reason in both languages, a source and who decided' as expected
        from subject as s
        where coalesce(trim(s.reason_vi), '') = '' or coalesce(trim(s.reason_en), '') = ''
           or coalesce(trim(s.source_url), '') = '' or coalesce(trim(s.decided_by), '') = ''""",
            source="design: rules of the house 1",
        ),
        mart_rule(
            "confirmed_correction_is_applied",
            "consistency",
            "đính chính confirmed không được áp dụng vào tài liệu đã nạp, hoặc ngược lại",
            "a confirmed correction of a loaded document is not applied, or one that is not confirmed is",
            f"""
        select {_FIGURE} as place,
               s.correction_status || case when s.is_applied then ', applied' else ', not applied' end as found,
               'applied where confirmed and the document is loaded, and nowhere else' as expected
        from subject as s
        where s.is_applied <> (
            s.correction_status = 'confirmed'
            and exists (
                select 1 from raw.batch as b
                where b.source_key = s.source_key and b.superseded_by_batch_id is null
            ))""",
            source="design: rules of the house 1",
        ),
        mart_rule(
            "corrected_figure_is_marked",
            "consistency",
            "số liệu đã đính chính không mang mã đính chính, hoặc số liệu bị bỏ vẫn còn",
            "a corrected figure does not carry its correction, or a dropped one is still there",
            f"""
        select {_FIGURE} as place, coalesce(o.correction_id, 'no mark') as found,
               case when s.correction_action = 'drop' then 'no figure' else s.correction_id end as expected
        from subject as s
        left join marts.fct_observation as o on o.batch_id = s.batch_id and o.row_id = s.row_id
        left join raw.quarantine as q on q.batch_id = s.batch_id and q.row_id = s.row_id
        where s.is_applied and q.batch_id is null
          and case when s.correction_action = 'drop' then o.batch_id is not null else o.correction_id is null end""",
            source="design: rules of the house 1",
        ),
    ),
)

BRIDGE_UNIT_OFFICIAL_CODE = Suite(
    "mart_bridge_unit_official_code",
    "bridge_unit_official_code",
    (
        grain("unit_code", "scheme", "official_code"),
        named("concat_ws(' ', unit_code, scheme, official_code)"),
        mart_rule(
            "official_code_has_one_owner_a_day",
            "identity",
            "cùng một ngày, một mã chính thức thuộc hai đơn vị",
            "on one day an official code belongs to two units",
            """
        select concat_ws(' ', a.scheme, a.official_code) as place, concat_ws(', ', a.unit_code, b.unit_code) as found,
               'one unit at a time' as expected
        from subject as a
        join subject as b
          on b.scheme = a.scheme and b.official_code = a.official_code and b.unit_code > a.unit_code
         and coalesce(a.valid_from, date '0001-01-01') <= coalesce(b.valid_to, date '9999-12-31')
         and coalesce(b.valid_from, date '0001-01-01') <= coalesce(a.valid_to, date '9999-12-31')""",
            source="Decision 19/2025/QĐ-TTg: codes of former provinces are given to new ones",
        ),
    ),
)

DIM_UNIT_NAME = Suite(
    "mart_dim_unit_name",
    "dim_unit_name",
    (
        grain("unit_code", "name_order"),
        named("concat_ws(' ', unit_code, valid_to)"),
        mart_rule(
            "unit_has_one_name_a_day",
            "identity",
            "đơn vị có ngày không có tên, hoặc mang hai tên trong cùng một ngày",
            "on some day a unit has no name, or two",
            """
        select n.unit_code as place, concat_ws(' to ', n.valid_from, n.valid_to) as found,
               'from the day after the name before, or with the unit, until the next name or its end' as expected
        from (
            select u.unit_code, s.unit_code as named_unit, s.valid_from, s.valid_to, u.valid_from as unit_from,
                   u.valid_to as unit_to,
                   lag(s.valid_to) over names as previous_to, row_number() over names as place,
                   count(*) over (partition by u.unit_code) as name_count
            from reference.unit as u left join subject as s using (unit_code)
            window names as (partition by u.unit_code order by coalesce(s.valid_to, date '9999-12-31'))
        ) as n
        where n.named_unit is null
           or n.valid_from is distinct from (case when n.place = 1 then n.unit_from else n.previous_to + 1 end)
           or (n.place = n.name_count and n.valid_to is distinct from n.unit_to)""",
            source="data/reference/unit_former_name.csv (Resolution 175/2024/QH15)",
        ),
    ),
)

DATA_QUALITY = Suite(
    "mart_data_quality",
    "data_quality",
    (
        grain("batch_id", "suite", "rule_id", "subject"),
        mart_rule(
            "outcome_follows_from_severity",
            "consistency",
            "kết quả kiểm tra không khớp với mức độ và số dòng không đạt",
            "the outcome of a check does not follow from its severity and failed rows",
            """
        select concat_ws(' ', batch_id, suite, rule_id, subject) as place, outcome as found,
               case when rows_failed = 0 then 'passed' when severity = 'block' then 'blocked'
                    when severity = 'quarantine' then 'quarantined' else 'warned' end as expected
        from subject
        where outcome is distinct from
              case when rows_failed = 0 then 'passed' when severity = 'block' then 'blocked'
                   when severity = 'quarantine' then 'quarantined' else 'warned' end""",
        ),
        mart_rule(
            "checks_equal_raw",
            "reconciliation",
            "số phép kiểm tra không bằng số đã ghi khi nạp",
            "the checks are not those the loads recorded",
            """
        select 'data_quality' as place, cast(count(*) as varchar) || ' checks of loads' as found,
               cast((select count(*) from raw.check_result) as varchar) as expected
        from subject where suite <> 'sources'
        having count(*) <> (select count(*) from raw.check_result)""",
        ),
        mart_rule(
            "every_conflict_has_its_row",
            "reconciliation",
            "số liệu có nguồn mâu thuẫn nhưng không có dòng trong data_quality",
            "a figure on which sources disagree has no row in data_quality",
            """
        select concat_ws(' ', v.unit_code, v.indicator_code, v.data_year) as place, 'no row' as found,
               'a row of rule sources_disagree' as expected
        from marts.fct_indicator_value as v
        where v.has_conflict and v.boundary = 'published'
          and not exists (
              select 1 from subject as s
              where s.rule_id = 'sources_disagree'
                and s.subject = concat_ws(' ', v.unit_code, v.indicator_code, v.data_year))""",
            source="design: a conflict between sources is shown",
        ),
    ),
)

DATA_FRESHNESS = Suite(
    "mart_data_freshness",
    "data_freshness",
    (
        grain("source"),
        named("source"),
        mart_rule(
            "freshness_counts_equal_raw",
            "reconciliation",
            "số tài liệu hoặc số liệu của một nguồn không bằng số đã nạp",
            "the documents or figures of a source are not those loaded",
            """
        select s.source as place, concat_ws(' / ', s.document_count, s.figure_count, s.quarantined_count) as found,
               concat_ws(' / ', count(b.batch_id),
                   coalesce(sum(b.figure_count), 0), coalesce(sum(b.quarantined_count), 0)) as expected
        from subject as s
        left join raw.source_document as d on d.source = s.source
        left join raw.batch as b on b.source_document_id = d.source_document_id
        group by s.source, s.document_count, s.figure_count, s.quarantined_count
        having s.document_count <> count(b.batch_id) or s.figure_count <> coalesce(sum(b.figure_count), 0)
            or s.quarantined_count <> coalesce(sum(b.quarantined_count), 0)""",
        ),
        mart_rule(
            "latest_year_is_loaded",
            "timeliness",
            "năm mới nhất của nguồn không có trong số liệu đã nạp",
            "the latest year of a source is not among its figures",
            """
        select s.source as place, coalesce(cast(s.latest_data_year as varchar), 'none') as found,
               coalesce(cast(max(o.data_year) as varchar), 'none') as expected
        from subject as s
        left join marts.dim_source_document as d on d.source = s.source
        left join marts.fct_observation as o on o.source_document_id = d.source_document_id and not o.is_superseded
        group by s.source, s.latest_data_year
        having s.latest_data_year is distinct from max(o.data_year)""",
        ),
    ),
)

QUALITY_SUITES: tuple[Suite, ...] = (
    DIM_CORRECTION,
    BRIDGE_UNIT_OFFICIAL_CODE,
    DIM_UNIT_NAME,
    DATA_QUALITY,
    DATA_FRESHNESS,
)
