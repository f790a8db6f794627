-- Everything a sentence about a target speaks of.
select
    status.target_code,
    status.unit_code,
    status.indicator_code,
    status.data_year,
    status.boundary,
    status.unit_type,
    status.is_own_target,
    status.measure_unit,
    status.target_value,
    status.target_kind,
    status.is_strict,
    status.set_year,
    status.due_year,
    status.defined_under_year,
    status.measure_fit,
    status.value,
    status.is_met,
    status.gap,
    status.baseline_year,
    status.baseline_value,
    status.pace_needed_per_year,
    status.pace_so_far_per_year,
    status.projected_year,
    status.projection,
    status.status,
    status.cannot_be_said_reason,
    status.definition_changed_in,
    status.definition_change_reason,
    status.definition_change_vi,
    status.definition_change_en,
    status.figure_status,
    status.is_synthetic,
    status.source_document_id,
    target.legal_basis,
    indicator.name_vi as indicator_name_vi,
    indicator.name_en as indicator_name_en,
    link.reason_vi as fit_reason_vi,
    link.reason_en as fit_reason_en,
    -- On the map of its time a unit goes by its name of that year, on the present one by that of today.
    coalesce(named.name_vi, unit.name_vi) as unit_name_vi,
    coalesce(named.name_en, unit.name_en) as unit_name_en
from {{ ref('int_target_status') }} as status
inner join {{ ref('stg_reform_target') }} as target on status.target_code = target.target_code
inner join {{ ref('stg_target_indicator') }} as link
    on status.target_code = link.target_code and status.indicator_code = link.indicator_code
inner join {{ ref('stg_unit') }} as unit on status.unit_code = unit.unit_code
left join {{ ref('int_unit_name_year') }} as named
    on
        status.unit_code = named.unit_code
        and status.data_year = named.data_year
        and status.boundary = 'published'
inner join {{ ref('stg_indicator') }} as indicator on status.indicator_code = indicator.indicator_code
