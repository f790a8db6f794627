{{ config(tags=['engine']) }}

-- Days later.
with answered as (
    select
        1 as number_of_case,
        {{ days_later("cast('2024-02-28' as date)", '2') }} as found,
        cast('2024-03-01' as date) as expected
)

select *
from answered
where found is distinct from expected
