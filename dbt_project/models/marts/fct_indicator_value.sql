select
    unit_code,
    indicator_code,
    data_year,
    boundary,
    index_code,
    unit_type,
    value,
    value_basis,
    figure_status,
    max_value,
    value_pct,
    rank,
    rank_basis,
    rank_published,
    rank_computed,
    rank_population,
    rank_out_of,
    methodology_version,
    geography_version,
    n_components,
    components_sum,
    source_document_id,
    case
        when value_basis = 'derived' then concat('sum of ', cast(n_components as string), ' components')
        else locator
    end as locator,
    source_url,
    rank_source_document_id,
    rank_locator,
    published_at,
    observation_count,
    has_conflict,
    conflict_low,
    conflict_high,
    is_synthetic
from {{ ref('int_indicator_value') }}
order by indicator_code, data_year, unit_code, boundary
