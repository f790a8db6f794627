select
    index_code,
    name_vi,
    name_en,
    publisher_vi,
    publisher_en,
    measure_unit,
    first_year,
    last_year,
    higher_is_better,
    definition_vi,
    definition_en,
    source_url,
    note
from {{ ref('stg_index_definition') }}
order by index_code
