-- How much of a change of rank the unit made itself, and how much the others made for it. Own first: where
-- would it stand if all others had kept last year's values?
with ranked as (
    select
        yoy.unit_code,
        yoy.indicator_code,
        yoy.data_year,
        yoy.boundary,
        yoy.index_code,
        yoy.unit_type,
        yoy.value,
        yoy.previous_value,
        yoy.rank,
        yoy.previous_rank,
        yoy.rank_change,
        yoy.rank_out_of,
        now_value.rank_computed,
        before.rank_computed as previous_rank_computed,
        case when definition.higher_is_better then yoy.value else -yoy.value end as score,
        case when definition.higher_is_better then yoy.previous_value else -yoy.previous_value end
            as previous_score,
        count(*) over (
            partition by yoy.indicator_code, yoy.data_year, yoy.boundary, yoy.unit_type, yoy.geography_version
        ) as ranked_count,
        yoy.geography_version
    from {{ ref('metric_yoy') }} as yoy
    inner join {{ ref('int_indicator_value') }} as now_value
        on
            yoy.unit_code = now_value.unit_code
            and yoy.indicator_code = now_value.indicator_code
            and yoy.data_year = now_value.data_year
            and yoy.boundary = now_value.boundary
    inner join {{ ref('int_indicator_value') }} as before
        on
            yoy.unit_code = before.unit_code
            and yoy.indicator_code = before.indicator_code
            and yoy.previous_year = before.data_year
            and yoy.boundary = before.boundary
    left join {{ ref('stg_index_definition') }} as definition on yoy.index_code = definition.index_code
    where yoy.rank_change is not null
),

against_others as (
    select
        mine.unit_code,
        mine.indicator_code,
        mine.data_year,
        mine.boundary,
        1 + sum(case when other.previous_score > mine.score then 1 else 0 end) as rank_if_others_stood_still,
        sum(
            case
                when other.previous_score > mine.previous_score and other.score < mine.score then 1 else 0
            end
        ) as overtook_count,
        sum(
            case
                when other.previous_score < mine.previous_score and other.score > mine.score then 1 else 0
            end
        ) as overtaken_by_count
    from ranked as mine
    inner join ranked as other
        on
            mine.indicator_code = other.indicator_code
            and mine.data_year = other.data_year
            and mine.boundary = other.boundary
            and mine.unit_type = other.unit_type
            and mine.geography_version = other.geography_version
            and mine.unit_code <> other.unit_code
    group by mine.unit_code, mine.indicator_code, mine.data_year, mine.boundary
),

judged as (
    select
        ranked.*,
        against_others.rank_if_others_stood_still,
        against_others.overtook_count,
        against_others.overtaken_by_count,
        case
            when
                ranked.rank_computed is null or ranked.previous_rank_computed is null
                then 'ranking_incomplete'
            when ranked.rank_computed <> ranked.rank or ranked.previous_rank_computed <> ranked.previous_rank
                then 'printed_rank_differs'
            when ranked.ranked_count <> ranked.rank_out_of or against_others.unit_code is null
                then 'not_the_same_units'
        end as no_split_reason
    from ranked
    left join against_others
        on
            ranked.unit_code = against_others.unit_code
            and ranked.indicator_code = against_others.indicator_code
            and ranked.data_year = against_others.data_year
            and ranked.boundary = against_others.boundary
)

select
    unit_code,
    indicator_code,
    data_year,
    boundary,
    index_code,
    unit_type,
    previous_rank,
    rank,
    rank_out_of,
    rank_change,
    cast(case when no_split_reason is null then previous_rank - rank_if_others_stood_still end as int)
        as rank_change_own,
    cast(case when no_split_reason is null then rank_if_others_stood_still - rank end as int)
        as rank_change_others,
    cast(case when no_split_reason is null then overtook_count end as int) as overtook_count,
    cast(case when no_split_reason is null then overtaken_by_count end as int) as overtaken_by_count,
    no_split_reason
from judged
order by indicator_code, data_year, unit_code, boundary
