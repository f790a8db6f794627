-- Detections and readings side by side: a reading that no longer has a detection stays visible, and so does a
-- detection nobody has read.
with found as (
    select
        indicator_code,
        data_year,
        criterion,
        other_code as related_codes,
        provinces_compared,
        median_before,
        median_after,
        median_change,
        sibling_change,
        usual_change,
        share_same_way,
        order_correlation,
        usual_order_correlation,
        spread_ratio,
        text_vi,
        text_en
    from {{ ref('int_break_detected') }}
    union all
    select
        indicator_code,
        data_year,
        'components' as criterion,
        component_codes as related_codes,
        provinces_compared,
        median_before,
        median_after,
        median_change,
        cast(null as double) as sibling_change,
        usual_change,
        share_same_way,
        order_correlation,
        cast(null as double) as usual_order_correlation,
        spread_ratio,
        text_vi,
        text_en
    from {{ ref('int_break_total') }}
)

select
    coalesce(found.indicator_code, review.indicator_code) as indicator_code,
    coalesce(found.data_year, review.data_year) as data_year,
    indicator.index_code,
    indicator.name_vi,
    indicator.name_en,
    found.indicator_code is not null as is_detected,
    found.criterion,
    found.related_codes,
    coalesce(review.review_verdict, 'none') as review_verdict,
    coalesce(
        review.review_verdict = 'confirmed'
        or (found.indicator_code is not null and coalesce(review.review_verdict, 'none') <> 'cleared'),
        false
    ) as is_withheld,
    cast(found.provinces_compared as int) as provinces_compared,
    -- Figures for people: six decimals are beyond what the sources print, and the same on every machine.
    {% for figure in [
        'median_before', 'median_after', 'median_change', 'sibling_change', 'usual_change', 'share_same_way',
        'order_correlation', 'usual_order_correlation', 'spread_ratio'
    ] -%}
    round(found.{{ figure }}, 6) as {{ figure }},
    {% endfor -%}
    found.text_vi,
    found.text_en,
    review.reading_vi,
    review.reading_en,
    review.reviewed_at,
    review.source_url
from found
full outer join {{ ref('stg_break_review') }} as review
    on found.indicator_code = review.indicator_code and found.data_year = review.data_year
left join {{ ref('stg_indicator') }} as indicator
    on coalesce(found.indicator_code, review.indicator_code) = indicator.indicator_code
order by indicator_code, data_year
