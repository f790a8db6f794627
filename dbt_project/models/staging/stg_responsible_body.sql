select
    cast(indicator_code as string) as indicator_code,
    cast(unit_type as string) as unit_type,
    cast(body_code as string) as body_code,
    cast(body_vi as string) as body_vi,
    cast(body_en as string) as body_en,
    cast(valid_from as date) as valid_from,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'responsible_body') }}
