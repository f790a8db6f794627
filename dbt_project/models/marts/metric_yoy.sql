-- What the two years allow to be said. Everything that compares is NULL where `is_comparable` is false.
with cause as (
    select
        indicator_code,
        first_year,
        reason,
        text_vi,
        text_en,
        legal_basis,
        source_url
    from {{ ref('int_indicator_break') }}
    where break_order = 1
)

select
    pair.unit_code,
    pair.indicator_code,
    pair.data_year,
    pair.boundary,
    pair.index_code,
    pair.unit_type,
    pair.previous_year,
    pair.value,
    pair.previous_value,
    case when pair.is_comparable then pair.value - pair.previous_value end as change,
    case
        when pair.is_comparable and pair.previous_value <> 0
            then (pair.value - pair.previous_value) / pair.previous_value * 100
    end as change_pct,
    pair.rank,
    pair.previous_rank,
    pair.rank_out_of,
    pair.previous_rank_out_of,
    case
        when
            pair.is_comparable
            and pair.rank_out_of = pair.previous_rank_out_of
            and coalesce(pair.geography_version, '') = coalesce(pair.previous_geography_version, '')
            then pair.previous_rank - pair.rank
    end as rank_change,
    pair.is_comparable,
    pair.not_comparable_reason,
    case
        when pair.is_comparable then cast(null as string)
        when pair.is_new_territory
            then concat(
                    'Đơn vị có địa giới mới từ ', cast(formation.formed_on as string), ', hình thành từ: ',
                    formation.predecessors_vi,
                    '; năm ',
                    cast(pair.previous_year as string),
                    ' chưa có đơn vị này.'
                )
        when cause.reason is not null then cause.text_vi
        when pair.missing_predecessors_vi is not null
            then concat(
                    'Năm ',
                    cast(pair.data_year as string),
                    ' không có giá trị của: ',
                    pair.missing_predecessors_vi,
                    '; không tính bình quân khi thiếu.'
                )
        when pair.value is null
            then concat(
                    'Năm ',
                    cast(pair.data_year as string),
                    ' nguồn chỉ công bố thứ hạng, không công bố giá trị.'
                )
        when pair.previous_missing_predecessors_vi is not null
            then concat(
                    'Năm ', cast(pair.previous_year as string), ' không có giá trị của: ',
                    pair.previous_missing_predecessors_vi, '; không tính bình quân khi thiếu.'
                )
        else concat('Không có giá trị năm ', cast(pair.previous_year as string), ' để so sánh.')
    end as reason_text_vi,
    case
        when pair.is_comparable then cast(null as string)
        when pair.is_new_territory
            then concat(
                    'The unit has had this territory since ',
                    cast(formation.formed_on as string),
                    ', made from: ',
                    formation.predecessors_en,
                    '; it did not exist in ',
                    cast(pair.previous_year as string),
                    '.'
                )
        when cause.reason is not null then cause.text_en
        when pair.missing_predecessors_en is not null
            then concat(
                    'For ',
                    cast(pair.data_year as string),
                    ' there is no value of: ',
                    pair.missing_predecessors_en,
                    '; a mean over the others would not be the unit.'
                )
        when pair.value is null
            then concat(
                    'For ',
                    cast(pair.data_year as string),
                    ' the source published only the rank, not the value.'
                )
        when pair.previous_missing_predecessors_en is not null
            then concat(
                    'For ', cast(pair.previous_year as string), ' there is no value of: ',
                    pair.previous_missing_predecessors_en, '; a mean over the others would not be the unit.'
                )
        else concat('There is no value for ', cast(pair.previous_year as string), ' to compare with.')
    end as reason_text_en,
    case when not pair.is_new_territory then cause.legal_basis end as legal_basis,
    case when pair.is_new_territory then formation.source_url else cause.source_url end as change_source_url,
    pair.value_pct,
    pair.previous_value_pct,
    case
        when pair.is_comparable or (pair.not_comparable_reason = 'scale_changed' and not pair.is_beyond_scale)
            then pair.value_pct - pair.previous_value_pct
    end as value_pct_change_points,
    common.common_basis_value - common.common_basis_previous_value as common_basis_change,
    common.common_basis_value,
    common.common_basis_previous_value,
    common.common_basis_components,
    common.common_basis_left_out,
    common.common_basis_share_pct,
    case when pair.is_comparable then survey.is_significant end as is_significant,
    case when pair.is_comparable then pair.value - pair.previous_value - survey.reach_points end as ci_low,
    case when pair.is_comparable then pair.value - pair.previous_value + survey.reach_points end as ci_high,
    pair.value_status,
    pair.has_conflict,
    pair.is_synthetic,
    pair.weight_basis,
    pair.previous_weight_basis,
    pair.correction_id,
    pair.previous_correction_id,
    pair.methodology_version,
    pair.geography_version,
    pair.source_document_id
from {{ ref('int_year_pair') }} as pair
left join cause
    on
        pair.indicator_code = cause.indicator_code
        and pair.data_year = cause.first_year
        and pair.not_comparable_reason = cause.reason
left join {{ ref('int_common_basis') }} as common
    on
        pair.unit_code = common.unit_code
        and pair.indicator_code = common.indicator_code
        and pair.data_year = common.data_year
        and pair.boundary = common.boundary
left join {{ ref('int_survey_error') }} as survey
    on
        pair.unit_code = survey.unit_code
        and pair.indicator_code = survey.indicator_code
        and pair.data_year = survey.data_year
        and pair.boundary = 'published'
left join {{ ref('int_unit_formation') }} as formation
    on pair.unit_code = formation.unit_code and pair.is_new_territory
order by pair.indicator_code, pair.data_year, pair.unit_code, pair.boundary
