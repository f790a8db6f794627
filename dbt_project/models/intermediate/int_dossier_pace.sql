{{ config(materialized='ephemeral') }}

with counted as (
    select
        unit_month.reporting_unit_code as unit_code,
        pace.closed_month as data_month,
        pace.is_synthetic,
        part.breakdown,
        case when part.breakdown = 'unit' then '' else pace.procedure_field end as procedure_field,
        pace.working_minutes,
        sum(pace.dossiers) as dossiers
    from {{ ref('int_dossier_pace_count') }} as pace
    inner join {{ ref('int_dossier_unit_month') }} as unit_month
        on pace.unit_code = unit_month.unit_code and pace.closed_month = unit_month.data_month
    cross join {{ ref('int_dossier_breakdown') }} as part
    group by
        unit_month.reporting_unit_code,
        pace.closed_month,
        pace.is_synthetic,
        part.breakdown,
        case when part.breakdown = 'unit' then '' else pace.procedure_field end,
        pace.working_minutes
),

ranked as (
    select
        *,
        sum(dossiers) over (
            partition by unit_code, data_month, is_synthetic, breakdown, procedure_field
            order by working_minutes
            rows between unbounded preceding and current row
        ) as up_to,
        sum(dossiers) over (
            partition by unit_code, data_month, is_synthetic, breakdown, procedure_field
        ) as whole
    from counted
)

-- The nearest rank: the smallest working time that at least half (nine tenths) of the dossiers do not exceed.
select
    unit_code,
    data_month,
    is_synthetic,
    breakdown,
    procedure_field,
    cast(max(whole) as bigint) as timed,
    cast(min(case when up_to * 2 >= whole then working_minutes end) as bigint) as median_working_minutes,
    cast(min(case when up_to * 10 >= whole * 9 then working_minutes end) as bigint) as p90_working_minutes
from ranked
group by unit_code, data_month, is_synthetic, breakdown, procedure_field
