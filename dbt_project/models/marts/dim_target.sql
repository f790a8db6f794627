with link as (
    select
        target_code,
        {{ labels('indicator_code', 'indicator_code') }} as indicator_codes,
        max(case when measure_fit = 'same' then 1 else 0 end) as has_same
    from {{ ref('stg_target_indicator') }}
    group by target_code
)

select
    target.target_code,
    target.text_vi,
    target.text_en,
    target.legal_basis,
    target.set_year,
    target.target_value,
    target.target_kind,
    target.is_strict,
    target.measure_unit,
    target.due_year,
    target.field,
    coalesce(link.has_same, 0) = 1 as is_measured,
    link.indicator_codes,
    target.not_measured_vi,
    target.not_measured_en,
    target.source_url,
    target.note
from {{ ref('stg_reform_target') }} as target
left join link on target.target_code = link.target_code
order by target.target_code
