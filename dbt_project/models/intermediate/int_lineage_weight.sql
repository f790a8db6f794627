-- The weight each predecessor has in its successor: what the weights table says where it has every
-- predecessor on one basis, else the shares of the lineage itself.
with loaded as (
    select
        lineage.successor_code,
        unit_weight.weight_basis,
        count(*) as weighted_count,
        sum(unit_weight.weight) as weight_sum
    from {{ ref('stg_unit_lineage') }} as lineage
    inner join {{ ref('stg_unit_weight') }} as unit_weight on lineage.predecessor_code = unit_weight.unit_code
    where unit_weight.weight > 0
    group by lineage.successor_code, unit_weight.weight_basis
),

family as (
    select
        successor_code,
        count(*) as predecessor_count
    from {{ ref('stg_unit_lineage') }}
    group by successor_code
),

whole as (
    select
        loaded.successor_code,
        loaded.weight_basis,
        loaded.weight_sum,
        row_number()
            over (partition by loaded.successor_code order by loaded.weight_basis desc)
            as basis_order
    from loaded
    inner join family
        on loaded.successor_code = family.successor_code and loaded.weighted_count = family.predecessor_count
)

select
    lineage.predecessor_code,
    lineage.successor_code,
    coalesce(unit_weight.weight / whole.weight_sum, lineage.weight) as weight,
    coalesce(whole.weight_basis, lineage.weight_basis) as weight_basis,
    lineage.effective_date,
    lineage.source_url,
    lineage.note
from {{ ref('stg_unit_lineage') }} as lineage
left join whole
    on lineage.successor_code = whole.successor_code and whole.basis_order = 1
left join {{ ref('stg_unit_weight') }} as unit_weight
    on lineage.predecessor_code = unit_weight.unit_code and whole.weight_basis = unit_weight.weight_basis
