select
    cast(index_code as string) as index_code,
    cast(methodology_version as string) as methodology_version,
    cast(year_from as int) as year_from,
    cast(year_to as int) as year_to,
    cast(legal_basis as string) as legal_basis,
    cast(text_vi as string) as text_vi,
    cast(text_en as string) as text_en,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'methodology_version') }}
