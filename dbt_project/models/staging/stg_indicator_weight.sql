select
    cast(total_code as string) as total_code,
    cast(indicator_code as string) as indicator_code,
    cast(year_from as int) as year_from,
    cast(year_to as int) as year_to,
    cast(weight as double) as weight,
    cast(weight_basis as string) as weight_basis,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'indicator_weight') }}
