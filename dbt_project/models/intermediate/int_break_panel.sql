-- Each province's value beside the one of the year before, on the scale of the later year, with its place in
-- both years. Places are doubled so that ties share a whole number: rank correlation is then exact
-- arithmetic.
with province_value as (
    select
        value.indicator_code,
        value.data_year,
        value.unit_code,
        value.value,
        value.max_value,
        indicator.index_code,
        indicator.parent_code,
        indicator.indicator_level
    from {{ ref('int_indicator_value') }} as value
    inner join {{ ref('stg_indicator') }} as indicator on value.indicator_code = indicator.indicator_code
    where value.boundary = 'published' and value.unit_type = 'province' and value.value is not null
),

paired as (
    select
        now_value.index_code,
        now_value.parent_code,
        now_value.indicator_level,
        now_value.indicator_code,
        now_value.data_year,
        now_value.unit_code,
        now_value.value,
        coalesce(now_value.max_value <> before.max_value, false) as is_rescaled,
        case
            when now_value.max_value <> before.max_value
                then before.value / before.max_value * now_value.max_value
            else before.value
        end as previous_value
    from province_value as now_value
    inner join province_value as before
        on
            now_value.unit_code = before.unit_code
            and now_value.indicator_code = before.indicator_code
            and now_value.data_year = before.data_year + 1
)

select
    index_code,
    parent_code,
    indicator_level,
    indicator_code,
    data_year,
    unit_code,
    value,
    previous_value,
    is_rescaled,
    {{ doubled_place('value', 'indicator_code, data_year') }} as place,
    {{ doubled_place('previous_value', 'indicator_code, data_year') }} as previous_place
from paired
