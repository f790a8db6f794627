-- On every older map the units that make up a province of the common map carry it whole: a chain of
-- mergers longer than `lineage_depth`, or a lineage with a hole, would lose a part of the country.
with province as (
    select distinct target_code
    from {{ ref('int_map_weight') }}
),

every_target as (
    select
        geography.geography_version,
        province.target_code
    from {{ ref('stg_geography_version') }} as geography
    cross join province
)

select
    every_target.geography_version,
    every_target.target_code,
    sum(weight.weight) as weight_sum
from every_target
left join {{ ref('int_map_weight') }} as weight
    on
        every_target.geography_version = weight.geography_version
        and every_target.target_code = weight.target_code
group by every_target.geography_version, every_target.target_code
having abs(coalesce(sum(weight.weight), 0) - 1) > 0.000001
