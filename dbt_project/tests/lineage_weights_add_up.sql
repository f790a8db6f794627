-- The predecessors of one successor carry it whole.
select
    successor_code,
    sum(weight) as weight_sum
from {{ ref('bridge_unit_lineage') }}
group by successor_code
having abs(sum(weight) - 1) > 0.000001
