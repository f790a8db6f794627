select
    break.indicator_code,
    break.first_year,
    break.reason,
    break.origin,
    break.cause_indicator_code,
    -- A break found from the data has no entry of its own, and a key must not be empty.
    coalesce(break.change_id, 'none') as change_id,
    indicator.name_vi,
    indicator.name_en,
    break.text_vi,
    break.text_en,
    break.legal_basis,
    break.source_url
from {{ ref('int_indicator_break') }} as break
left join {{ ref('stg_indicator') }} as indicator on break.indicator_code = indicator.indicator_code
order by break.indicator_code, break.first_year, break.break_order, break.reason
