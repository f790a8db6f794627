select
    cast(rate_code as string) as rate_code,
    cast(count_role as string) as count_role,
    cast(count_code as string) as count_code,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'portal_rate') }}
