select
    cast(unit_code as string) as unit_code,
    cast(valid_to as date) as valid_to,
    cast(admin_type as string) as admin_type,
    cast(name_vi as string) as name_vi,
    cast(name_en as string) as name_en,
    cast(short_name_vi as string) as short_name_vi,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'unit_former_name') }}
