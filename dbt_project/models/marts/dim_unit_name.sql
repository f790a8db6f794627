-- A former name lasts until the day its reference row says; the next one begins the day after, and the last
-- one is that of the unit itself.
with every_name as (
    select
        former.unit_code,
        former.name_vi,
        former.name_en,
        former.short_name_vi,
        former.admin_type,
        unit.valid_from as unit_valid_from,
        former.valid_to,
        false as is_current,
        former.source_url
    from {{ ref('stg_unit_former_name') }} as former
    left join {{ ref('stg_unit') }} as unit on former.unit_code = unit.unit_code
    union all
    select
        unit_code,
        name_vi,
        name_en,
        short_name_vi,
        admin_type,
        valid_from as unit_valid_from,
        valid_to,
        true as is_current,
        source_url
    from {{ ref('stg_unit') }}
)

select
    unit_code,
    cast(row_number() over (partition by unit_code order by is_current, valid_to) as int) as name_order,
    name_vi,
    name_en,
    short_name_vi,
    admin_type,
    coalesce(
        {{ days_later('lag(valid_to) over (partition by unit_code order by is_current, valid_to)', 1) }},
        unit_valid_from
    ) as valid_from,
    valid_to,
    is_current,
    source_url
from every_name
order by unit_code, is_current, valid_to
