select
    cast(unit_code as string) as unit_code,
    cast(first_day as date) as first_day,
    cast(last_day as date) as last_day,
    cast(reporting_unit_code as string) as reporting_unit_code,
    cast(unit_on_present_map as string) as unit_on_present_map
from {{ source('raw', 'unit_succession') }}
