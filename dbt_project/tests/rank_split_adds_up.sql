-- Own and others' part of a change of rank are that change, or neither is given and the reason is.
select
    unit_code,
    indicator_code,
    data_year,
    boundary
from {{ ref('metric_rank_change') }}
where
    (no_split_reason is null and coalesce(rank_change_own + rank_change_others <> rank_change, true))
    or (no_split_reason is not null and (rank_change_own is not null or rank_change_others is not null))
