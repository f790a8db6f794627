select
    cast(index_code as string) as index_code,
    cast(data_year as int) as data_year,
    cast(unit_type as string) as unit_type,
    cast(geography_version as string) as geography_version,
    cast(units_ranked as int) as units_ranked,
    cast(published_at as date) as published_at,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'index_edition') }}
