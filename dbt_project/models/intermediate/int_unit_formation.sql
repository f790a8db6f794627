-- Units that came into being within the time of the data, and what they were made of.
select
    unit.unit_code,
    unit.valid_from as formed_on,
    {{ labels('predecessor.name_vi', 'lineage.predecessor_code') }} as predecessors_vi,
    {{ labels('predecessor.name_en', 'lineage.predecessor_code') }} as predecessors_en,
    min(lineage.source_url) as source_url
from {{ ref('stg_unit') }} as unit
inner join {{ ref('stg_unit_lineage') }} as lineage on unit.unit_code = lineage.successor_code
inner join {{ ref('stg_unit') }} as predecessor on lineage.predecessor_code = predecessor.unit_code
where lineage.predecessor_code <> lineage.successor_code and unit.valid_from is not null
group by unit.unit_code, unit.valid_from
