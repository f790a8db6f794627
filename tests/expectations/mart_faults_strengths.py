"""Sound rows and faults for the suites of strong and weak points and of targets (see `test_mart_audit`)."""

from __future__ import annotations

#: The five provinces of the Central Highlands have a field each, so the region has places and the country has none;
#: the country's satisfaction runs from 2018 to 2020 towards one target that is met and one that is not yet, and
#: breaks in 2022.
SOUND = """
insert into marts.fct_observation by name
    select *, 100 + row_number() over () as row_id, 'b_1' as batch_id, true as is_chosen, 'doc_1' as source_document_id,
           'Sheet1!C9' as locator, false as is_superseded
    from (values
        ('dak_lak', 'PAPI.D1', 2012, 5.0), ('dak_nong', 'PAPI.D1', 2012, 4.0), ('gia_lai', 'PAPI.D1', 2012, 3.0),
        ('kon_tum', 'PAPI.D1', 2012, 3.0), ('lam_dong', 'PAPI.D1', 2012, 1.0), ('dak_lak', 'PAPI.D2', 2012, 4.0),
        ('viet_nam', 'SIPAS', 2018, 84.0), ('viet_nam', 'SIPAS', 2020, 86.0), ('viet_nam', 'SIPAS', 2022, 80.0)
    ) as v(unit_code, indicator_code, data_year, value);
insert into raw.figure by name
    select unit_code, indicator_code, data_year, value, batch_id, row_id from marts.fct_observation where row_id > 100;
insert into marts.fct_indicator_value by name
    select unit_code, indicator_code, data_year, 'published' as boundary, value, 'published' as value_basis,
           case when unit_code = 'viet_nam' then value else value * 10 end as value_pct, null::integer as "rank",
           null::integer as rank_out_of, source_document_id, locator
    from marts.fct_observation where row_id > 100;
alter table marts.fct_indicator_value add column unit_type varchar;
update marts.fct_indicator_value set unit_type = case when unit_code = 'viet_nam' then 'national' else 'province' end,
    geography_version = coalesce(geography_version, case when unit_code <> 'viet_nam' then '63' end);
insert into marts.metric_yoy by name
    select unit_code, indicator_code, data_year, boundary, data_year - 1 as previous_year, value,
           false as is_comparable,
           'previous_missing' as not_comparable_reason
    from marts.fct_indicator_value
    where data_year in (2012, 2018, 2020, 2022) and indicator_code in ('PAPI.D1', 'PAPI.D2', 'SIPAS');
create table marts.metric_strength_weakness as
    select v.unit_code, v.indicator_code, v.data_year, v.boundary, v.unit_type,
           case when i.parent_code is null then 'total' else i.indicator_level end as indicator_level, i.measure_unit,
           v.value::double as value, v."rank", v.rank_out_of, 'printed' as figure_status,
           case when v.indicator_code = 'PAPI.D1' then 5 else 1 end as peer_count_all, null::integer as rank_all,
           null::double as best_all, null::integer as best_count_all, null::double as gap_to_best_all,
           null::double as median_all, null::double as gap_to_median_all, r.peer_count_region, r.rank_region,
           r.best_region::double as best_region, r.gap_to_best_region::double as gap_to_best_region,
           r.median_region::double as median_region, r.gap_to_median_region::double as gap_to_median_region,
           null::integer as peer_count_same_type, null::integer as rank_same_type, null::double as best_same_type,
           null::double as gap_to_best_same_type, null::double as median_same_type,
           null::double as gap_to_median_same_type, y.change::double as change, y.is_comparable,
           y.not_comparable_reason,
           case when v.unit_code = 'dak_lak' then 2 end as own_criteria_count,
           case when v.unit_code <> 'dak_lak' then null when v.indicator_code = 'PAPI.D1' then 1 else 2 end
               as rank_among_own_criteria,
           case when v.indicator_code = 'PCI' then 'strength' else 'cannot_be_said' end as verdict,
           case when v.indicator_code <> 'PCI' then 'too_few_peers' end as verdict_withheld_reason,
           'Năm ' || v.data_year || ': ' || coalesce(replace(q.figure, '.', ','), 'không có giá trị') || '.'
               as evidence_vi,
           'In ' || v.data_year || ': ' || coalesce(q.figure, 'no value') || '.' as evidence_en,
           null::varchar as responsible_body_code
    from marts.fct_indicator_value as v
    join reference.indicator as i on i.indicator_code = v.indicator_code
    cross join lateral (select regexp_replace(cast(cast(v.value as double) as varchar), '[.]0$', '') as figure) as q
    join marts.metric_yoy as y
      on y.unit_code = v.unit_code and y.indicator_code = v.indicator_code and y.data_year = v.data_year
    left join (values
        ('dak_lak', 5, 1, 5.0, 0.0, 3.0, 2.0), ('dak_nong', 5, 2, 5.0, -1.0, 3.0, 1.0),
        ('gia_lai', 5, 3, 5.0, -2.0, 3.0, 0.0), ('kon_tum', 5, 3, 5.0, -2.0, 3.0, 0.0),
        ('lam_dong', 5, 5, 5.0, -4.0, 3.0, -2.0)
    ) as r(unit_code, peer_count_region, rank_region, best_region, gap_to_best_region, median_region,
           gap_to_median_region)
      on r.unit_code = v.unit_code and v.indicator_code = 'PAPI.D1';
create table marts.dim_target as
    select target_code, not_measured_vi, not_measured_en from reference.reform_target;
create table marts.metric_target_progress as
    select t.target_code, v.unit_code, v.indicator_code, v.data_year, v.boundary, t.target_value, t.target_kind,
           t.is_strict, t.due_year, v.value, s.is_met,
           s.gap::double as gap, s.baseline_year, s.baseline_value::double as baseline_value,
           s.pace_so_far_per_year::double as pace_so_far_per_year,
           s.pace_needed_per_year::double as pace_needed_per_year, s.projected_year, s.status, s.cannot_be_said_reason,
           v.data_year || ' ' || t.due_year || '.' as evidence_vi,
           v.data_year || ' ' || t.due_year || '.' as evidence_en
    from (values
        ('R30C-SAT-01', 2018, true, 4.0, null, null, null, null, null, 'met', null),
        ('R30C-SAT-01', 2020, true, 6.0, 2018, 84.0, 1.0, null, null, 'met', null),
        ('R76-SAT-01', 2020, false, -4.0, 2018, 84.0, 1.0, 0.8, 2024, 'on_pace', null),
        ('R76-SAT-01', 2022, null, null, null, null, null, null, null, 'cannot_be_said', 'definition_changed')
    ) as s(target_code, data_year, is_met, gap, baseline_year, baseline_value, pace_so_far_per_year,
           pace_needed_per_year, projected_year, status, cannot_be_said_reason)
    join reference.reform_target as t on t.target_code = s.target_code
    join marts.fct_indicator_value as v on v.indicator_code = 'SIPAS' and v.data_year = s.data_year;
"""

_STRENGTHS = "mart_metric_strength_weakness"
_PROGRESS = "mart_metric_target_progress"
_REGION = "update marts.metric_strength_weakness set {} where unit_code = 'gia_lai'"
_R76 = "update marts.metric_target_progress set {} where target_code = 'R76-SAT-01' and data_year = 2020"

#: suite, rule, the fault.
FAULTS: list[tuple[str, set[str], str]] = [
    (
        _STRENGTHS,
        {"grain_unique"},
        "insert into marts.metric_strength_weakness from marts.metric_strength_weakness where unit_code = 'gia_lai'",
    ),
    (
        _STRENGTHS,
        {"rows_are_the_values"},
        "delete from marts.metric_strength_weakness where unit_code = 'lam_dong'",
    ),
    (_STRENGTHS, {"places_recomputed"}, _REGION.format("rank_region = 4")),
    (
        _STRENGTHS,
        {"places_recomputed"},
        "update marts.metric_strength_weakness set rank_all = 1 where unit_code = 'an_giang' and data_year = 2021",
    ),
    (_STRENGTHS, {"best_recomputed"}, _REGION.format("gap_to_best_region = -1")),
    (_STRENGTHS, {"median_recomputed"}, _REGION.format("median_region = 4, gap_to_median_region = -1")),
    (
        _STRENGTHS,
        {"own_rank_recomputed"},
        "update marts.metric_strength_weakness set rank_among_own_criteria = 2 where indicator_code = 'PAPI.D1' "
        "and unit_code = 'dak_lak'",
    ),
    (_STRENGTHS, {"change_is_that_of_metric_yoy"}, _REGION.format("change = 1")),
    (
        _STRENGTHS,
        {"verdict_follows_the_rule"},
        "update marts.metric_strength_weakness set verdict = 'weakness' where indicator_code = 'PCI'",
    ),
    (_STRENGTHS, {"verdict_follows_the_rule"}, _REGION.format("verdict = 'strength', verdict_withheld_reason = null")),
    (_STRENGTHS, {"evidence_quotes_the_figures"}, _REGION.format("evidence_vi = 'Năm 2012: 9 điểm.'")),
    (_STRENGTHS, {"body_is_the_one_named_last"}, _REGION.format("responsible_body_code = 'm_justice'")),
    (
        "mart_dim_target",
        {"grain_unique"},
        "insert into marts.dim_target from marts.dim_target where target_code = 'R76-APR-01'",
    ),
    ("mart_dim_target", {"every_target_is_here"}, "delete from marts.dim_target where target_code = 'R76-APR-01'"),
    (
        "mart_dim_target",
        {"unmeasured_target_says_why"},
        "update marts.dim_target set not_measured_en = null where target_code = 'R76-APR-01'",
    ),
    (
        _PROGRESS,
        {"grain_unique"},
        "insert into marts.metric_target_progress from marts.metric_target_progress where data_year = 2018",
    ),
    (_PROGRESS, {"target_as_set"}, "update marts.metric_target_progress set is_strict = false where data_year = 2018"),
    (
        _PROGRESS,
        {"value_is_the_chosen_one"},
        "update marts.metric_target_progress set value = 79 where data_year = 2022",
    ),
    (
        _PROGRESS,
        {"met_recomputed"},
        "update marts.metric_target_progress set gap = 5 where data_year = 2018",
    ),
    (
        _PROGRESS,
        {"nothing_concluded_across_a_break"},
        "update marts.metric_target_progress set is_met = false, gap = -10, pace_needed_per_year = 10 / 3.0, "
        "status = 'behind', cannot_be_said_reason = null where data_year = 2022",
    ),
    (_PROGRESS, {"pace_recomputed"}, _R76.format("pace_needed_per_year = 2")),
    (_PROGRESS, {"projection_reaches_the_target"}, _R76.format("projected_year = 2023")),
    (_PROGRESS, {"status_follows_the_rule"}, _R76.format("status = 'behind'")),
    (_PROGRESS, {"evidence_in_both_languages"}, _R76.format("evidence_en = ''")),
]
