select
    cast(target_code as string) as target_code,
    cast(indicator_code as string) as indicator_code,
    cast(defined_under_year as int) as defined_under_year,
    cast(measure_fit as string) as measure_fit,
    cast(reason_vi as string) as reason_vi,
    cast(reason_en as string) as reason_en,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'target_indicator') }}
