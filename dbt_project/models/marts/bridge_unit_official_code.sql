select
    official.unit_code,
    official.scheme,
    official.official_code,
    official.valid_from,
    official.valid_to,
    unit.name_vi,
    unit.name_en,
    official.source_url
from {{ ref('stg_unit_official_code') }} as official
left join {{ ref('stg_unit') }} as unit on official.unit_code = unit.unit_code
order by official.scheme, official.official_code, official.unit_code
