-- What came from each service and when, and the day from which nothing newer would be too old.
with fetched as (
    select
        source,
        service,
        count(*) as fetch_count,
        sum(case when is_superseded then 1 else 0 end) as superseded_count,
        sum(figure_count) as figure_count,
        sum(quarantined_count) as quarantined_count,
        max(fetched_at) as last_fetched_at
    from {{ ref('int_portal_fetch') }}
    group by source, service
),

months as (
    select
        source,
        min(data_month) as first_data_month,
        max(data_month) as latest_data_month,
        count(distinct data_month) as month_count
    from {{ ref('int_portal_month_figure') }}
    group by source
)

select
    data_source.source,
    service.service,
    service.name_vi,
    service.name_en,
    data_source.is_synthetic,
    service.period_kind,
    service.is_read,
    cast(coalesce(fetched.fetch_count, 0) as bigint) as fetch_count,
    cast(coalesce(fetched.superseded_count, 0) as bigint) as superseded_count,
    cast(coalesce(fetched.figure_count, 0) as bigint) as figure_count,
    cast(coalesce(fetched.quarantined_count, 0) as bigint) as quarantined_count,
    fetched.last_fetched_at,
    months.first_data_month,
    months.latest_data_month,
    cast(
        (extract(year from months.latest_data_month) - extract(year from months.first_data_month)) * 12
        + extract(month from months.latest_data_month) - extract(month from months.first_data_month) + 1
        - months.month_count as int
    ) as missing_month_count,
    service.due_days,
    case
        -- The month after the latest is over two months after that one began.
        when months.latest_data_month is not null
            then {{ days_later(months_later('months.latest_data_month', 2), 'service.due_days') }}
        when service.period_kind = 'week'
            then {{ days_later(monday_of('fetched.last_fetched_at'), '14 + service.due_days') }}
        -- An archived answer has no month to count from: one is due each month.
        else {{ days_later('cast(fetched.last_fetched_at as date)', '31 + service.due_days') }}
    end as stale_from,
    service.source_url
from {{ ref('stg_portal_service') }} as service
cross join {{ ref('stg_data_source') }} as data_source
left join fetched on data_source.source = fetched.source and service.service = fetched.service
left join months
    on
        data_source.source = months.source
        and service.is_read
        and service.period_kind = 'month'
where data_source.source in ('portal', 'portal_standin')
order by data_source.source, service.service
