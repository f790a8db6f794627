select
    cast(unit_code as string) as unit_code,
    cast(unit_type as string) as unit_type,
    cast(admin_type as string) as admin_type,
    cast(name_vi as string) as name_vi,
    cast(name_en as string) as name_en,
    cast(short_name_vi as string) as short_name_vi,
    cast(region_code as string) as region_code,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'unit') }}
