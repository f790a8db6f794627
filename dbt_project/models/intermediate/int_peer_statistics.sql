-- Best, median and size of each peer group, from the units that have a value.
with member as (
    select
        *,
        coalesce(geography_version, '') as map_key
    from {{ ref('int_peer_group') }}
    where value is not null
),

placed as (
    select
        *,
        count(*) over (
            partition by peer_group, indicator_code, data_year, boundary, unit_type, map_key, peer_key
        ) as peer_count,
        row_number() over (
            partition by peer_group, indicator_code, data_year, boundary, unit_type, map_key, peer_key
            order by merit desc, unit_code
        ) as position_in_order,
        max(merit) over (
            partition by peer_group, indicator_code, data_year, boundary, unit_type, map_key, peer_key
        ) as best_merit
    from member
),

summed as (
    select
        peer_group,
        indicator_code,
        data_year,
        boundary,
        unit_type,
        map_key,
        peer_key,
        max(peer_count) as peer_count,
        max(peers_on_map) as peers_on_map,
        max(case when merit = best_merit then value end) as best,
        sum(case when merit = best_merit then 1 else 0 end) as best_count,
        -- The middle value, or the mean of the two in the middle.
        (
            max(case when position_in_order = floor((peer_count + 1) / 2.0) then value end)
            + max(case when position_in_order = floor((peer_count + 2) / 2.0) then value end)
        ) / 2 as median,
        -- A printed first place with the highest value among those published is the best of all units.
        max(case when peer_group = 'all' and rank = 1 and merit = best_merit then 1 else 0 end)
        = 1 as first_is_printed
    from placed
    group by peer_group, indicator_code, data_year, boundary, unit_type, map_key, peer_key
),

best_name as (
    select
        peer_group,
        indicator_code,
        data_year,
        boundary,
        unit_type,
        map_key,
        peer_key,
        {{ labels('name_vi', 'unit_code') }} as best_units_vi,
        {{ labels('name_en', 'unit_code') }} as best_units_en
    from placed
    where merit = best_merit
    group by peer_group, indicator_code, data_year, boundary, unit_type, map_key, peer_key
),

judged as (
    select
        *,
        -- What the press prints of a ranking (the first five, the last three) has no median and no places.
        peer_count >= {{ var('peer_minimum') }}
        and peer_count >= {{ var('rank_minimum_coverage') }} * peers_on_map as is_stated
    from summed
),

known as (
    select
        *,
        is_stated or first_is_printed as is_best_known
    from judged
)

select
    known.peer_group,
    known.indicator_code,
    known.data_year,
    known.boundary,
    known.unit_type,
    known.map_key,
    known.peer_key,
    known.is_stated,
    cast(known.peer_count as int) as peer_count,
    cast(known.peers_on_map as int) as peers_on_map,
    case when known.is_best_known then known.best end as best,
    cast(case when known.is_best_known then known.best_count end as int) as best_count,
    case when known.is_best_known then best_name.best_units_vi end as best_units_vi,
    case when known.is_best_known then best_name.best_units_en end as best_units_en,
    case when known.is_stated then known.median end as median
from known
inner join best_name
    on
        known.peer_group = best_name.peer_group
        and known.indicator_code = best_name.indicator_code
        and known.data_year = best_name.data_year
        and known.boundary = best_name.boundary
        and known.unit_type = best_name.unit_type
        and known.map_key = best_name.map_key
        and known.peer_key = best_name.peer_key
