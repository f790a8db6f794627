"""Sound rows and faults for the suites of the survey marts (see `test_mart_audit`)."""

from __future__ import annotations

#: Two waves in a row of one unit, one indicator of one question; in the later one two groups are withheld.
SOUND = """
insert into raw.survey_wave
    select 'sipas_' || y, y, 'doc_1', 'x.sav', repeat('ab', 32), 'sipas_2022', timestamp '2025-01-01', true, false,
           200, 0, 30, 'v'
    from (values (2023), (2024)) as v(y);
insert into raw.survey_estimate by name
    select 'sipas_' || y as wave_id, y as data_year, 'sipas_2022' as code_book, 'an_giang' as unit_code,
           'SIPAS.POLICY' as measure_code, 'indicator' as measure_kind, 'SIPAS.POLICY' as indicator_code, breakdown,
           category, share + y - 2023 as share_pct, share * 0.025 as standard_error_points, share - 4 as ci_low_pct,
           share + 5 as ci_high_pct, n as respondents, true as is_synthetic, 'doc_1' as source_document_id,
           reason as withheld_reason
    from (values (2023), (2024)) as years(y)
    cross join (values ('all', 'all', 80.0, 200, null), ('sex', 'male', 78.0, 100, null),
                       ('sex', 'female', 82.0, 100, null), ('age_group', 'young', null, null, 'small'),
                       ('age_group', 'old', null, null, 'complementary'))
        as cells(breakdown, category, share, n, reason);
create table marts.fct_satisfaction as
    select *, withheld_reason is not null as is_suppressed from raw.survey_estimate;
create table marts.metric_satisfaction_change as
    select n.wave_id, n.unit_code, n.measure_code, n.breakdown, n.category, 'sipas_2023' as previous_wave_id,
           n.share_pct - b.share_pct as change_points, n.share_pct is not null as is_comparable,
           case when n.share_pct is not null then -3.0 end as ci_low,
           case when n.share_pct is not null then 5.0 end as ci_high,
           case when n.share_pct is not null then false end as is_significant, null::integer as rank_change,
           case when n.share_pct is not null then 0.6 end as p_value
    from marts.fct_satisfaction as n
    join marts.fct_satisfaction as b using (unit_code, measure_code, breakdown, category)
    where n.data_year = 2024 and b.data_year = 2023;
create table marts.metric_survey_reconciliation as
    select wave_id, unit_code, measure_code as indicator_code, share_pct, 79.0 as published_value_pct,
           share_pct - 79.0 as difference_points, ci_low_pct, ci_high_pct, true as is_covered_by_interval
    from marts.fct_satisfaction where breakdown = 'all' and data_year = 2024;
"""

_FACT, _CHANGE, _BESIDE = (
    "mart_fct_satisfaction",
    "mart_metric_satisfaction_change",
    "mart_metric_survey_reconciliation",
)
_MALE = "where category = 'male' and wave_id = 'sipas_2023'"
_YOUNG = "where category = 'young' and wave_id = 'sipas_2023'"

#: suite, rule, the fault. A fault that breaks several rules by nature names them all.
FAULTS: list[tuple[str, set[str], str]] = [
    (
        _FACT,
        {"grain_unique", "estimates_are_those_loaded"},
        f"insert into marts.fct_satisfaction from marts.fct_satisfaction {_MALE}",
    ),
    (_FACT, {"small_cells_are_withheld"}, f"update marts.fct_satisfaction set respondents = 29 {_MALE}"),
    (_FACT, {"withheld_cells_say_nothing"}, f"update marts.fct_satisfaction set respondents = 40 {_YOUNG}"),
    (
        _FACT,
        {"one_withheld_cell_is_never_alone"},
        f"update marts.fct_satisfaction set is_suppressed = false {_YOUNG}",
    ),
    (_FACT, {"share_lies_in_its_interval"}, f"update marts.fct_satisfaction set ci_low_pct = 79 {_MALE}"),
    (
        _FACT,
        {"estimates_are_those_loaded"},
        "update raw.survey_estimate set share_pct = 70 where category = 'female' and wave_id = 'sipas_2023'",
    ),
    (
        _CHANGE,
        {"grain_unique"},
        "insert into marts.metric_satisfaction_change from marts.metric_satisfaction_change where category = 'male'",
    ),
    (
        _CHANGE,
        {"change_is_the_difference_of_the_shares"},
        "update marts.metric_satisfaction_change set change_points = 3 where category = 'male'",
    ),
    (
        _CHANGE,
        {"what_cannot_be_compared_is_not_printed"},
        "update marts.metric_satisfaction_change set is_comparable = false where category = 'male'",
    ),
    (
        _CHANGE,
        {"what_can_be_compared_is_printed"},
        "update marts.metric_satisfaction_change set is_comparable = true where category = 'young'",
    ),
    (
        _CHANGE,
        {"verdict_agrees_with_the_interval"},
        "update marts.metric_satisfaction_change set is_significant = true where category = 'male'",
    ),
    (
        _BESIDE,
        {"grain_unique"},
        "insert into marts.metric_survey_reconciliation from marts.metric_survey_reconciliation",
    ),
    (
        _BESIDE,
        {"difference_is_estimate_less_published"},
        "update marts.metric_survey_reconciliation set difference_points = 5",
    ),
    (
        _BESIDE,
        {"every_published_value_estimated_is_beside_it"},
        "insert into marts.fct_indicator_value by name select 'an_giang' as unit_code, 'SIPAS.POLICY' as "
        "indicator_code, 2023 as data_year, 'published' as boundary, 80.0 as value",
    ),
]
