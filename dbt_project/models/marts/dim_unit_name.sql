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
),

name_after_name as (
    select
        *,
        lag(valid_to) over (partition by unit_code order by is_current, valid_to) as previous_valid_to
    from every_name
)

select
    unit_code,
    name_vi,
    name_en,
    short_name_vi,
    admin_type,
    case when previous_valid_to is null then unit_valid_from else {{ days_later('previous_valid_to', 1) }} end
        as valid_from,
    valid_to,
    is_current,
    source_url
from name_after_name
order by unit_code, is_current, valid_to
