select
    cast(region_code as string) as region_code,
    cast(name_vi as string) as name_vi,
    cast(name_en as string) as name_en,
    cast(source_url as string) as source_url
from {{ source('reference', 'region') }}
