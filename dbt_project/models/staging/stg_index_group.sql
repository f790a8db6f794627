select
    cast(index_code as string) as index_code,
    cast(performance_group as string) as performance_group,
    cast(year_from as int) as year_from,
    cast(year_to as int) as year_to,
    cast(min_value as double) as min_value,
    cast(below_value as double) as below_value,
    cast(name_vi as string) as name_vi,
    cast(name_en as string) as name_en,
    cast(source_url as string) as source_url
from {{ source('reference', 'index_group') }}
