select
    cast(indicator_code as string) as indicator_code,
    cast(data_year as int) as data_year,
    cast(verdict as string) as review_verdict,
    cast(reason as string) as reason,
    cast(reading_vi as string) as reading_vi,
    cast(reading_en as string) as reading_en,
    cast(reviewed_at as date) as reviewed_at,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'break_review') }}
