{{ config(tags=['engine']) }}

-- A number with fixed decimals, halves away from zero.
with answered as (
    select
        1 as number_of_case,
        {{ fixed_text('cast(0.4 as double)', 2) }} as found,
        '0.40' as expected
    union all
    select
        2 as number_of_case,
        {{ fixed_text('cast(-2.5 as double)', 0) }} as found,
        '-3' as expected
    union all
    select
        3 as number_of_case,
        {{ fixed_text('cast(7.125 as double)', 2, ',') }} as found,
        '7,13' as expected
)

select *
from answered
where found is distinct from expected
