-- The names of a unit follow each other without a gap from its beginning to its end; the last one is current.
with name_between_names as (
    select
        unit_code,
        valid_from,
        valid_to,
        is_current,
        lag(valid_to) over (partition by unit_code order by coalesce(valid_to, date '9999-12-31'))
            as previous_valid_to,
        row_number() over (partition by unit_code order by coalesce(valid_to, date '9999-12-31')) as place,
        count(*) over (partition by unit_code) as name_count
    from {{ ref('dim_unit_name') }}
)

select
    unit.unit_code,
    named.valid_from,
    named.valid_to
from {{ ref('dim_unit') }} as unit
left join name_between_names as named on unit.unit_code = named.unit_code
where
    named.unit_code is null
    or named.valid_from > named.valid_to
    or (
        named.place = 1
        and coalesce(named.valid_from, date '1900-01-01') <> coalesce(unit.valid_from, date '1900-01-01')
    )
    or (
        named.place > 1
        and coalesce(named.valid_from, date '1900-01-01') <> {{ days_later('named.previous_valid_to', 1) }}
    )
    or (
        named.place = named.name_count
        and coalesce(named.valid_to, date '9999-12-31') <> coalesce(unit.valid_to, date '9999-12-31')
    )
    or named.is_current <> (named.place = named.name_count)
