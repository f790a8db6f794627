-- The place of each value in each of its peer groups beside the figures of the group.
with placed as (
    select
        member.*,
        coalesce(member.geography_version, '') as map_key,
        rank() over (
            partition by
                member.peer_group,
                member.indicator_code,
                member.data_year,
                member.boundary,
                member.unit_type,
                coalesce(member.geography_version, ''),
                member.peer_key
            order by member.merit desc nulls last
        ) as place,
        count(*) over (
            partition by
                member.peer_group,
                member.indicator_code,
                member.data_year,
                member.boundary,
                member.unit_type,
                coalesce(member.geography_version, ''),
                member.peer_key,
                member.merit
        ) as tied_count
    from {{ ref('int_peer_group') }} as member
)

select
    placed.unit_code,
    placed.indicator_code,
    placed.data_year,
    placed.boundary,
    placed.peer_group,
    placed.peers_on_map,
    cast(coalesce(peers.peer_count, 0) as int) as peer_count,
    peers.best,
    peers.best_count,
    peers.best_units_vi,
    peers.best_units_en,
    peers.median,
    placed.value - peers.best as gap_to_best,
    placed.value - peers.median as gap_to_median,
    cast(case when peers.is_stated and placed.value is not null then placed.place end as int) as place,
    -- 0 is ahead of all others, 1 behind all; units that tie stand in the middle of their places.
    case
        when peers.is_stated and placed.value is not null
            then (placed.place - 1 + (placed.tied_count - 1) / 2.0) / (peers.peer_count - 1)
    end as standing
from placed
left join {{ ref('int_peer_statistics') }} as peers
    on
        placed.peer_group = peers.peer_group
        and placed.indicator_code = peers.indicator_code
        and placed.data_year = peers.data_year
        and placed.boundary = peers.boundary
        and placed.unit_type = peers.unit_type
        and placed.map_key = peers.map_key
        and placed.peer_key = peers.peer_key
