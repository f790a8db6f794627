select
    cast(geography_version as string) as geography_version,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(as_of as date) as as_of,
    cast(province_count as int) as province_count,
    cast(legal_basis as string) as legal_basis,
    cast(source_url as string) as source_url
from {{ source('reference', 'geography_version') }}
