select
    detail.target_code,
    detail.unit_code,
    detail.indicator_code,
    detail.data_year,
    detail.boundary,
    detail.unit_type,
    detail.is_own_target,
    detail.measure_unit,
    detail.target_value,
    detail.target_kind,
    detail.is_strict,
    detail.set_year,
    detail.due_year,
    detail.legal_basis,
    detail.defined_under_year,
    detail.measure_fit,
    detail.value,
    detail.is_met,
    detail.gap,
    detail.baseline_year,
    detail.baseline_value,
    detail.pace_needed_per_year,
    detail.pace_so_far_per_year,
    detail.projected_year,
    in_vietnamese.projection_text_vi,
    in_english.projection_text_en,
    detail.status,
    detail.cannot_be_said_reason,
    detail.definition_changed_in,
    detail.definition_change_reason,
    in_vietnamese.evidence_vi,
    in_english.evidence_en,
    detail.figure_status,
    detail.is_synthetic,
    detail.source_document_id
from {{ ref('int_target_detail') }} as detail
inner join {{ ref('int_target_sentence_vi') }} as in_vietnamese
    on
        detail.target_code = in_vietnamese.target_code
        and detail.unit_code = in_vietnamese.unit_code
        and detail.indicator_code = in_vietnamese.indicator_code
        and detail.data_year = in_vietnamese.data_year
        and detail.boundary = in_vietnamese.boundary
inner join {{ ref('int_target_sentence_en') }} as in_english
    on
        detail.target_code = in_english.target_code
        and detail.unit_code = in_english.unit_code
        and detail.indicator_code = in_english.indicator_code
        and detail.data_year = in_english.data_year
        and detail.boundary = in_english.boundary
order by detail.target_code, detail.indicator_code, detail.data_year, detail.unit_code, detail.boundary
