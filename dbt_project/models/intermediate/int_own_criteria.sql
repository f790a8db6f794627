{{ config(materialized='view') }}
-- Where a criterion stands among the unit's own criteria of the same index, level and year.
with criterion as (
    select
        fact.unit_code,
        fact.indicator_code,
        fact.data_year,
        fact.boundary,
        fact.index_code,
        indicator.indicator_level,
        fact.value_pct
    from {{ ref('int_indicator_value') }} as fact
    inner join {{ ref('stg_indicator') }} as indicator on fact.indicator_code = indicator.indicator_code
    where fact.value_pct is not null
),

placed as (
    select
        *,
        count(*) over (
            partition by unit_code, data_year, boundary, index_code, indicator_level
        ) as own_criteria_count,
        rank() over (
            partition by unit_code, data_year, boundary, index_code, indicator_level
            order by value_pct desc
        ) as place,
        count(*) over (
            partition by unit_code, data_year, boundary, index_code, indicator_level, value_pct
        ) as tied_count
    from criterion
)

select
    unit_code,
    indicator_code,
    data_year,
    boundary,
    cast(own_criteria_count as int) as own_criteria_count,
    cast(place as int) as rank_among_own_criteria,
    (place - 1 + (tied_count - 1) / 2.0) / (own_criteria_count - 1) as own_standing
from placed
where own_criteria_count > 1
