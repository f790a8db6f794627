-- Sums under suspicion: the components somebody or something suspects move it, by themselves, more than it
-- usually moves in a year. What a person cleared does not count.
with suspected as (
    select
        detected.indicator_code,
        detected.data_year,
        detected.median_change
    from {{ ref('int_break_detected') }} as detected
    left join {{ ref('stg_break_review') }} as review
        on detected.indicator_code = review.indicator_code and detected.data_year = review.data_year
    where coalesce(review.review_verdict, 'none') <> 'cleared'
),

moved as (
    select
        total.indicator_code,
        total.data_year,
        total.index_code,
        total.provinces_compared,
        total.median_before,
        total.median_after,
        total.median_change,
        total.share_same_way,
        total.order_correlation,
        total.spread_ratio,
        total.usual_change,
        {{ exact_sum('abs(suspected.median_change)') }} as components_change,
        {{ labels('suspected.indicator_code', 'suspected.indicator_code') }} as component_codes
    from {{ ref('int_break_signal') }} as total
    inner join {{ ref('stg_indicator') }} as indicator
        on total.indicator_code = indicator.indicator_code and indicator.total_rule = 'sum_of_children'
    inner join
        {{ ref('int_indicator_ancestor') }} as ancestor
        on total.indicator_code = ancestor.ancestor_code
    inner join suspected
        on ancestor.indicator_code = suspected.indicator_code and total.data_year = suspected.data_year
    where not total.is_explained
    group by
        total.indicator_code,
        total.data_year,
        total.index_code,
        total.provinces_compared,
        total.median_before,
        total.median_after, total.median_change, total.share_same_way, total.order_correlation,
        total.spread_ratio, total.usual_change
)

select
    *,
    concat(
        'Chứa thành phần có thay đổi đáng ngờ (', component_codes, '): riêng chúng chuyển ',
        {{ fixed_text('components_change', 3, ',') }},
        ' điểm, lớn hơn mức thay đổi thường năm của tổng này (',
        {{ fixed_text('usual_change', 3, ',') }}, ').'
    ) as text_vi,
    concat(
        'Holds components under suspicion (', component_codes, '): they alone move ',
        {{ fixed_text('components_change', 3) }}, ' points, more than this sum usually moves in a year (',
        {{ fixed_text('usual_change', 3) }}, ').'
    ) as text_en
from moved
where components_change > usual_change
