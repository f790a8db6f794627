-- A unit without a value has no place, and a group of fewer than `peer_minimum` values ranks nobody.
select
    unit_code,
    indicator_code,
    data_year,
    boundary
from {{ ref('metric_strength_weakness') }}
where
    (value is null and (rank_all is not null or gap_to_best_all is not null or gap_to_median_all is not null))
    or (rank_all is not null and peer_count_all < {{ var('peer_minimum') }})
    or (rank_region is not null and peer_count_region < {{ var('peer_minimum') }})
    or (rank_same_type is not null and peer_count_same_type < {{ var('peer_minimum') }})
