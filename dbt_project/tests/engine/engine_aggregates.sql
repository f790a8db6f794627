{{ config(tags=['engine']) }}

-- Labels stand in the order asked for, and a quantile is interpolated; nulls do not count.
with given as (
    select
        'b' as label,
        2 as place,
        cast(10 as double) as figure
    union all
    select
        'a' as label,
        1 as place,
        cast(20 as double) as figure
    union all
    select
        'c' as label,
        3 as place,
        null as figure
)

select
    {{ labels('label', 'place') }} as labels_found,
    {{ quantile('figure', 0.25) }} as quantile_found
from given
having {{ labels('label', 'place') }} <> 'a, b, c' or abs({{ quantile('figure', 0.25) }} - 12.5) > 1e-9
