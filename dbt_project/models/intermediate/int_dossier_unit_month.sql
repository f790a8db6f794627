with measured as (
    select distinct
        unit_on_present_map,
        data_month
    from {{ ref('int_dossier_measured_month') }}
)

select
    succession.unit_code,
    measured.data_month,
    succession.reporting_unit_code,
    succession.unit_on_present_map
from measured
inner join {{ ref('stg_unit_succession') }} as succession
    on
        measured.unit_on_present_map = succession.unit_on_present_map
        and last_day(measured.data_month) between succession.first_day and succession.last_day
