{{ config(tags=['engine']) }}

-- The Monday of a week.
with answered as (
    select
        1 as number_of_case,
        {{ monday_of("cast('2025-09-07 23:59:00' as timestamp)") }} as found,
        cast('2025-09-01' as date) as expected
    union all
    select
        2 as number_of_case,
        {{ monday_of("cast('2025-09-01 00:00:00' as timestamp)") }} as found,
        cast('2025-09-01' as date) as expected
)

select *
from answered
where found is distinct from expected
