select
    cast(unit_code as string) as unit_code,
    cast(scheme as string) as scheme,
    cast(official_code as string) as official_code,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(source_url as string) as source_url
from {{ source('reference', 'unit_official_code') }}
