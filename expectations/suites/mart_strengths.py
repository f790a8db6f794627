"""The suite of `metric_strength_weakness`: places, medians and verdicts worked out once more from the values."""

from __future__ import annotations

from expectations.rules import Suite
from expectations.suites.mart_rules import KEY, grain, mart_rule

#: Thresholds of the written rule (variables of the dbt project), stated here once more on purpose.
_PEER_MINIMUM = 3
_PEER_SHARE = 0.25
_OWN_SHARE = 0.5

_ON = (
    "{0}.unit_code = {1}.unit_code and {0}.indicator_code = {1}.indicator_code "
    "and {0}.data_year = {1}.data_year and {0}.boundary = {1}.boundary"
)

#: Each value beside every value it is compared with, for the three peer groups; `sign` turns more into better.
_PAIRS = """
        type_then as (
            select y.unit_code, y.data_year, arg_min(f.admin_type, f.valid_to) as admin_type
            from (select distinct unit_code, data_year from marts.fct_indicator_value) as y
            join reference.unit_former_name as f
              on f.unit_code = y.unit_code and f.valid_to >= make_date(y.data_year, 12, 31)
            group by y.unit_code, y.data_year
        ),
        value as (
            select v.unit_code, v.indicator_code, v.data_year, v.boundary, v.unit_type, v.value,
                   coalesce(v.geography_version, '') as map, u.region_code,
                   coalesce(held.admin_type, u.admin_type) as admin_type,
                   case when d.higher_is_better then 1 else -1 end as sign
            from marts.fct_indicator_value as v
            join reference.unit as u on u.unit_code = v.unit_code
            left join type_then as held
              on held.unit_code = v.unit_code and held.data_year = v.data_year and v.boundary = 'published'
            join reference.indicator as i on i.indicator_code = v.indicator_code
            join reference.index_definition as d on d.index_code = i.index_code
            where v.value is not null and v.unit_type <> 'national'
        ),
        peer as (
            select * from (values ('all'), ('region'), ('same_type')) as g(peer_group)
        ),
        expected as (
            select a.unit_code, a.indicator_code, a.data_year, a.boundary, p.peer_group, count(*) as peer_count,
                   1 + count(*) filter (where b.sign * b.value > a.sign * a.value) as place,
                   a.sign * max(b.sign * b.value) as best, median(b.value) as middle
            from value as a
            cross join peer as p
            join value as b
              on b.indicator_code = a.indicator_code and b.data_year = a.data_year and b.boundary = a.boundary
             and b.unit_type = a.unit_type and b.map = a.map
             and (p.peer_group = 'all'
                  or (a.unit_type <> 'region' and p.peer_group = 'region' and b.region_code = a.region_code)
                  or (p.peer_group = 'same_type' and b.admin_type = a.admin_type))
            group by a.unit_code, a.indicator_code, a.data_year, a.boundary, p.peer_group, a.sign
        ),
        said as (
            select unit_code, indicator_code, data_year, boundary, value, 'all' as peer_group,
                   peer_count_all as peer_count, rank_all as place, best_all as best, gap_to_best_all as gap_to_best,
                   median_all as median, gap_to_median_all as gap_to_median from subject
            union all
            select unit_code, indicator_code, data_year, boundary, value, 'region', peer_count_region, rank_region,
                   best_region, gap_to_best_region, median_region, gap_to_median_region from subject
            union all
            select unit_code, indicator_code, data_year, boundary, value, 'same_type', peer_count_same_type,
                   rank_same_type, best_same_type, gap_to_best_same_type, median_same_type, gap_to_median_same_type
            from subject
        )"""
_ROW = "concat_ws(' ', s.unit_code, s.indicator_code, s.data_year, s.boundary)"
_PLACE = "concat_ws(' ', s.unit_code, s.indicator_code, s.data_year, s.boundary, s.peer_group)"
_SAID_AND_EXPECTED = f"from said as s left join expected as e on {_ON.format('e', 's')} and e.peer_group = s.peer_group"

METRIC_STRENGTH_WEAKNESS = Suite(
    "mart_metric_strength_weakness",
    "metric_strength_weakness",
    (
        grain("unit_code", "indicator_code", "data_year", "boundary"),
        mart_rule(
            "rows_are_the_values",
            "completeness",
            "bảng không có đúng các giá trị của fct_indicator_value",
            "the rows are not those of fct_indicator_value",
            f"""
        select concat_ws(' ', coalesce(s.unit_code, v.unit_code), coalesce(s.indicator_code, v.indicator_code),
                         coalesce(s.data_year, v.data_year), coalesce(s.boundary, v.boundary)) as place,
               case when s.unit_code is null then 'no row' else coalesce(cast(s.value as varchar), 'no value') end
                   as found,
               case when v.unit_code is null then 'no row' else coalesce(cast(v.value as varchar), 'no value') end
                   as expected
        from subject as s
        full join marts.fct_indicator_value as v on {_ON.format("v", "s")}
        where s.unit_code is null or v.unit_code is null or s.value is distinct from v.value""",
        ),
        mart_rule(
            "places_recomputed",
            "reconciliation",
            "thứ hạng trong nhóm sai, hoặc có thứ hạng khi nhóm có dưới 3 giá trị",
            "a place in a peer group is wrong, or stands where fewer than 3 have a value",
            f"""
        with {_PAIRS}
        select {_PLACE} as place, cast(s.place as varchar) as found,
               coalesce(cast(e.place as varchar) || ' of ' || cast(e.peer_count as varchar), 'no place') as expected
        {_SAID_AND_EXPECTED}
        where s.place is not null
          and (e.place is distinct from s.place or e.peer_count is distinct from s.peer_count
               or e.peer_count < {_PEER_MINIMUM})""",
            source="docs: metric_strength_weakness; plain counting",
            threshold=_PEER_MINIMUM,
        ),
        mart_rule(
            "best_recomputed",
            "reconciliation",
            "giá trị tốt nhất của nhóm hoặc khoảng cách tới đó sai",
            "the best value of a peer group or the gap to it is wrong",
            f"""
        with {_PAIRS}
        select {_PLACE} as place, concat_ws(', gap ', s.best, s.gap_to_best) as found,
               coalesce(concat_ws(', gap ', e.best, s.value - e.best), 'no best value') as expected
        {_SAID_AND_EXPECTED}
        where s.gap_to_best is not null
          and (e.best is null or abs(e.best - s.best) > 1e-9 or abs(s.value - e.best - s.gap_to_best) > 1e-9)""",
            source="plain arithmetic",
            threshold=1e-9,
        ),
        mart_rule(
            "median_recomputed",
            "reconciliation",
            "trung vị của nhóm hoặc khoảng cách tới đó sai, hoặc có khi nhóm có dưới 3 giá trị",
            "the median of a peer group or the gap to it is wrong, or stands where fewer than 3 have a value",
            f"""
        with {_PAIRS}
        select {_PLACE} as place, concat_ws(', gap ', s.median, s.gap_to_median) as found,
               coalesce(concat_ws(', gap ', e.middle, s.value - e.middle), 'no median') as expected
        {_SAID_AND_EXPECTED}
        where s.gap_to_median is not null
          and (e.middle is null or e.peer_count < {_PEER_MINIMUM} or abs(e.middle - s.median) > 1e-9
               or abs(s.value - e.middle - s.gap_to_median) > 1e-9)""",
            source="plain arithmetic",
            threshold=1e-9,
        ),
        mart_rule(
            "own_rank_recomputed",
            "reconciliation",
            "thứ tự trong các tiêu chí của đơn vị sai",
            "the place among the unit's own criteria is wrong",
            f"""
        with criterion as (
            select v.unit_code, v.indicator_code, v.data_year, v.boundary, v.value_pct, i.index_code, i.indicator_level
            from marts.fct_indicator_value as v
            join reference.indicator as i on i.indicator_code = v.indicator_code
            where v.value_pct is not null
        ),
        expected as (
            select a.unit_code, a.indicator_code, a.data_year, a.boundary, count(*) as criteria,
                   1 + count(*) filter (where b.value_pct > a.value_pct) as place
            from criterion as a
            join criterion as b
              on b.unit_code = a.unit_code and b.data_year = a.data_year and b.boundary = a.boundary
             and b.index_code = a.index_code and b.indicator_level = a.indicator_level
            group by a.unit_code, a.indicator_code, a.data_year, a.boundary
        )
        select {_ROW} as place,
               coalesce(cast(s.rank_among_own_criteria as varchar), 'no place') as found,
               case when e.criteria > 1 then cast(e.place as varchar) else 'no place' end as expected
        from subject as s
        left join expected as e on {_ON.format("e", "s")}
        where s.rank_among_own_criteria is distinct from case when e.criteria > 1 then e.place end""",
            source="plain counting",
        ),
        mart_rule(
            "change_is_that_of_metric_yoy",
            "consistency",
            "mức thay đổi khác với metric_yoy",
            "the change is not that of metric_yoy",
            f"""
        select {_ROW} as place,
               coalesce(cast(s.change as varchar), s.not_comparable_reason, 'nothing') as found,
               coalesce(cast(y.change as varchar), y.not_comparable_reason, 'nothing') as expected
        from subject as s
        left join marts.metric_yoy as y on {_ON.format("y", "s")}
        where s.change is distinct from y.change or s.is_comparable is distinct from y.is_comparable
           or s.not_comparable_reason is distinct from y.not_comparable_reason""",
        ),
        mart_rule(
            "verdict_follows_the_rule",
            "consistency",
            "kết luận không theo quy tắc đã viết",
            "a verdict does not follow the written rule",
            f"""
        with standing as (
            select s.*,
                   case when rank_all is not null then (rank_all - 1.0) / (peer_count_all - 1)
                        when rank_out_of > 1 then ("rank" - 1.0) / (rank_out_of - 1) end as ahead,
                   case when indicator_level = 'total' then null
                        else (rank_among_own_criteria - 1.0) / (own_criteria_count - 1) end as own
            from subject as s
        )
        select {KEY} as place, concat_ws(', ', verdict, verdict_withheld_reason) as found,
               'peers ahead ' || coalesce(cast(round(ahead, 3) as varchar), 'unknown') || ', own criteria ahead '
                   || coalesce(cast(round(own, 3) as varchar), 'not asked') as expected
        from standing
        where verdict is null
           or (verdict = 'cannot_be_said') <> (verdict_withheld_reason is not null)
           or (verdict in ('strength', 'weakness')
               and (ahead is null or unit_type = 'national' or figure_status = 'suspect'
                    or (indicator_level <> 'total' and own is null)))
           or (verdict = 'strength' and (ahead > {_PEER_SHARE} or own > {_OWN_SHARE}))
           or (verdict = 'weakness' and ahead <= 0.5)
           or (verdict = 'neutral' and coalesce(own, 0) = 0 and ahead = 0 and best_count_all = 1)""",
            source="docs: metric_strength_weakness",
            threshold=_PEER_SHARE,
        ),
        mart_rule(
            "evidence_quotes_the_figures",
            "completeness",
            "câu nhận định trống, không kết thúc bằng dấu chấm, hoặc thiếu năm hay giá trị",
            "a sentence is empty, has no full stop, or lacks the year or the value",
            f"""
        with quoted as (
            select *,
                   regexp_replace(
                       case when measure_unit = 'index_0_1' then cast(round(cast(value as double), 4) as varchar)
                            else cast(round(cast(value as double), 2) as varchar) end, '[.]0$', '') as figure
            from subject
        )
        select {KEY} as place, concat_ws(' / ', evidence_vi, evidence_en) as found,
               'the year and ' || coalesce(figure, 'why there is no value') || ' in both languages' as expected
        from quoted
        where coalesce(evidence_vi, '') not like '%' || data_year || '%.'
           or coalesce(evidence_en, '') not like '%' || data_year || '%.'
           or (figure is not null
               and (not contains(evidence_en, figure) or not contains(evidence_vi, replace(figure, '.', ','))))""",
        ),
        mart_rule(
            "body_is_the_one_named_last",
            "identity",
            "cơ quan chủ trì không phải cơ quan mới nhất trong bảng tham chiếu",
            "the responsible body is not the one the reference table names last",
            f"""
        with latest as (
            select indicator_code, unit_type, arg_max(body_code, valid_from) as body_code
            from reference.responsible_body group by indicator_code, unit_type
        )
        select {_ROW} as place,
               coalesce(s.responsible_body_code, 'none') as found, coalesce(l.body_code, 'none') as expected
        from subject as s
        left join latest as l on l.indicator_code = s.indicator_code and l.unit_type = s.unit_type
        where s.responsible_body_code is distinct from l.body_code""",
            source="data/reference/responsible_body.csv",
        ),
    ),
)
