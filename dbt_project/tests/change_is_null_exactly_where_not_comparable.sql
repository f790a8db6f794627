-- The number that misleads is not printed anywhere, and a comparable pair always has its change.
select
    unit_code,
    indicator_code,
    data_year
from {{ ref('metric_yoy') }}
where
    is_comparable <> (change is not null)
    or is_comparable <> (not_comparable_reason is null)
    or (not is_comparable and (change_pct is not null or rank_change is not null))
    or (not is_comparable and {{ reason_precedence('not_comparable_reason') }} is null)
    or (not is_comparable and (reason_text_vi is null or reason_text_en is null))
