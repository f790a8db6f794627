{{ config(materialized='ephemeral') }}

select
    unit_month.reporting_unit_code as unit_code,
    counted.closed_month as data_month,
    counted.is_synthetic,
    part.breakdown,
    case when part.breakdown = 'unit' then '' else counted.procedure_field end as procedure_field,
    cast(sum(counted.returned) as bigint) as returned,
    cast(sum(counted.returned_on_time) as bigint) as returned_on_time,
    cast(sum(counted.returned_late) as bigint) as returned_late,
    cast(sum(counted.returned_not_judged) as bigint) as returned_not_judged,
    cast(sum(counted.ratings) as bigint) as ratings,
    cast(sum(counted.rating_sum) as bigint) as rating_sum
from {{ ref('int_dossier_count') }} as counted
inner join {{ ref('int_dossier_unit_month') }} as unit_month
    on counted.unit_code = unit_month.unit_code and counted.closed_month = unit_month.data_month
cross join {{ ref('int_dossier_breakdown') }} as part
group by
    unit_month.reporting_unit_code,
    counted.closed_month,
    counted.is_synthetic,
    part.breakdown,
    case when part.breakdown = 'unit' then '' else counted.procedure_field end
