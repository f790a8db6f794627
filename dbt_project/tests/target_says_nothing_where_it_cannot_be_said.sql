-- Where the measure or its definition is not that of the target, no comparison is printed anywhere.
select
    target_code,
    unit_code,
    indicator_code,
    data_year
from {{ ref('metric_target_progress') }}
where
    (cannot_be_said_reason is not null) <> (status = 'cannot_be_said')
    or (
        cannot_be_said_reason <> 'no_pace'
        and (
            is_met is not null
            or gap is not null
            or pace_needed_per_year is not null
            or pace_so_far_per_year is not null
            or projected_year is not null
        )
    )
