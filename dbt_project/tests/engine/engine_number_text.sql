{{ config(tags=['engine']) }}

-- A number as a sentence prints it.
with answered as (
    select
        1 as number_of_case,
        {{ number_text('cast(2.5 as double)') }} as found,
        '2.5' as expected
    union all
    select
        2 as number_of_case,
        {{ number_text('cast(10 as double)') }} as found,
        '10' as expected
    union all
    select
        3 as number_of_case,
        {{ number_text('cast(-0.0625 as double)', ',') }} as found,
        '-0,0625' as expected
    union all
    select
        4 as number_of_case,
        {{ number_text('cast(12345678 as double)') }} as found,
        '12345678' as expected
)

select *
from answered
where found is distinct from expected
