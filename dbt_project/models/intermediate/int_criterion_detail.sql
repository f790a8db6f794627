-- Everything a sentence about a criterion speaks of, and everything the mart shows beside it.
select
    verdict.unit_code,
    verdict.indicator_code,
    verdict.data_year,
    verdict.boundary,
    verdict.index_code,
    verdict.unit_type,
    verdict.indicator_level,
    verdict.measure_unit,
    verdict.value,
    verdict.max_value,
    verdict.value_pct,
    verdict.rank,
    verdict.rank_out_of,
    verdict.figure_status,
    verdict.has_conflict,
    verdict.is_synthetic,
    verdict.source_document_id,
    verdict.own_criteria_count,
    verdict.rank_among_own_criteria,
    verdict.verdict,
    verdict.verdict_withheld_reason,
    unit.region_code,
    region.name_vi as region_name_vi,
    region.name_en as region_name_en,
    replace(verdict.index_code, '_', ' ') as index_label,
    fact.value_basis,
    fact.missing_predecessors_vi,
    fact.missing_predecessors_en,
    yoy.previous_year,
    yoy.change,
    yoy.value_pct_change_points,
    yoy.is_comparable,
    yoy.not_comparable_reason,
    peers.peer_count,
    peers.peers_on_map,
    peers.place as place_all,
    peers.best,
    peers.best_count,
    peers.best_units_vi,
    peers.best_units_en,
    peers.gap_to_best,
    peers.median,
    peers.gap_to_median,
    neighbours.place as place_region,
    neighbours.peer_count as peer_count_region,
    -- On the map of its time a unit goes by its type and name of that year, on the present one by today's.
    coalesce(named.admin_type, unit.admin_type) as admin_type,
    coalesce(named.name_vi, unit.name_vi) as unit_name_vi,
    coalesce(named.name_en, unit.name_en) as unit_name_en,
    -- A total goes by the name of its index: its own may be no more than "Total".
    case when verdict.indicator_code = verdict.index_code then definition.name_vi else indicator.name_vi end
        as indicator_name_vi,
    case when verdict.indicator_code = verdict.index_code then definition.name_en else indicator.name_en end
        as indicator_name_en,
    -- The place a sentence names: the ranking's own, printed or computed; for want of it, among the values.
    coalesce(verdict.rank, peers.place) as place,
    case when verdict.rank is not null then verdict.rank_out_of else peers.peer_count end as place_out_of
from {{ ref('int_criterion_verdict') }} as verdict
inner join {{ ref('int_indicator_value') }} as fact
    on
        verdict.unit_code = fact.unit_code
        and verdict.indicator_code = fact.indicator_code
        and verdict.data_year = fact.data_year
        and verdict.boundary = fact.boundary
inner join {{ ref('stg_unit') }} as unit on verdict.unit_code = unit.unit_code
left join {{ ref('int_unit_name_year') }} as named
    on
        verdict.unit_code = named.unit_code
        and verdict.data_year = named.data_year
        and verdict.boundary = 'published'
left join {{ ref('stg_region') }} as region on unit.region_code = region.region_code
inner join {{ ref('stg_indicator') }} as indicator on verdict.indicator_code = indicator.indicator_code
inner join {{ ref('stg_index_definition') }} as definition on verdict.index_code = definition.index_code
left join {{ ref('metric_yoy') }} as yoy
    on
        verdict.unit_code = yoy.unit_code
        and verdict.indicator_code = yoy.indicator_code
        and verdict.data_year = yoy.data_year
        and verdict.boundary = yoy.boundary
left join {{ ref('int_peer_standing') }} as peers
    on
        verdict.unit_code = peers.unit_code
        and verdict.indicator_code = peers.indicator_code
        and verdict.data_year = peers.data_year
        and verdict.boundary = peers.boundary
        and peers.peer_group = 'all'
left join {{ ref('int_peer_standing') }} as neighbours
    on
        verdict.unit_code = neighbours.unit_code
        and verdict.indicator_code = neighbours.indicator_code
        and verdict.data_year = neighbours.data_year
        and verdict.boundary = neighbours.boundary
        and neighbours.peer_group = 'region'
