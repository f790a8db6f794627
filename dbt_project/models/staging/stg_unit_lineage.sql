select
    cast(predecessor_code as string) as predecessor_code,
    cast(successor_code as string) as successor_code,
    cast(effective_date as date) as effective_date,
    cast(weight as double) as weight,
    cast(weight_basis as string) as weight_basis,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'unit_lineage') }}
