select
    cast(batch_id as string) as batch_id,
    cast(suite as string) as suite,
    cast(rule_id as string) as rule_id,
    cast(severity as string) as severity,
    cast(owner as string) as owner,
    cast(category as string) as category,
    cast(text_vi as string) as text_vi,
    cast(text_en as string) as text_en,
    cast(rule_source as string) as rule_source,
    cast(rows_checked as bigint) as rows_checked,
    cast(rows_failed as bigint) as rows_failed,
    cast(outcome as string) as outcome,
    cast(checked_at as timestamp) as checked_at
from {{ source('raw', 'check_result') }}
