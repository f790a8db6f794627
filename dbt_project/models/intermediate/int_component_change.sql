-- What each part of a total put into the difference between its two years. Parts are those of the component
-- lists of either year, so that one that appeared or vanished is there too.
with total_pair as (
    select
        pair.unit_code,
        pair.indicator_code as total_code,
        pair.data_year,
        pair.boundary,
        pair.unit_type,
        total.total_rule
    from {{ ref('int_year_pair') }} as pair
    inner join {{ ref('stg_indicator') }} as total on pair.indicator_code = total.indicator_code
    where
        total.total_rule in ('sum_of_children', 'weighted_by_source')
        and pair.value is not null
        and pair.previous_value is not null
),

component_year as (
    select
        year.parent_code as total_code,
        year.indicator_code as component_code,
        year.data_year,
        case
            when total.total_rule = 'sum_of_children' then cast(1 as double)
            else weight.weight
        end as weight
    from {{ ref('int_indicator_year') }} as year
    inner join {{ ref('stg_indicator') }} as total on year.parent_code = total.indicator_code
    left join {{ ref('stg_indicator_weight') }} as weight
        on
            year.parent_code = weight.total_code
            and year.indicator_code = weight.indicator_code
            and year.data_year >= weight.year_from
            and year.data_year <= coalesce(weight.year_to, 9999)
    where total.total_rule in ('sum_of_children', 'weighted_by_source')
),

in_either_year as (
    select
        coalesce(now_year.total_code, before.total_code) as total_code,
        coalesce(now_year.component_code, before.component_code) as component_code,
        coalesce(now_year.data_year, before.data_year + 1) as data_year,
        now_year.component_code is not null as exists_now,
        before.component_code is not null as existed_before,
        now_year.weight,
        before.weight as previous_weight
    from component_year as now_year
    full outer join component_year as before
        on
            now_year.component_code = before.component_code
            and now_year.total_code = before.total_code
            and now_year.data_year = before.data_year + 1
),

valued as (
    select
        total_pair.unit_code,
        total_pair.total_code,
        in_either_year.component_code,
        total_pair.data_year,
        total_pair.boundary,
        in_either_year.exists_now,
        in_either_year.existed_before,
        case when in_either_year.exists_now then now_value.value end as component_value,
        case when in_either_year.existed_before then before.value end as component_previous_value,
        in_either_year.weight,
        in_either_year.previous_weight,
        coalesce(pair.is_comparable, false) as is_component_comparable
    from total_pair
    inner join in_either_year
        on total_pair.total_code = in_either_year.total_code
            and total_pair.data_year = in_either_year.data_year
    left join {{ ref('int_indicator_value') }} as now_value
        on
            total_pair.unit_code = now_value.unit_code
            and in_either_year.component_code = now_value.indicator_code
            and total_pair.data_year = now_value.data_year
            and total_pair.boundary = now_value.boundary
    left join {{ ref('int_indicator_value') }} as before
        on
            total_pair.unit_code = before.unit_code
            and in_either_year.component_code = before.indicator_code
            and total_pair.data_year - 1 = before.data_year
            and total_pair.boundary = before.boundary
    left join {{ ref('int_year_pair') }} as pair
        on
            total_pair.unit_code = pair.unit_code
            and in_either_year.component_code = pair.indicator_code
            and total_pair.data_year = pair.data_year
            and total_pair.boundary = pair.boundary
),

named as (
    select
        *,
        case
            when exists_now and component_value is null then 'unpublished'
            when existed_before and component_previous_value is null then 'unpublished'
            when exists_now and weight is null then 'weight_unknown'
            when existed_before and previous_weight is null then 'weight_unknown'
            when not existed_before then 'appeared'
            when not exists_now then 'vanished'
            when is_component_comparable then 'change'
            else 'redefined'
        end as contribution_kind
    from valued
)

select
    unit_code,
    total_code,
    component_code,
    data_year,
    boundary,
    contribution_kind,
    component_value,
    component_previous_value,
    weight,
    previous_weight,
    is_component_comparable,
    case contribution_kind
        when 'appeared' then weight * component_value
        when 'vanished' then -previous_weight * component_previous_value
        when 'change' then weight * component_value - previous_weight * component_previous_value
        when 'redefined' then weight * component_value - previous_weight * component_previous_value
    end as contribution,
    case contribution_kind
        when 'appeared' then weight * component_value
        when 'vanished' then -previous_weight * component_previous_value
        when 'change' then previous_weight * (component_value - component_previous_value)
        when 'redefined' then previous_weight * (component_value - component_previous_value)
    end as contribution_from_value,
    case contribution_kind
        when 'appeared' then cast(0 as double)
        when 'vanished' then cast(0 as double)
        when 'change' then (weight - previous_weight) * component_value
        when 'redefined' then (weight - previous_weight) * component_value
    end as contribution_from_weight
from named
