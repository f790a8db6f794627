-- Every fetch of the score is kept, those a later one replaced too: the value moves from week to week.
with figures as (
    select
        figure.unit_code,
        figure.indicator_code,
        figure.data_year,
        figure.geography_version,
        figure.value,
        figure.rank,
        figure.value_text,
        coalesce(figure.value_locator, figure.rank_locator) as locator,
        portal_fetch.batch_id,
        portal_fetch.source_document_id,
        portal_fetch.source,
        portal_fetch.is_synthetic,
        portal_fetch.is_superseded,
        portal_fetch.fetched_at
    from {{ ref('stg_figure') }} as figure
    inner join {{ ref('int_portal_fetch') }} as portal_fetch on figure.batch_id = portal_fetch.batch_id
    where portal_fetch.dataset = 'portal_score'
),

-- The parts nothing is below of: the six the portal prints.
part as (
    select indicator.indicator_code
    from {{ ref('stg_indicator') }} as indicator
    left join {{ ref('stg_indicator') }} as child on indicator.indicator_code = child.parent_code
    where indicator.index_code = 'QD766' and child.indicator_code is null
),

part_total as (
    select count(*) as part_count
    from part
),

summed as (
    select
        figures.batch_id,
        figures.unit_code,
        {{ exact_sum('figures.value') }} as parts_sum,
        count(figures.value) as part_count
    from figures
    inner join part on figures.indicator_code = part.indicator_code
    group by figures.batch_id, figures.unit_code
),

-- Only where all parts are there: a sum of five says nothing about a total of six.
whole as (
    select
        summed.batch_id,
        summed.unit_code,
        summed.parts_sum
    from summed
    inner join part_total on summed.part_count = part_total.part_count
),

followed as (
    select
        figures.*,
        lag(figures.fetched_at) over fetches as previous_fetched_at,
        lag(figures.value) over fetches as previous_value,
        lag(figures.rank) over fetches as previous_rank,
        lag(figures.geography_version) over fetches as previous_geography_version
    from figures
    window
        fetches as (
            partition by figures.unit_code, figures.indicator_code, figures.data_year, figures.is_synthetic
            order by figures.fetched_at, figures.batch_id
        )
)

select
    followed.unit_code,
    followed.indicator_code,
    followed.data_year,
    followed.fetched_at,
    followed.batch_id,
    followed.is_synthetic,
    followed.source,
    followed.source_document_id,
    followed.locator,
    followed.geography_version,
    followed.value,
    followed.value_text,
    followed.rank,
    followed.previous_fetched_at,
    followed.previous_value,
    followed.value - followed.previous_value as change_since_previous,
    followed.previous_rank,
    -- A place among 63 is no place among 34.
    case
        when followed.previous_geography_version = followed.geography_version
            then followed.previous_rank - followed.rank
    end as rank_change_since_previous,
    case when followed.indicator_code = 'QD766' then whole.parts_sum end as parts_sum,
    case when followed.indicator_code = 'QD766' then followed.value - whole.parts_sum end as parts_difference,
    case
        when followed.indicator_code = 'QD766'
            then abs(followed.value - whole.parts_sum) <= {{ var('qd766_sum_tolerance') }}
    end as is_reconciled,
    followed.is_superseded
from followed
left join whole on followed.batch_id = whole.batch_id and followed.unit_code = whole.unit_code
order by followed.unit_code, followed.indicator_code, followed.fetched_at, followed.batch_id
