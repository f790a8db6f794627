select
    cast(indicator_code as string) as indicator_code,
    cast(index_code as string) as index_code,
    cast(parent_code as string) as parent_code,
    cast(indicator_level as string) as indicator_level,
    cast(display_order as int) as display_order,
    cast(name_vi as string) as name_vi,
    cast(name_en as string) as name_en,
    cast(measure_unit as string) as measure_unit,
    cast(total_rule as string) as total_rule,
    cast(backcast_rule as string) as backcast_rule,
    cast(first_year as int) as first_year,
    cast(last_year as int) as last_year,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'indicator') }}
