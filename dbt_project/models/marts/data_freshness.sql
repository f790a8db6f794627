with loaded as (
    select
        document.source,
        count(*) as document_count,
        sum(case when batch.superseded_by_batch_id is not null then 1 else 0 end) as superseded_count,
        sum(batch.figure_count) as figure_count,
        sum(batch.quarantined_count) as quarantined_count,
        max(batch.published_at) as last_published_at,
        max(document.received_at) as last_received_at
    from {{ ref('stg_source_document') }} as document
    inner join {{ ref('stg_batch') }} as batch
        on document.source_document_id = batch.source_document_id
    group by document.source
),

years as (
    select
        source,
        min(data_year) as first_data_year,
        max(data_year) as latest_data_year
    from {{ ref('int_observation') }}
    where not is_superseded
    group by source
),

-- Of a portal, as fresh as the stalest service whose figures are read.
portal as (
    select
        source,
        max(latest_data_month) as latest_data_month,
        sum(missing_month_count) as missing_month_count,
        max(last_fetched_at) as last_fetched_at,
        min(stale_from) as stale_from
    from {{ ref('portal_freshness') }}
    where is_read
    group by source
)

select
    data_source.source,
    data_source.name_vi,
    data_source.name_en,
    data_source.publisher,
    data_source.licence,
    data_source.is_synthetic,
    cast(coalesce(loaded.document_count, 0) as bigint) as document_count,
    cast(coalesce(loaded.superseded_count, 0) as bigint) as superseded_count,
    cast(coalesce(loaded.figure_count, 0) as bigint) as figure_count,
    cast(coalesce(loaded.quarantined_count, 0) as bigint) as quarantined_count,
    years.first_data_year,
    years.latest_data_year,
    loaded.last_published_at,
    loaded.last_received_at,
    portal.latest_data_month,
    cast(portal.missing_month_count as int) as missing_month_count,
    portal.last_fetched_at,
    portal.stale_from,
    data_source.source_url
from {{ ref('stg_data_source') }} as data_source
left join loaded on data_source.source = loaded.source
left join years on data_source.source = years.source
left join portal on data_source.source = portal.source
order by data_source.source
