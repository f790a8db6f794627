select
    break.indicator_code,
    break.first_year,
    break.reason,
    break.origin,
    break.cause_indicator_code,
    break.change_id,
    indicator.name_vi,
    indicator.name_en,
    break.touches,
    break.text_vi,
    break.text_en,
    break.legal_basis,
    break.source_url,
    detection.criterion,
    detection.review_verdict,
    detection.provinces_compared,
    detection.median_before,
    detection.median_after,
    detection.median_change,
    detection.usual_change,
    detection.share_same_way,
    detection.order_correlation,
    detection.spread_ratio
from {{ ref('int_indicator_break') }} as break
left join {{ ref('stg_indicator') }} as indicator on break.indicator_code = indicator.indicator_code
left join {{ ref('dim_break_detection') }} as detection
    on
        break.origin = 'detected'
        and break.indicator_code = detection.indicator_code
        and break.first_year = detection.data_year
order by break.indicator_code, break.first_year, break.break_order, break.reason
