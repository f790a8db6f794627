-- What the two years allow to be said. Everything that compares is NULL where `is_comparable` is false.
select
    unit_code,
    indicator_code,
    data_year,
    boundary,
    index_code,
    unit_type,
    previous_year,
    value,
    previous_value,
    case when is_comparable then value - previous_value end as change,
    case
        when is_comparable and previous_value <> 0 then (value - previous_value) / previous_value * 100
    end as change_pct,
    rank,
    previous_rank,
    rank_out_of,
    previous_rank_out_of,
    case
        when
            is_comparable
            and rank_out_of = previous_rank_out_of
            and coalesce(geography_version, '') = coalesce(previous_geography_version, '')
            then previous_rank - rank
    end as rank_change,
    is_comparable,
    not_comparable_reason,
    reason_text_vi,
    reason_text_en,
    legal_basis,
    change_source_url,
    value_pct,
    previous_value_pct,
    case
        when is_comparable or (not_comparable_reason = 'scale_changed' and not is_beyond_scale)
            then value_pct - previous_value_pct
    end as value_pct_change_points,
    cast(null as boolean) as is_significant,
    cast(null as double) as ci_low,
    cast(null as double) as ci_high,
    value_status,
    has_conflict,
    is_synthetic,
    methodology_version,
    geography_version,
    source_document_id
from {{ ref('int_year_pair') }}
order by indicator_code, data_year, unit_code, boundary
