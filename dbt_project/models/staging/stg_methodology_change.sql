select
    cast(change_id as string) as change_id,
    cast(index_code as string) as index_code,
    cast(scope as string) as scope,
    cast(indicator_code as string) as indicator_code,
    cast(first_year as int) as first_year,
    cast(reason as string) as reason,
    cast(touches as string) as touches,
    cast(text_vi as string) as text_vi,
    cast(text_en as string) as text_en,
    cast(legal_basis as string) as legal_basis,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'methodology_change') }}
