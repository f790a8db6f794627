-- The monthly figures that stand: of each unit and month those of one fetch, the latest that has the unit.
with figures as (
    select
        figure.unit_code,
        cast(
            concat(
                cast(figure.data_year as string), '-', lpad(cast(figure.data_month as string), 2, '0'), '-01'
            ) as date
        ) as data_month,
        portal_fetch.is_synthetic,
        figure.indicator_code,
        figure.value,
        figure.value_text,
        figure.value_locator as locator,
        figure.geography_version,
        portal_fetch.batch_id,
        portal_fetch.source_document_id,
        portal_fetch.source,
        portal_fetch.fetched_at
    from {{ ref('stg_figure') }} as figure
    inner join {{ ref('int_portal_fetch') }} as portal_fetch on figure.batch_id = portal_fetch.batch_id
    where
        portal_fetch.dataset = 'portal_month'
        and not portal_fetch.is_superseded
        and figure.value is not null
),

unit_fetch as (
    select distinct
        unit_code,
        data_month,
        is_synthetic,
        batch_id,
        fetched_at
    from figures
),

placed as (
    select
        unit_fetch.*,
        row_number() over (
            partition by unit_fetch.unit_code, unit_fetch.data_month, unit_fetch.is_synthetic
            order by unit_fetch.fetched_at desc, unit_fetch.batch_id
        ) as fetch_order
    from unit_fetch
)

select figures.*
from figures
inner join placed
    on
        figures.unit_code = placed.unit_code
        and figures.data_month = placed.data_month
        and figures.is_synthetic = placed.is_synthetic
        and figures.batch_id = placed.batch_id
        and placed.fetch_order = 1
