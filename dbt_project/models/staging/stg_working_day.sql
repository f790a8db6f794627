select
    cast(day as date) as day,
    cast(is_working_day as boolean) as is_working_day,
    cast(minutes as bigint) as minutes,
    cast(minutes_before as bigint) as minutes_before,
    cast(due_until as bigint) as due_until,
    cast(first_from as bigint) as first_from,
    cast(first_to as bigint) as first_to,
    cast(second_from as bigint) as second_from,
    cast(second_to as bigint) as second_to
from {{ source('raw', 'working_day') }}
