-- The parts of a total's difference, and one closing row for what they do not explain.
with total_pair as (
    select
        pair.unit_code,
        pair.indicator_code as total_code,
        pair.data_year,
        pair.boundary,
        pair.index_code,
        pair.unit_type,
        pair.previous_year,
        pair.value - pair.previous_value as total_difference,
        pair.is_comparable as is_total_comparable,
        pair.not_comparable_reason as total_not_comparable_reason
    from {{ ref('int_year_pair') }} as pair
    inner join {{ ref('stg_indicator') }} as total on pair.indicator_code = total.indicator_code
    where
        total.total_rule in ('sum_of_children', 'weighted_by_source')
        and pair.value is not null
        and pair.previous_value is not null
),

explained as (
    select
        unit_code,
        total_code,
        data_year,
        boundary,
        {{ exact_sum('contribution') }} as contribution
    from {{ ref('int_component_change') }}
    group by unit_code, total_code, data_year, boundary
),

every_row as (
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
        contribution,
        contribution_from_value,
        contribution_from_weight
    from {{ ref('int_component_change') }}
    union all
    select
        total_pair.unit_code,
        total_pair.total_code,
        total_pair.total_code as component_code,
        total_pair.data_year,
        total_pair.boundary,
        'remainder' as contribution_kind,
        cast(null as double) as component_value,
        cast(null as double) as component_previous_value,
        cast(null as double) as weight,
        cast(null as double) as previous_weight,
        false as is_component_comparable,
        total_pair.total_difference - coalesce(explained.contribution, 0) as contribution,
        cast(null as double) as contribution_from_value,
        cast(null as double) as contribution_from_weight
    from total_pair
    left join explained
        on
            total_pair.unit_code = explained.unit_code
            and total_pair.total_code = explained.total_code
            and total_pair.data_year = explained.data_year
            and total_pair.boundary = explained.boundary
)

select
    every_row.unit_code,
    every_row.total_code,
    every_row.component_code,
    every_row.data_year,
    every_row.boundary,
    total_pair.index_code,
    total_pair.unit_type,
    total_pair.previous_year,
    every_row.contribution_kind,
    every_row.contribution,
    case when every_row.contribution_kind = 'change' then every_row.contribution end
        as comparable_contribution,
    every_row.contribution_from_value,
    every_row.contribution_from_weight,
    every_row.component_value,
    every_row.component_previous_value,
    every_row.weight,
    every_row.previous_weight,
    every_row.is_component_comparable,
    total_pair.total_difference,
    case
        when abs(total_pair.total_difference) > 0.000000001
            then every_row.contribution / total_pair.total_difference * 100
    end as share_of_difference_pct,
    total_pair.is_total_comparable,
    total_pair.total_not_comparable_reason
from every_row
inner join total_pair
    on
        every_row.unit_code = total_pair.unit_code
        and every_row.total_code = total_pair.total_code
        and every_row.data_year = total_pair.data_year
        and every_row.boundary = total_pair.boundary
order by
    every_row.total_code,
    every_row.data_year,
    every_row.unit_code,
    every_row.boundary,
    every_row.component_code
