-- Each value beside the one of the year before, with everything that decides whether the two may be
-- compared.
with current_value as (
    select
        *,
        data_year - 1 as previous_year
    from {{ ref('int_indicator_value') }}
),

-- Predecessors of a unit, for the sentence that says which territory it was made of.
predecessor as (
    select
        lineage.successor_code,
        {{ labels('unit.name_vi', 'lineage.predecessor_code') }} as names_vi,
        {{ labels('unit.name_en', 'lineage.predecessor_code') }} as names_en,
        min(lineage.source_url) as source_url
    from {{ ref('stg_unit_lineage') }} as lineage
    inner join {{ ref('stg_unit') }} as unit on lineage.predecessor_code = unit.unit_code
    where lineage.predecessor_code <> lineage.successor_code
    group by lineage.successor_code
),

new_unit as (
    select
        unit.unit_code,
        unit.valid_from,
        predecessor.names_vi,
        predecessor.names_en,
        predecessor.source_url
    from {{ ref('stg_unit') }} as unit
    inner join predecessor on unit.unit_code = predecessor.successor_code
),

paired as (
    select
        now_value.*,
        before.value as previous_value,
        before.value_pct as previous_value_pct,
        before.rank as previous_rank,
        before.rank_out_of as previous_rank_out_of,
        before.geography_version as previous_geography_version,
        before.figure_status as previous_figure_status,
        coalesce(before.has_conflict, false) as previous_has_conflict,
        coalesce(before.is_synthetic, false) as previous_is_synthetic,
        new_unit.names_vi as predecessors_vi,
        new_unit.names_en as predecessors_en,
        new_unit.valid_from as unit_valid_from,
        new_unit.source_url as lineage_source_url,
        boundary_break.text_vi as boundary_text_vi,
        boundary_break.text_en as boundary_text_en,
        boundary_break.legal_basis as boundary_legal_basis,
        boundary_break.source_url as boundary_source_url,
        series_break.reason as break_reason,
        series_break.text_vi as break_text_vi,
        series_break.text_en as break_text_en,
        series_break.legal_basis as break_legal_basis,
        series_break.source_url as break_source_url,
        coalesce(series_break.is_beyond_scale, false) as is_beyond_scale,
        -- The unit came into being since: its predecessors have last year's figures, under other codes.
        coalesce(
            before.value is null and new_unit.valid_from > {{ year_end('now_value.previous_year') }}, false
        ) as is_new_territory,
        boundary_break.reason is not null as is_remapped
    from current_value as now_value
    left join {{ ref('int_indicator_value') }} as before
        on
            now_value.unit_code = before.unit_code
            and now_value.indicator_code = before.indicator_code
            and now_value.boundary = before.boundary
            and now_value.previous_year = before.data_year
    left join new_unit on now_value.unit_code = new_unit.unit_code
    left join {{ ref('int_indicator_break') }} as boundary_break
        on
            now_value.indicator_code = boundary_break.indicator_code
            and now_value.data_year = boundary_break.first_year
            and boundary_break.reason = 'boundary_changed'
            and boundary_break.break_order = 1
            and now_value.unit_type in ('national', 'region')
    left join {{ ref('int_indicator_break') }} as series_break
        on
            now_value.indicator_code = series_break.indicator_code
            and now_value.data_year = series_break.first_year
            and series_break.reason <> 'boundary_changed'
            and series_break.break_order = 1
),

judged as (
    select
        *,
        case
            when is_new_territory or is_remapped then 'boundary_changed'
            when break_reason is not null then break_reason
            when previous_value is null or value is null then 'previous_missing'
        end as not_comparable_reason
    from paired
)

select
    unit_code,
    indicator_code,
    data_year,
    boundary,
    index_code,
    unit_type,
    previous_year,
    value,
    previous_value,
    value_pct,
    previous_value_pct,
    rank,
    previous_rank,
    rank_out_of,
    previous_rank_out_of,
    geography_version,
    previous_geography_version,
    methodology_version,
    source_document_id,
    not_comparable_reason,
    is_beyond_scale,
    not_comparable_reason is null as is_comparable,
    -- The worse of the two years: a change stands on both.
    case
        when figure_status = 'suspect' or previous_figure_status = 'suspect' then 'suspect'
        when figure_status = 'derived' or previous_figure_status = 'derived' then 'derived'
        else 'printed'
    end as value_status,
    has_conflict or previous_has_conflict as has_conflict,
    is_synthetic or previous_is_synthetic as is_synthetic,
    case
        when is_new_territory
            then concat(
                    'Đơn vị có địa giới mới từ ',
                    cast(unit_valid_from as string),
                    ', hình thành từ: ',
                    predecessors_vi,
                    '; năm ', cast(previous_year as string), ' chưa có đơn vị này.'
                )
        when is_remapped then boundary_text_vi
        when break_reason is not null then break_text_vi
        when value is null
            then concat(
                    'Năm ', cast(data_year as string), ' nguồn chỉ công bố thứ hạng, không công bố giá trị.'
                )
        when previous_value is null
            then concat('Không có giá trị năm ', cast(previous_year as string), ' để so sánh.')
    end as reason_text_vi,
    case
        when is_new_territory
            then concat(
                    'The unit has had this territory since ',
                    cast(unit_valid_from as string),
                    ', made from: ',
                    predecessors_en, '; it did not exist in ', cast(previous_year as string), '.'
                )
        when is_remapped then boundary_text_en
        when break_reason is not null then break_text_en
        when value is null
            then concat(
                    'For ', cast(data_year as string), ' the source published only the rank, not the value.'
                )
        when previous_value is null
            then concat('There is no value for ', cast(previous_year as string), ' to compare with.')
    end as reason_text_en,
    case
        when is_new_territory then cast(null as string)
        when is_remapped then boundary_legal_basis
        else break_legal_basis
    end as legal_basis,
    case
        when is_new_territory then lineage_source_url
        when is_remapped then boundary_source_url
        else break_source_url
    end as change_source_url
from judged
