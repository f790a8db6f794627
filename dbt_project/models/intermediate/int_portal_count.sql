-- The counts of each month as printed, and carried to the common map: the sum of the units a province was
-- made of, only where all of them have the count.
with counts as (
    select figure.*
    from {{ ref('int_portal_month_figure') }} as figure
    inner join {{ ref('stg_indicator') }} as indicator on figure.indicator_code = indicator.indicator_code
    where indicator.measure_unit = 'count'
),

carried as (
    select
        map_weight.target_code as unit_code,
        counts.data_month,
        counts.is_synthetic,
        counts.indicator_code,
        {{ exact_sum('counts.value') }} as value,
        count(*) as present_count,
        max(map_weight.predecessor_count) as predecessor_count,
        case when count(*) = 1 then min(counts.locator) end as locator,
        case when min(counts.batch_id) = max(counts.batch_id) then min(counts.batch_id) end as batch_id,
        case
            when min(counts.source_document_id) = max(counts.source_document_id)
                then min(counts.source_document_id)
        end as source_document_id,
        min(counts.source) as source,
        min(counts.fetched_at) as fetched_at
    from counts
    inner join {{ ref('int_map_weight') }} as map_weight
        on
            counts.geography_version = map_weight.geography_version
            and counts.unit_code = map_weight.source_code
    group by map_weight.target_code, counts.data_month, counts.is_synthetic, counts.indicator_code
)

select
    unit_code,
    data_month,
    'published' as boundary,
    is_synthetic,
    indicator_code,
    value,
    cast(1 as int) as predecessor_count,
    locator,
    batch_id,
    source_document_id,
    source,
    fetched_at
from counts
union all
select
    unit_code,
    data_month,
    '{{ var("common_boundary") }}' as boundary,
    is_synthetic,
    indicator_code,
    value,
    predecessor_count,
    locator,
    batch_id,
    source_document_id,
    source,
    fetched_at
from carried
where present_count = predecessor_count
