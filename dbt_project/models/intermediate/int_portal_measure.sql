-- Counts and shares of each unit and month. Shares are made from the counts; what the portal prints stands
-- beside.
with needed as (
    select
        rate_code,
        count(*) as count_total
    from {{ ref('stg_portal_rate') }}
    group by rate_code
),

rates as (
    select
        counted.unit_code,
        counted.data_month,
        counted.boundary,
        counted.is_synthetic,
        rate.rate_code as indicator_code,
        {{ exact_sum("case when rate.count_role = 'part' then counted.value end") }} as part,
        {{ exact_sum("case when rate.count_role = 'whole' then counted.value end") }} as whole,
        count(*) as count_total,
        max(counted.predecessor_count) as predecessor_count,
        case when min(counted.batch_id) = max(counted.batch_id) then min(counted.batch_id) end as batch_id,
        case
            when min(counted.source_document_id) = max(counted.source_document_id)
                then min(counted.source_document_id)
        end as source_document_id,
        min(counted.source) as source,
        min(counted.fetched_at) as fetched_at
    from {{ ref('int_portal_count') }} as counted
    inner join {{ ref('stg_portal_rate') }} as rate on counted.indicator_code = rate.count_code
    group by
        counted.unit_code, counted.data_month, counted.boundary, counted.is_synthetic, rate.rate_code
),

measured as (
    select
        unit_code,
        data_month,
        boundary,
        is_synthetic,
        indicator_code,
        value as part,
        cast(null as double) as whole,
        value,
        predecessor_count,
        locator,
        batch_id,
        source_document_id,
        source,
        fetched_at
    from {{ ref('int_portal_count') }}
    union all
    select
        rates.unit_code,
        rates.data_month,
        rates.boundary,
        rates.is_synthetic,
        rates.indicator_code,
        rates.part,
        rates.whole,
        100.0 * rates.part / nullif(rates.whole, 0) as value,
        rates.predecessor_count,
        cast(null as string) as locator,
        rates.batch_id,
        rates.source_document_id,
        rates.source,
        rates.fetched_at
    from rates
    inner join needed on rates.indicator_code = needed.rate_code and rates.count_total = needed.count_total
)

select
    measured.unit_code,
    measured.data_month,
    measured.boundary,
    measured.is_synthetic,
    measured.indicator_code,
    indicator.measure_unit,
    cast(
        extract(year from measured.data_month) * 12 + extract(month from measured.data_month) as int
    ) as month_number,
    measured.part,
    measured.whole,
    measured.value,
    printed.value as printed_value,
    printed.value - measured.value as printed_difference_points,
    measured.predecessor_count,
    coalesce(measured.locator, printed.locator) as locator,
    measured.batch_id,
    measured.source_document_id,
    measured.source,
    measured.fetched_at
from measured
inner join {{ ref('stg_indicator') }} as indicator on measured.indicator_code = indicator.indicator_code
left join {{ ref('int_portal_month_figure') }} as printed
    on
        measured.unit_code = printed.unit_code
        and measured.data_month = printed.data_month
        and measured.is_synthetic = printed.is_synthetic
        and measured.indicator_code = printed.indicator_code
        and measured.boundary = 'published'
        and indicator.measure_unit = 'percent'
