-- Which indicators existed in which year, with that year's maximum and method.
with years as (
    select distinct data_year
    from {{ ref('int_observation') }}
),

methods as (
    select
        years.data_year,
        version.index_code,
        version.methodology_version,
        row_number() over (
            partition by years.data_year, version.index_code
            order by version.year_from desc, version.methodology_version
        ) as version_order
    from years
    inner join {{ ref('stg_methodology_version') }} as version
        on
            years.data_year >= coalesce(version.year_from, 0)
            and years.data_year <= coalesce(version.year_to, 9999)
),

maxima as (
    select
        years.data_year,
        maximum.indicator_code,
        maximum.max_value,
        row_number() over (
            partition by years.data_year, maximum.indicator_code
            order by maximum.year_from desc, maximum.max_value
        ) as maximum_order
    from years
    inner join {{ ref('stg_indicator_max') }} as maximum
        on
            years.data_year >= coalesce(maximum.year_from, 0)
            and years.data_year <= coalesce(maximum.year_to, 9999)
),

alive as (
    select distinct
        period.indicator_code,
        years.data_year
    from {{ ref('stg_indicator_period') }} as period
    inner join years
        on
            period.year_from <= years.data_year
            and years.data_year <= coalesce(period.year_to, 9999)
)

select
    indicator.indicator_code,
    alive.data_year,
    indicator.index_code,
    indicator.parent_code,
    parent.total_rule as parent_total_rule,
    maxima.max_value,
    methods.methodology_version
from alive
inner join {{ ref('stg_indicator') }} as indicator on alive.indicator_code = indicator.indicator_code
left join {{ ref('stg_indicator') }} as parent on indicator.parent_code = parent.indicator_code
left join maxima
    on
        indicator.indicator_code = maxima.indicator_code
        and alive.data_year = maxima.data_year
        and maxima.maximum_order = 1
left join methods
    on
        indicator.index_code = methods.index_code
        and alive.data_year = methods.data_year
        and methods.version_order = 1
