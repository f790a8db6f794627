select
    cast(unit_code as string) as unit_code,
    cast(weight_basis as string) as weight_basis,
    cast(weight as double) as weight
from {{ source('reference', 'unit_weight') }}
