select
    cast(batch_id as string) as batch_id,
    cast(row_id as bigint) as row_id,
    cast(correction_id as string) as correction_id,
    cast(place as string) as locator,
    cast(unit_code as string) as unit_code,
    cast(indicator_code as string) as indicator_code,
    cast(data_year as int) as data_year,
    cast(old_text as string) as old_text,
    cast(new_text as string) as new_text
from {{ source('raw', 'correction_applied') }}
