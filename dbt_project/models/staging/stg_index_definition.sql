select
    cast(index_code as string) as index_code,
    cast(name_vi as string) as name_vi,
    cast(name_en as string) as name_en,
    cast(publisher_vi as string) as publisher_vi,
    cast(publisher_en as string) as publisher_en,
    cast(measure_unit as string) as measure_unit,
    cast(first_year as int) as first_year,
    cast(last_year as int) as last_year,
    cast(higher_is_better as boolean) as higher_is_better,
    cast(definition_vi as string) as definition_vi,
    cast(definition_en as string) as definition_en,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'index_definition') }}
