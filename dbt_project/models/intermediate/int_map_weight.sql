-- Which units of an older map make up each province of the common map, and with what weight. A province whose
-- territory did not change is made of itself.
with common_province as (
    select unit.unit_code
    from {{ ref('stg_unit') }} as unit
    inner join {{ ref('stg_geography_version') }} as common_map
        on
            common_map.geography_version = '{{ var("common_map") }}'
            and coalesce(unit.valid_from, date '1900-01-01') <= common_map.as_of
            and coalesce(unit.valid_to, date '9999-12-31') >= common_map.as_of
    where unit.unit_type = 'province'
),

step_0 as (
    select
        unit_code as target_code,
        unit_code as source_code,
        cast(1 as double) as weight,
        'unchanged' as weight_basis
    from common_province
)
{%- for step in range(1, var('lineage_depth') | int + 1) %},

-- Units one merger further back: their shares multiply.
step_{{ step }} as (
    select
        nearer.target_code,
        lineage.predecessor_code as source_code,
        nearer.weight * lineage.weight as weight,
        case
            when nearer.weight_basis in ('unchanged', lineage.weight_basis) then lineage.weight_basis
            else 'mixed'
        end as weight_basis
    from step_{{ step - 1 }} as nearer
    inner join {{ ref('int_lineage_weight') }} as lineage on nearer.source_code = lineage.successor_code
)
{%- endfor %},

every_step as (
    {%- for step in range(0, var('lineage_depth') | int + 1) %}
    {% if not loop.first %}union all
    {% endif -%}
    select * from step_{{ step }}
    {%- endfor %}
)

select
    old_map.geography_version,
    every_step.target_code,
    every_step.source_code,
    every_step.weight,
    every_step.weight_basis,
    unit.name_vi as source_name_vi,
    unit.name_en as source_name_en,
    cast(
        count(*) over (partition by old_map.geography_version, every_step.target_code) as int
    ) as predecessor_count
from every_step
inner join {{ ref('stg_unit') }} as unit on every_step.source_code = unit.unit_code
inner join {{ ref('stg_geography_version') }} as old_map
    on
        coalesce(unit.valid_from, date '1900-01-01') <= old_map.as_of
        and coalesce(unit.valid_to, date '9999-12-31') >= old_map.as_of
