select
    estimate.wave_id,
    estimate.data_year,
    estimate.unit_code,
    estimate.indicator_code,
    estimate.share_pct,
    estimate.ci_low_pct,
    estimate.ci_high_pct,
    published.value as published_value_pct,
    estimate.share_pct - published.value as difference_points,
    published.value >= estimate.ci_low_pct
    and published.value <= estimate.ci_high_pct as is_covered_by_interval,
    estimate.respondents,
    estimate.is_synthetic,
    estimate.source_document_id,
    published.source_document_id as published_source_document_id
from {{ ref('fct_satisfaction') }} as estimate
inner join {{ ref('fct_indicator_value') }} as published
    on
        estimate.unit_code = published.unit_code
        and estimate.indicator_code = published.indicator_code
        and estimate.data_year = published.data_year
        and published.boundary = 'published'
        and published.value is not null
where estimate.measure_kind = 'indicator' and estimate.breakdown = 'all' and not estimate.is_suppressed
order by estimate.wave_id, estimate.indicator_code, estimate.unit_code
