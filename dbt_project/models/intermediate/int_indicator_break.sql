-- Where the series of an indicator breaks: what the reference data says (int_break_known), what the detector
-- finds and nobody cleared, what a person confirmed, and the sums that go with them.
with detected_break as (
    select
        coalesce(detected.indicator_code, review.indicator_code) as indicator_code,
        coalesce(detected.data_year, review.data_year) as first_year,
        case when review.review_verdict = 'confirmed' then review.reason else 'break_suspected' end as reason,
        'detected' as origin,
        10 as origin_order,
        coalesce(detected.indicator_code, review.indicator_code) as cause_indicator_code,
        'none' as change_id,
        'unknown' as touches,
        concat(
            case when detected.text_vi is null then '' else concat(detected.text_vi, ' ') end,
            coalesce(review.reading_vi, 'Chưa có ai xem lại.')
        ) as text_vi,
        concat(
            case when detected.text_en is null then '' else concat(detected.text_en, ' ') end,
            coalesce(review.reading_en, 'Nobody has reviewed it yet.')
        ) as text_en,
        cast(null as string) as legal_basis,
        review.source_url
    from {{ ref('int_break_detected') }} as detected
    full outer join {{ ref('stg_break_review') }} as review
        on detected.indicator_code = review.indicator_code and detected.data_year = review.data_year
    where
        -- What a person confirmed holds whether or not the figures of today show it; a suspicion needs them.
        coalesce(review.review_verdict, 'none') = 'confirmed'
        or (detected.indicator_code is not null and coalesce(review.review_verdict, 'none') <> 'cleared')
),

-- A part confirmed to measure something else changes the method of its totals, as a declared one does.
confirmed_below as (
    select
        ancestor.ancestor_code as indicator_code,
        part.first_year,
        'method_changed' as reason,
        'inherited' as origin,
        10 + ancestor.distance as origin_order,
        part.cause_indicator_code,
        part.change_id,
        part.touches,
        concat('Thành phần ', component.name_vi, ' (', component.indicator_code, '): ', part.text_vi)
            as text_vi,
        concat('Component ', component.name_en, ' (', component.indicator_code, '): ', part.text_en)
            as text_en,
        part.legal_basis,
        part.source_url
    from detected_break as part
    inner join
        {{ ref('int_indicator_ancestor') }} as ancestor
        on part.indicator_code = ancestor.indicator_code
    inner join {{ ref('stg_indicator') }} as component on part.indicator_code = component.indicator_code
    where part.reason in ('definition_changed', 'method_changed', 'population_changed')
),

total_break as (
    select
        indicator_code,
        data_year as first_year,
        'break_suspected' as reason,
        'detected' as origin,
        20 as origin_order,
        indicator_code as cause_indicator_code,
        'none' as change_id,
        'unknown' as touches,
        text_vi,
        text_en,
        cast(null as string) as legal_basis,
        cast(null as string) as source_url
    from {{ ref('int_break_total') }}
),

every_break as (
    select
        indicator_code,
        first_year,
        reason,
        origin,
        origin_order,
        cause_indicator_code,
        change_id,
        touches,
        text_vi,
        text_en,
        legal_basis,
        source_url
    from {{ ref('int_break_known') }}
    union all
    select * from detected_break
    union all
    select * from confirmed_below
    union all
    select * from total_break
),

-- Territory is a matter of the unit: it stands apart, because it forbids the comparison only for national
-- and regional figures (a province whose territory changed has another code).
ordered as (
    select
        *,
        row_number() over (
            partition by
                indicator_code,
                first_year,
                case when reason = 'boundary_changed' then 1 else 0 end
            order by {{ reason_precedence('reason') }}, origin_order, cause_indicator_code, change_id
        ) as break_order,
        max(case when reason not in ('scale_changed', 'boundary_changed') then 1 else 0 end) over (
            partition by indicator_code, first_year
        ) as n_beyond_scale
    from every_break
)

select
    indicator_code,
    first_year,
    reason,
    cast(break_order as int) as break_order,
    origin,
    cause_indicator_code,
    change_id,
    touches,
    text_vi,
    text_en,
    legal_basis,
    source_url,
    n_beyond_scale = 1 as is_beyond_scale
from ordered
