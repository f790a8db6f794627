{{ config(materialized='ephemeral') }}

select
    unit_month.reporting_unit_code as unit_code,
    counted.filed_month as data_month,
    counted.is_synthetic,
    part.breakdown,
    case when part.breakdown = 'unit' then '' else counted.procedure_field end as procedure_field,
    cast(sum(counted.dossiers) as bigint) as dossiers,
    cast(sum(counted.way_known) as bigint) as way_known,
    cast(sum(counted.online_end_to_end) as bigint) as online_end_to_end,
    cast(sum(counted.fee_known) as bigint) as fee_known,
    cast(sum(counted.fee_paid_online) as bigint) as fee_paid_online,
    cast(sum(counted.digitised_known) as bigint) as digitised_known,
    cast(sum(counted.digitised) as bigint) as digitised,
    cast(sum(counted.complaint_known) as bigint) as complaint_known,
    cast(sum(counted.complaints) as bigint) as complaints
from {{ ref('int_dossier_count') }} as counted
inner join {{ ref('int_dossier_unit_month') }} as unit_month
    on counted.unit_code = unit_month.unit_code and counted.filed_month = unit_month.data_month
cross join {{ ref('int_dossier_breakdown') }} as part
group by
    unit_month.reporting_unit_code,
    counted.filed_month,
    counted.is_synthetic,
    part.breakdown,
    case when part.breakdown = 'unit' then '' else counted.procedure_field end
