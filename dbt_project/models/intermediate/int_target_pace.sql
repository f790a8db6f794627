-- How fast a value has moved over the years that may be compared, and where that leads.
with target_value as (
    select * from {{ ref('int_target_value') }}
),

earlier as (
    select
        now_value.target_code,
        now_value.unit_code,
        now_value.indicator_code,
        now_value.data_year,
        now_value.boundary,
        before.data_year as baseline_year,
        before.value as baseline_value,
        row_number() over (
            partition by
                now_value.target_code,
                now_value.unit_code,
                now_value.indicator_code,
                now_value.data_year,
                now_value.boundary
            order by before.data_year
        ) as baseline_position
    from target_value as now_value
    inner join target_value as before
        on
            now_value.target_code = before.target_code
            and now_value.unit_code = before.unit_code
            and now_value.indicator_code = before.indicator_code
            and now_value.boundary = before.boundary
            and now_value.data_year > before.data_year
            and now_value.comparable_since <= before.data_year
    where before.value is not null and before.figure_status <> 'suspect'
),

-- The value of the year the target fell due, and the last year with a value before the target was set.
milestone as (
    select
        target_code,
        unit_code,
        indicator_code,
        boundary,
        max(case when data_year = due_year and value is not null and not is_reached then 1 else 0 end)
        = 1 as is_not_reached_when_due,
        max(case when data_year < set_year and value is not null then data_year end) as start_year
    from target_value
    group by target_code, unit_code, indicator_code, boundary
),

gathered as (
    select
        target_value.*,
        earlier.baseline_year,
        earlier.baseline_value,
        milestone.is_not_reached_when_due and target_value.data_year > target_value.due_year
            as was_not_reached_when_due,
        case
            when target_value.measure_fit <> 'same' then 'measure_differs'
            when target_value.definition_changed_in is not null then 'definition_changed'
            when target_value.value is null then 'value_missing'
            when target_value.figure_status = 'suspect' then 'figure_suspect'
        end as withheld_reason
    from target_value
    inner join milestone
        on
            target_value.target_code = milestone.target_code
            and target_value.unit_code = milestone.unit_code
            and target_value.indicator_code = milestone.indicator_code
            and target_value.boundary = milestone.boundary
    left join earlier
        on
            target_value.target_code = earlier.target_code
            and target_value.unit_code = earlier.unit_code
            and target_value.indicator_code = earlier.indicator_code
            and target_value.data_year = earlier.data_year
            and target_value.boundary = earlier.boundary
            and earlier.baseline_position = 1
    -- A target that was not set yet is compared only with where things stood when it was set.
    where
        target_value.data_year >= target_value.set_year
        or target_value.data_year = milestone.start_year
),

paced as (
    select
        *,
        case when withheld_reason is null then value - target_value end as gap,
        case
            when withheld_reason is null and not is_reached and data_year < due_year
                then (target_value - value) / (due_year - data_year)
        end as pace_needed_per_year,
        case
            when withheld_reason is null and baseline_year is not null
                then (value - baseline_value) / (data_year - baseline_year)
        end as pace_so_far_per_year
    from gathered
),

-- Rounded first: 2.0000000001 years are two. Where the level itself is not enough it takes the year after.
ahead as (
    select
        *,
        case
            when not is_reached and pace_so_far_per_year * (target_value - value) > 0
                then round((target_value - value) / pace_so_far_per_year, 6)
            when not is_reached and pace_so_far_per_year <> 0 and gap = 0 and is_strict
                and (pace_so_far_per_year > 0) = (target_kind = 'min')
                then 0
        end as years_ahead
    from paced
)

select
    target_code,
    unit_code,
    indicator_code,
    data_year,
    boundary,
    unit_type,
    measure_unit,
    set_year,
    due_year,
    target_value,
    target_kind,
    is_strict,
    measure_fit,
    defined_under_year,
    value,
    is_reached,
    was_not_reached_when_due,
    withheld_reason,
    definition_changed_in,
    definition_change_reason,
    definition_change_vi,
    definition_change_en,
    figure_status,
    is_synthetic,
    source_document_id,
    baseline_year,
    baseline_value,
    gap,
    pace_needed_per_year,
    pace_so_far_per_year,
    years_ahead,
    case
        when years_ahead <= {{ var('projection_horizon_years') }} and is_strict
            then data_year + cast(floor(years_ahead) as int) + 1
        when years_ahead <= {{ var('projection_horizon_years') }}
            then data_year + cast(ceil(years_ahead) as int)
    end as projected_year
from ahead
