with maximum as (
    select
        indicator_code,
        max_value,
        row_number() over (
            partition by indicator_code
            order by coalesce(year_to, 9999) desc, year_from desc
        ) as maximum_order
    from {{ ref('stg_indicator_max') }}
)

select
    indicator.indicator_code,
    indicator.index_code,
    indicator.parent_code,
    indicator.indicator_level,
    indicator.display_order,
    indicator.name_vi,
    indicator.name_en,
    indicator.measure_unit,
    indicator.total_rule,
    indicator.backcast_rule,
    indicator.first_year,
    indicator.last_year,
    indicator.last_year is null as is_current,
    maximum.max_value as latest_max_value,
    indicator.source_url,
    indicator.note
from {{ ref('stg_indicator') }} as indicator
left join maximum
    on indicator.indicator_code = maximum.indicator_code and maximum.maximum_order = 1
order by indicator.index_code, indicator.display_order, indicator.indicator_code
