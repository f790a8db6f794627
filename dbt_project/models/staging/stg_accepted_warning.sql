select
    cast(rule_id as string) as rule_id,
    case when source_key = '-' then '' else cast(source_key as string) end as source_key,
    case when subject = '-' then '' else cast(subject as string) end as subject,
    cast(accepted_by as string) as accepted_by,
    cast(accepted_on as date) as accepted_on,
    cast(reason_vi as string) as accepted_reason_vi,
    cast(reason_en as string) as accepted_reason_en,
    cast(source_url as string) as source_url
from {{ source('reference', 'accepted_warning') }}
