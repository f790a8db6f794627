-- Every value that measures a target, and whether the series still is what the target was set on.
with measured as (
    select
        target.target_code,
        target.set_year,
        target.due_year,
        target.target_value,
        target.target_kind,
        target.is_strict,
        target.measure_unit,
        link.defined_under_year,
        link.measure_fit,
        fact.unit_code,
        fact.indicator_code,
        fact.data_year,
        fact.boundary,
        fact.unit_type,
        fact.figure_status,
        fact.is_synthetic,
        fact.source_document_id,
        case when target.target_kind = 'rank_max' then cast(fact.rank as double) else fact.value end as value
    from {{ ref('stg_reform_target') }} as target
    inner join {{ ref('stg_target_indicator') }} as link on target.target_code = link.target_code
    inner join {{ ref('int_indicator_value') }} as fact on link.indicator_code = fact.indicator_code
),

-- Of several breaks between the method the target was set under and the value's, the first.
definition_break as (
    select
        measured.target_code,
        measured.unit_code,
        measured.indicator_code,
        measured.data_year,
        measured.boundary,
        series_break.first_year,
        series_break.reason,
        series_break.text_vi,
        series_break.text_en,
        row_number() over (
            partition by
                measured.target_code,
                measured.unit_code,
                measured.indicator_code,
                measured.data_year,
                measured.boundary
            order by series_break.first_year
        ) as break_position
    from measured
    inner join {{ ref('int_indicator_break') }} as series_break
        on
            measured.indicator_code = series_break.indicator_code
            and series_break.first_year > least(measured.defined_under_year, measured.data_year)
            and series_break.first_year <= greatest(measured.defined_under_year, measured.data_year)
            and series_break.reason <> 'boundary_changed'
            and series_break.break_order = 1
),

-- Since when the values are one series. The country's and a region's also break where the map changes.
segment as (
    select
        measured.target_code,
        measured.unit_code,
        measured.indicator_code,
        measured.data_year,
        measured.boundary,
        max(series_break.first_year) as comparable_since
    from measured
    inner join {{ ref('int_indicator_break') }} as series_break
        on
            measured.indicator_code = series_break.indicator_code
            and measured.data_year >= series_break.first_year
            and (series_break.reason <> 'boundary_changed' or measured.unit_type in ('national', 'region'))
    group by
        measured.target_code,
        measured.unit_code,
        measured.indicator_code,
        measured.data_year,
        measured.boundary
)

select
    measured.*,
    definition_break.first_year as definition_changed_in,
    definition_break.reason as definition_change_reason,
    definition_break.text_vi as definition_change_vi,
    definition_break.text_en as definition_change_en,
    coalesce(segment.comparable_since, 0) as comparable_since,
    coalesce(
        (measured.target_kind = 'min' and measured.value > measured.target_value)
        or (measured.target_kind <> 'min' and measured.value < measured.target_value)
        or (not measured.is_strict and measured.value = measured.target_value),
        false
    ) as is_reached
from measured
left join definition_break
    on
        measured.target_code = definition_break.target_code
        and measured.unit_code = definition_break.unit_code
        and measured.indicator_code = definition_break.indicator_code
        and measured.data_year = definition_break.data_year
        and measured.boundary = definition_break.boundary
        and definition_break.break_position = 1
left join segment
    on
        measured.target_code = segment.target_code
        and measured.unit_code = segment.unit_code
        and measured.indicator_code = segment.indicator_code
        and measured.data_year = segment.data_year
        and measured.boundary = segment.boundary
