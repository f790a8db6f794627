{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{{ forget_months_since_stale('data_month') }}"
) }}

-- Only months of which an export came: of others the lake knows no more than what was still open.
-- depends_on: {{ ref('stg_dossier_stale_month') }}
with place as (
    select
        unit_code,
        data_month,
        is_synthetic,
        breakdown,
        procedure_field
    from {{ ref('int_dossier_filed') }}
    union distinct
    select
        unit_code,
        data_month,
        is_synthetic,
        breakdown,
        procedure_field
    from {{ ref('int_dossier_closed') }}
    union distinct
    select
        unit_code,
        data_month,
        is_synthetic,
        breakdown,
        procedure_field
    from {{ ref('int_dossier_backlog') }}
),

working_day as (
    select max(minutes) as minutes
    from {{ ref('stg_working_day') }}
)

select
    place.unit_code,
    measured.unit_on_present_map,
    place.data_month,
    place.breakdown,
    place.procedure_field,
    place.is_synthetic,
    coalesce(filed.dossiers, 0) as dossiers,
    coalesce(closed.returned, 0) as returned,
    coalesce(closed.returned_on_time, 0) as returned_on_time,
    coalesce(closed.returned_late, 0) as returned_late,
    coalesce(closed.returned_not_judged, 0) as returned_not_judged,
    coalesce(pace.timed, 0) as timed,
    pace.median_working_minutes,
    pace.p90_working_minutes,
    cast(working_day.minutes as int) as minutes_per_working_day,
    coalesce(backlog.backlog, 0) as backlog,
    coalesce(filed.way_known, 0) as way_known,
    coalesce(filed.online_end_to_end, 0) as online_end_to_end,
    coalesce(filed.fee_known, 0) as fee_known,
    coalesce(filed.fee_paid_online, 0) as fee_paid_online,
    coalesce(filed.digitised_known, 0) as digitised_known,
    coalesce(filed.digitised, 0) as digitised,
    coalesce(filed.complaint_known, 0) as complaint_known,
    coalesce(filed.complaints, 0) as complaints,
    coalesce(closed.ratings, 0) as ratings,
    coalesce(closed.rating_sum, 0) as rating_sum
from place
inner join {{ ref('int_dossier_unit_month') }} as reporting
    on
        place.unit_code = reporting.unit_code
        and place.data_month = reporting.data_month
inner join {{ ref('int_dossier_measured_month') }} as measured
    on
        reporting.unit_on_present_map = measured.unit_on_present_map
        and place.data_month = measured.data_month
        and place.is_synthetic = measured.is_synthetic
cross join working_day
left join {{ ref('int_dossier_filed') }} as filed
    on
        place.unit_code = filed.unit_code
        and place.data_month = filed.data_month
        and place.is_synthetic = filed.is_synthetic
        and place.breakdown = filed.breakdown
        and place.procedure_field = filed.procedure_field
left join {{ ref('int_dossier_closed') }} as closed
    on
        place.unit_code = closed.unit_code
        and place.data_month = closed.data_month
        and place.is_synthetic = closed.is_synthetic
        and place.breakdown = closed.breakdown
        and place.procedure_field = closed.procedure_field
left join {{ ref('int_dossier_pace') }} as pace
    on
        place.unit_code = pace.unit_code
        and place.data_month = pace.data_month
        and place.is_synthetic = pace.is_synthetic
        and place.breakdown = pace.breakdown
        and place.procedure_field = pace.procedure_field
left join {{ ref('int_dossier_backlog') }} as backlog
    on
        place.unit_code = backlog.unit_code
        and place.data_month = backlog.data_month
        and place.is_synthetic = backlog.is_synthetic
        and place.breakdown = backlog.breakdown
        and place.procedure_field = backlog.procedure_field
