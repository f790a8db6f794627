select
    measured.unit_code,
    measured.data_month,
    measured.breakdown,
    measured.procedure_field,
    measured.is_synthetic,
    measured.dossiers,
    measured.returned,
    measured.returned_on_time,
    measured.returned_late,
    measured.returned_not_judged,
    100.0 * cast(measured.returned_on_time as double)
    / nullif(measured.returned_on_time + measured.returned_late, 0) as on_time_rate_pct,
    cast(measured.median_working_minutes as double)
    / measured.minutes_per_working_day as median_working_days,
    cast(measured.p90_working_minutes as double) / measured.minutes_per_working_day as p90_working_days,
    measured.timed,
    measured.backlog,
    measured.online_end_to_end,
    100.0 * cast(measured.online_end_to_end as double)
    / nullif(measured.way_known, 0) as online_end_to_end_pct,
    100.0 * cast(measured.fee_paid_online as double) / nullif(measured.fee_known, 0) as fee_paid_online_pct,
    100.0 * cast(measured.digitised as double) / nullif(measured.digitised_known, 0) as digitised_pct,
    case when not disclosure.is_rating_suppressed then measured.ratings end as ratings,
    case
        when not disclosure.is_rating_suppressed
            then cast(measured.rating_sum as double) / nullif(measured.ratings, 0)
    end as rating_mean,
    disclosure.is_rating_suppressed,
    case
        when not disclosure.is_complaint_suppressed and measured.complaint_known > 0 then measured.complaints
    end as complaints,
    disclosure.is_complaint_suppressed,
    measured.unit_on_present_map
from {{ ref('int_dossier_month') }} as measured
inner join {{ ref('int_dossier_disclosure') }} as disclosure
    on
        measured.unit_code = disclosure.unit_code
        and measured.data_month = disclosure.data_month
        and measured.breakdown = disclosure.breakdown
        and measured.procedure_field = disclosure.procedure_field
        and measured.is_synthetic = disclosure.is_synthetic
order by
    measured.unit_code,
    measured.data_month,
    measured.breakdown,
    measured.procedure_field,
    measured.is_synthetic
