select
    lineage.predecessor_code,
    lineage.successor_code,
    lineage.effective_date,
    lineage.weight,
    lineage.weight_basis,
    predecessor.name_vi as predecessor_name_vi,
    predecessor.name_en as predecessor_name_en,
    successor.name_vi as successor_name_vi,
    successor.name_en as successor_name_en,
    lineage.source_url,
    lineage.note
from {{ ref('int_lineage_weight') }} as lineage
left join {{ ref('stg_unit') }} as predecessor on lineage.predecessor_code = predecessor.unit_code
left join {{ ref('stg_unit') }} as successor on lineage.successor_code = successor.unit_code
order by lineage.effective_date, lineage.successor_code, lineage.predecessor_code
