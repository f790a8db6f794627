-- Every value in each of its peer groups, and how many units the group has on the map of that year.
with criterion as (
    select
        fact.unit_code,
        fact.indicator_code,
        fact.data_year,
        fact.boundary,
        fact.unit_type,
        fact.value,
        fact.rank,
        fact.geography_version,
        unit.region_code,
        coalesce(named.admin_type, unit.admin_type) as admin_type,
        coalesce(named.name_vi, unit.name_vi) as name_vi,
        coalesce(named.name_en, unit.name_en) as name_en,
        -- One order for all: the larger, the better.
        case when definition.higher_is_better then fact.value else -fact.value end as merit
    from {{ ref('int_indicator_value') }} as fact
    inner join {{ ref('stg_unit') }} as unit on fact.unit_code = unit.unit_code
    left join {{ ref('int_unit_name_year') }} as named
        on
            fact.unit_code = named.unit_code
            and fact.data_year = named.data_year
            and fact.boundary = 'published'
    inner join {{ ref('stg_index_definition') }} as definition on fact.index_code = definition.index_code
    -- The rows for the country are different populations (all provinces, all ministries): no peers.
    where fact.unit_type <> 'national' and definition.higher_is_better is not null
),

maps as (
    select distinct
        criterion.unit_type,
        criterion.geography_version,
        criterion.data_year,
        criterion.boundary,
        coalesce(geography.as_of, {{ year_end('criterion.data_year') }}) as map_day
    from criterion
    left join {{ ref('stg_geography_version') }} as geography
        on criterion.unit_type = 'province' and criterion.geography_version = geography.geography_version
),

unit_on_map as (
    select
        maps.unit_type,
        maps.geography_version,
        maps.data_year,
        maps.boundary,
        unit.unit_code,
        unit.region_code,
        -- On the map of its time a unit is what it was that year: a city of today may have been a province.
        coalesce(named.admin_type, unit.admin_type) as admin_type
    from maps
    inner join {{ ref('stg_unit') }} as unit
        on
            maps.unit_type = unit.unit_type
            and coalesce(unit.valid_from, date '1900-01-01') <= maps.map_day
            and coalesce(unit.valid_to, date '9999-12-31') >= maps.map_day
    left join {{ ref('int_unit_name_year') }} as named
        on
            unit.unit_code = named.unit_code
            and maps.data_year = named.data_year
            and maps.boundary = 'published'
),

group_size as (
    select
        unit_type,
        geography_version,
        data_year,
        boundary,
        'all' as peer_group,
        'all' as peer_key,
        count(*) as peers_on_map
    from unit_on_map
    group by unit_type, geography_version, data_year, boundary
    union all
    select
        unit_type,
        geography_version,
        data_year,
        boundary,
        'region' as peer_group,
        region_code as peer_key,
        count(*) as peers_on_map
    from unit_on_map
    where region_code is not null and unit_type in ('province', 'ministry')
    group by unit_type, geography_version, data_year, boundary, region_code
    union all
    select
        unit_type,
        geography_version,
        data_year,
        boundary,
        'same_type' as peer_group,
        admin_type as peer_key,
        count(*) as peers_on_map
    from unit_on_map
    where admin_type is not null and unit_type in ('province', 'ministry')
    group by unit_type, geography_version, data_year, boundary, admin_type
),

membership as (
    select
        *,
        'all' as peer_group,
        'all' as peer_key
    from criterion
    union all
    select
        *,
        'region' as peer_group,
        region_code as peer_key
    from criterion
    union all
    select
        *,
        'same_type' as peer_group,
        admin_type as peer_key
    from criterion
)

select
    membership.unit_code,
    membership.indicator_code,
    membership.data_year,
    membership.boundary,
    membership.peer_group,
    membership.peer_key,
    membership.unit_type,
    membership.geography_version,
    membership.name_vi,
    membership.name_en,
    membership.value,
    membership.merit,
    membership.rank,
    cast(group_size.peers_on_map as int) as peers_on_map
from membership
inner join group_size
    on
        membership.unit_type = group_size.unit_type
        and coalesce(membership.geography_version, '') = coalesce(group_size.geography_version, '')
        and membership.data_year = group_size.data_year
        and membership.boundary = group_size.boundary
        and membership.peer_group = group_size.peer_group
        and membership.peer_key = group_size.peer_key
