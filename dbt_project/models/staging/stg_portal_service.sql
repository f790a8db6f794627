select
    cast(service as string) as service,
    cast(name_vi as string) as name_vi,
    cast(name_en as string) as name_en,
    cast(period_kind as string) as period_kind,
    cast(is_read as boolean) as is_read,
    cast(due_days as int) as due_days,
    cast(source_url as string) as source_url
from {{ source('reference', 'portal_service') }}
