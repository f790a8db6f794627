"""The suites of `dim_target` and `metric_target_progress`: held against the targets as set and the values as chosen."""

from __future__ import annotations

from expectations.rules import Suite
from expectations.suites.mart_rules import grain, mart_rule

_PLACE = "concat_ws(' ', s.target_code, s.unit_code, s.indicator_code, s.data_year, s.boundary)"

DIM_TARGET = Suite(
    "mart_dim_target",
    "dim_target",
    (
        grain("target_code"),
        mart_rule(
            "every_target_is_here",
            "completeness",
            "thiếu hoặc thừa mục tiêu so với bảng tham chiếu",
            "a target of the reference table is missing, or one is too many",
            """
        select coalesce(s.target_code, t.target_code) as place,
               case when s.target_code is null then 'missing' else 'there' end as found,
               case when t.target_code is null then 'not there' else 'a target' end as expected
        from subject as s
        full join reference.reform_target as t on t.target_code = s.target_code
        where s.target_code is null or t.target_code is null""",
            source="data/reference/reform_target.csv",
        ),
        mart_rule(
            "unmeasured_target_says_why",
            "completeness",
            "mục tiêu không có chỉ tiêu đo mà không nêu lý do, hoặc có cả hai",
            "a target without an indicator does not say why, or has both",
            """
        select s.target_code as place, coalesce(s.not_measured_vi || ' / ' || s.not_measured_en, 'no reason') as found,
               case when count(l.indicator_code) > 0 then 'no reason' else 'a reason in both languages' end as expected
        from subject as s
        left join reference.target_indicator as l on l.target_code = s.target_code
        group by s.target_code, s.not_measured_vi, s.not_measured_en
        having (count(l.indicator_code) = 0) <> (s.not_measured_vi is not null and s.not_measured_en is not null)""",
            source="data/reference/target_indicator.csv",
        ),
    ),
)

METRIC_TARGET_PROGRESS = Suite(
    "mart_metric_target_progress",
    "metric_target_progress",
    (
        grain("target_code", "unit_code", "indicator_code", "data_year", "boundary"),
        mart_rule(
            "target_as_set",
            "reconciliation",
            "mức, hạn hoặc loại mục tiêu khác với bảng tham chiếu",
            "level, due year or kind differ from the target as set",
            f"""
        select {_PLACE} as place,
               concat_ws(' ', s.target_kind, s.is_strict, s.target_value, 'by', s.due_year) as found,
               coalesce(concat_ws(' ', t.target_kind, t.is_strict, t.target_value, 'by', t.due_year), 'no target')
                   as expected
        from subject as s
        left join reference.reform_target as t on t.target_code = s.target_code
        where (s.target_kind, s.is_strict, s.target_value, s.due_year)
            is distinct from (t.target_kind, t.is_strict, t.target_value, t.due_year)""",
            source="data/reference/reform_target.csv",
        ),
        mart_rule(
            "value_is_the_chosen_one",
            "reconciliation",
            "giá trị đem so với mục tiêu không phải giá trị đã chọn",
            "the value held against the target is not the chosen one",
            f"""
        select {_PLACE} as place, coalesce(cast(s.value as varchar), 'no value') as found,
               coalesce(cast(case when s.target_kind = 'rank_max' then v."rank" else v.value end as varchar),
                        'no value') as expected
        from subject as s
        left join marts.fct_indicator_value as v
          on v.unit_code = s.unit_code and v.indicator_code = s.indicator_code and v.data_year = s.data_year
         and v.boundary = s.boundary
        where s.value is distinct from case when s.target_kind = 'rank_max' then v."rank" else v.value end""",
        ),
        mart_rule(
            "met_recomputed",
            "consistency",
            "đạt hay chưa đạt, hoặc khoảng cách, tính sai",
            "met or not, or the gap, is miscalculated",
            f"""
        with expected as (
            select s.*, case when target_kind = 'min' and is_strict then value > target_value
                             when target_kind = 'min' then value >= target_value
                             when is_strict then value < target_value
                             else value <= target_value end as is_reached
            from subject as s
        )
        select {_PLACE} as place, concat_ws(', gap ', coalesce(is_met, false), gap) as found,
               concat_ws(', gap ', is_reached, value - target_value) as expected
        from expected as s
        where (is_met is null) <> (gap is null)
           or (is_met is null and status <> 'cannot_be_said')
           or is_met <> is_reached
           or abs(gap - (value - target_value)) > 1e-9""",
            source="plain arithmetic",
            threshold=1e-9,
        ),
        mart_rule(
            "nothing_concluded_across_a_break",
            "consistency",
            "kết luận về mục tiêu dù cách đo đã thay đổi, hoặc chỉ tiêu không đo đúng nội dung",
            "a target is concluded on though what is measured changed, or is not the same",
            f"""
        select distinct {_PLACE} as place, concat_ws(', ', s.status, 'gap ' || s.gap) as found,
               'cannot_be_said, ' || coalesce(min(c.change_id) over (
                   partition by s.target_code, s.unit_code, s.indicator_code, s.data_year, s.boundary), 'nearest only'
               ) as expected
        from subject as s
        join reference.target_indicator as l
          on l.target_code = s.target_code and l.indicator_code = s.indicator_code
        join reference.indicator as i on i.indicator_code = s.indicator_code
        left join reference.methodology_change as c
          on c.index_code = i.index_code and c.reason <> 'boundary_changed'
         and c.first_year > least(l.defined_under_year, s.data_year)
         and c.first_year <= greatest(l.defined_under_year, s.data_year)
         and (c.scope = 'index' or (c.scope = 'total' and i.indicator_level = 'total')
              or (c.scope = 'indicator' and c.indicator_code = s.indicator_code))
        where (s.status <> 'cannot_be_said' or s.gap is not null)
          and (c.change_id is not null or l.measure_fit <> 'same')""",
            source="data/reference/methodology/methodology_change.csv",
        ),
        mart_rule(
            "pace_recomputed",
            "reconciliation",
            "nhịp độ đến nay hoặc nhịp độ cần có tính sai",
            "the pace so far or the pace needed is miscalculated",
            f"""
        select {_PLACE} as place, concat_ws(', needed ', s.pace_so_far_per_year, s.pace_needed_per_year) as found,
               concat_ws(', needed ', (s.value - b.value) / (s.data_year - s.baseline_year),
                         (s.target_value - s.value) / nullif(s.due_year - s.data_year, 0)) as expected
        from subject as s
        left join (
            select unit_code, indicator_code, data_year, boundary, value from marts.fct_indicator_value
        ) as b
          on b.unit_code = s.unit_code and b.indicator_code = s.indicator_code and b.boundary = s.boundary
         and b.data_year = s.baseline_year
        where s.target_kind <> 'rank_max'
          and ((s.baseline_year is not null
                and (s.baseline_year >= s.data_year or b.value is distinct from s.baseline_value
                     or abs(s.pace_so_far_per_year * (s.data_year - s.baseline_year) - (s.value - b.value)) > 1e-9))
               or (s.pace_so_far_per_year is null) <> (s.baseline_year is null)
               or (s.pace_needed_per_year is not null
                   and (s.is_met or s.data_year >= s.due_year
                        or abs(s.value + s.pace_needed_per_year * (s.due_year - s.data_year) - s.target_value)
                            > 1e-9)))""",
            source="plain arithmetic",
            threshold=1e-9,
        ),
        mart_rule(
            "projection_reaches_the_target",
            "consistency",
            "năm dự báo không phải năm đầu tiên đạt mục tiêu theo nhịp độ",
            "projected_year is not the first year the pace reaches the target",
            f"""
        with projected as (
            select s.*, case when target_kind = 'min' then 1 else -1 end as sign,
                   value + pace_so_far_per_year * (projected_year - data_year) as then_value,
                   value + pace_so_far_per_year * (projected_year - 1 - data_year) as before_value
            from subject as s where projected_year is not null
        )
        select {_PLACE} as place, cast(projected_year as varchar) as found,
               'the first year at ' || cast(target_value as varchar) as expected
        from projected as s
        where is_met is distinct from false or projected_year <= data_year
           or sign * then_value < sign * target_value - 1e-5
           or sign * before_value > sign * target_value + 1e-5""",
            source="plain arithmetic",
            threshold=1e-5,
        ),
        mart_rule(
            "status_follows_the_rule",
            "consistency",
            "tình trạng không theo quy tắc đã viết",
            "the status does not follow the written rule",
            f"""
        select {_PLACE} as place, concat_ws(', ', s.status, s.cannot_be_said_reason) as found,
               concat_ws(', ', case when s.is_met then 'reached' else 'not reached' end, 'projected ' || projected_year,
                         'due ' || due_year) as expected
        from subject as s
        where s.status is null
           or (s.status = 'cannot_be_said') <> (s.cannot_be_said_reason is not null)
           or (s.status = 'met' and not s.is_met)
           or (s.status = 'missed' and (s.data_year < s.due_year or (s.is_met and s.data_year = s.due_year)))
           or (s.status in ('on_pace', 'behind') and (s.is_met or s.data_year >= s.due_year))
           or (s.status = 'on_pace') <> (s.status in ('on_pace', 'behind') and s.projected_year <= s.due_year
                                         and s.projected_year is not null)""",
            source="docs: metric_target_progress",
        ),
        mart_rule(
            "evidence_in_both_languages",
            "completeness",
            "câu nhận định trống, không kết thúc bằng dấu chấm, hoặc thiếu năm",
            "a sentence is empty, has no full stop, or lacks the year",
            f"""
        select {_PLACE} as place, concat_ws(' / ', s.evidence_vi, s.evidence_en) as found,
               'a sentence with both years in both languages' as expected
        from subject as s
        where coalesce(s.evidence_vi, '') not like '%' || s.data_year || '%' || s.due_year || '%.'
           or coalesce(s.evidence_en, '') not like '%' || s.data_year || '%' || s.due_year || '%.'""",
        ),
    ),
)
