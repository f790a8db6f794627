-- Twelve months and neighbouring months of every measure. Sums over time are of whole numbers, so their order
-- changes no digit.
with rolled as (
    select
        measure.*,
        count(*) over last_twelve as rolling_month_count,
        sum(measure.part) over last_twelve as rolling_part,
        sum(measure.whole) over last_twelve as rolling_whole
    from {{ ref('int_portal_measure') }} as measure
    window
        last_twelve as (
            partition by measure.unit_code, measure.boundary, measure.is_synthetic, measure.indicator_code
            order by measure.month_number
            range between 11 preceding and current row
        )
),

compared as (
    select
        rolled.*,
        before.value as previous_month_value,
        year_before.value as same_month_last_year_value,
        case
            when before.value is not null and rolled.value is not null then cast(null as string)
            when
                rolled.boundary = 'published'
                and unit.valid_from > {{ months_later('rolled.data_month', -1) }}
                then 'boundary_changed'
            else 'previous_missing'
        end as month_not_comparable_reason,
        case
            when year_before.value is not null and rolled.value is not null then cast(null as string)
            when
                rolled.boundary = 'published'
                and unit.valid_from > {{ months_later('rolled.data_month', -12) }}
                then 'boundary_changed'
            else 'previous_missing'
        end as year_not_comparable_reason
    from rolled
    inner join {{ ref('stg_unit') }} as unit on rolled.unit_code = unit.unit_code
    left join rolled as before
        on
            rolled.unit_code = before.unit_code
            and rolled.boundary = before.boundary
            and rolled.is_synthetic = before.is_synthetic
            and rolled.indicator_code = before.indicator_code
            and rolled.month_number = before.month_number + 1
    left join rolled as year_before
        on
            rolled.unit_code = year_before.unit_code
            and rolled.boundary = year_before.boundary
            and rolled.is_synthetic = year_before.is_synthetic
            and rolled.indicator_code = year_before.indicator_code
            and rolled.month_number = year_before.month_number + 12
)

select
    unit_code,
    indicator_code,
    data_month,
    boundary,
    is_synthetic,
    measure_unit,
    value,
    part,
    whole,
    printed_value,
    printed_difference_points,
    previous_month_value,
    case when month_not_comparable_reason is null then value - previous_month_value end as month_change,
    case
        when month_not_comparable_reason is null and measure_unit = 'count'
            then 100.0 * (value - previous_month_value) / nullif(previous_month_value, 0)
    end as month_change_pct,
    month_not_comparable_reason,
    same_month_last_year_value,
    case
        when year_not_comparable_reason is null then value - same_month_last_year_value
    end as year_change,
    case
        when year_not_comparable_reason is null and measure_unit = 'count'
            then 100.0 * (value - same_month_last_year_value) / nullif(same_month_last_year_value, 0)
    end as year_change_pct,
    year_not_comparable_reason,
    case
        when rolling_month_count < 12 then cast(null as double)
        when measure_unit = 'count' then rolling_part
        else 100.0 * rolling_part / nullif(rolling_whole, 0)
    end as rolling_twelve_value,
    cast(rolling_month_count as int) as rolling_month_count,
    predecessor_count,
    locator,
    batch_id,
    source_document_id,
    source,
    fetched_at
from compared
order by indicator_code, data_month, unit_code, boundary, is_synthetic
