select
    detail.unit_code,
    detail.indicator_code,
    detail.data_year,
    detail.boundary,
    detail.index_code,
    detail.indicator_level,
    detail.unit_type,
    detail.region_code,
    detail.admin_type,
    detail.measure_unit,
    detail.value,
    detail.max_value,
    detail.value_pct,
    detail.rank,
    detail.rank_out_of,
    detail.peer_count as peer_count_all,
    detail.peers_on_map as peers_on_map_all,
    detail.place_all as rank_all,
    detail.best as best_all,
    detail.best_count as best_count_all,
    detail.best_units_vi as best_units_all_vi,
    detail.best_units_en as best_units_all_en,
    detail.gap_to_best as gap_to_best_all,
    detail.median as median_all,
    detail.gap_to_median as gap_to_median_all,
    region_peers.peer_count as peer_count_region,
    region_peers.peers_on_map as peers_on_map_region,
    region_peers.place as rank_region,
    region_peers.best as best_region,
    region_peers.best_count as best_count_region,
    region_peers.best_units_vi as best_units_region_vi,
    region_peers.best_units_en as best_units_region_en,
    region_peers.gap_to_best as gap_to_best_region,
    region_peers.median as median_region,
    region_peers.gap_to_median as gap_to_median_region,
    type_peers.peer_count as peer_count_same_type,
    type_peers.peers_on_map as peers_on_map_same_type,
    type_peers.place as rank_same_type,
    type_peers.best as best_same_type,
    type_peers.best_count as best_count_same_type,
    type_peers.best_units_vi as best_units_same_type_vi,
    type_peers.best_units_en as best_units_same_type_en,
    type_peers.gap_to_best as gap_to_best_same_type,
    type_peers.median as median_same_type,
    type_peers.gap_to_median as gap_to_median_same_type,
    detail.previous_year,
    detail.change,
    detail.value_pct_change_points,
    detail.is_comparable,
    detail.not_comparable_reason,
    detail.own_criteria_count,
    detail.rank_among_own_criteria,
    detail.verdict,
    detail.verdict_withheld_reason,
    in_vietnamese.evidence_vi,
    in_english.evidence_en,
    body.body_code as responsible_body_code,
    body.body_vi as responsible_body_name_vi,
    body.body_en as responsible_body_name_en,
    body.valid_from as responsible_body_since,
    body.source_url as responsible_body_source_url,
    detail.figure_status,
    detail.has_conflict,
    detail.is_synthetic,
    detail.source_document_id
from {{ ref('int_criterion_detail') }} as detail
inner join {{ ref('int_criterion_sentence_vi') }} as in_vietnamese
    on
        detail.unit_code = in_vietnamese.unit_code
        and detail.indicator_code = in_vietnamese.indicator_code
        and detail.data_year = in_vietnamese.data_year
        and detail.boundary = in_vietnamese.boundary
inner join {{ ref('int_criterion_sentence_en') }} as in_english
    on
        detail.unit_code = in_english.unit_code
        and detail.indicator_code = in_english.indicator_code
        and detail.data_year = in_english.data_year
        and detail.boundary = in_english.boundary
left join {{ ref('int_peer_standing') }} as region_peers
    on
        detail.unit_code = region_peers.unit_code
        and detail.indicator_code = region_peers.indicator_code
        and detail.data_year = region_peers.data_year
        and detail.boundary = region_peers.boundary
        and region_peers.peer_group = 'region'
left join {{ ref('int_peer_standing') }} as type_peers
    on
        detail.unit_code = type_peers.unit_code
        and detail.indicator_code = type_peers.indicator_code
        and detail.data_year = type_peers.data_year
        and detail.boundary = type_peers.boundary
        and type_peers.peer_group = 'same_type'
left join {{ ref('int_responsible_body') }} as body
    on detail.indicator_code = body.indicator_code and detail.unit_type = body.unit_type
order by detail.indicator_code, detail.data_year, detail.unit_code, detail.boundary
