{{ config(tags=['engine']) }}

-- Months later, the end of a shorter month kept.
with answered as (
    select
        1 as number_of_case,
        {{ months_later("cast('2025-01-31' as date)", 1) }} as found,
        cast('2025-02-28' as date) as expected
    union all
    select
        2 as number_of_case,
        {{ months_later("cast('2025-11-15' as date)", 3) }} as found,
        cast('2026-02-15' as date) as expected
)

select *
from answered
where found is distinct from expected
