{{ config(materialized='ephemeral') }}

select
    unit_month.reporting_unit_code as unit_code,
    measured.data_month,
    measured.is_synthetic,
    part.breakdown,
    case when part.breakdown = 'unit' then '' else counted.procedure_field end as procedure_field,
    cast(sum(counted.dossiers) as bigint) as backlog
from {{ ref('int_dossier_count') }} as counted
inner join {{ ref('int_dossier_unit_month') }} as unit_month
    on
        counted.unit_code = unit_month.unit_code
        and counted.filed_month <= unit_month.data_month
        and (counted.closed_month is null or counted.closed_month > unit_month.data_month)
inner join {{ ref('int_dossier_measured_month') }} as measured
    on
        unit_month.unit_on_present_map = measured.unit_on_present_map
        and unit_month.data_month = measured.data_month
        and counted.is_synthetic = measured.is_synthetic
cross join {{ ref('int_dossier_breakdown') }} as part
group by
    unit_month.reporting_unit_code,
    measured.data_month,
    measured.is_synthetic,
    part.breakdown,
    case when part.breakdown = 'unit' then '' else counted.procedure_field end
