{{ config(tags=['engine']) }}

-- Digits after either mark.
with answered as (
    select
        1 as number_of_case,
        {{ decimals_shown("'83,94 %'") }} as found,
        2 as expected
    union all
    select
        2 as number_of_case,
        {{ decimals_shown("'7.125'") }} as found,
        3 as expected
    union all
    select
        3 as number_of_case,
        {{ decimals_shown("'12'") }} as found,
        0 as expected
)

select *
from answered
where found is distinct from expected
