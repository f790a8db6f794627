select
    unit.unit_code,
    unit.unit_type,
    unit.admin_type,
    unit.name_vi,
    unit.name_en,
    unit.short_name_vi,
    unit.region_code,
    region.name_vi as region_name_vi,
    region.name_en as region_name_en,
    unit.valid_from,
    unit.valid_to,
    unit.valid_to is null as is_current,
    unit.source_url,
    unit.note
from {{ ref('stg_unit') }} as unit
left join {{ ref('stg_region') }} as region on unit.region_code = region.region_code
order by unit.unit_code
