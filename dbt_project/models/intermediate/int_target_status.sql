{{ config(materialized='view') }}
-- What is said about a target for one value, and why nothing can be said where that is so.
with judged as (
    select
        *,
        case
            when withheld_reason is not null then withheld_reason
            when not is_reached and data_year < due_year and baseline_year is null then 'no_pace'
        end as cannot_be_said_reason
    from {{ ref('int_target_pace') }}
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
    gap,
    pace_needed_per_year,
    pace_so_far_per_year,
    projected_year,
    cannot_be_said_reason,
    definition_changed_in,
    definition_change_reason,
    definition_change_vi,
    definition_change_en,
    figure_status,
    is_synthetic,
    source_document_id,
    -- The target is the country's; for a province or ministry it is a yardstick.
    unit_type = 'national' as is_own_target,
    case when withheld_reason is null then is_reached end as is_met,
    case when withheld_reason is null then baseline_year end as baseline_year,
    case when withheld_reason is null then baseline_value end as baseline_value,
    case
        when cannot_be_said_reason is not null then 'cannot_be_said'
        when was_not_reached_when_due or (not is_reached and data_year >= due_year) then 'missed'
        when is_reached then 'met'
        when projected_year <= due_year then 'on_pace'
        else 'behind'
    end as status,
    case
        when withheld_reason is not null then null
        when is_reached then 'reached'
        when baseline_year is null then 'no_pace'
        when projected_year is not null then 'in_a_year'
        when years_ahead is not null then 'beyond_horizon'
        else 'never'
    end as projection
from judged
