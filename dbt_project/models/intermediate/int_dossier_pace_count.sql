{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{{ forget_stale_months('filed_month') }}"
) }}

select
    unit_code,
    procedure_field,
    is_synthetic,
    filed_month,
    closed_month,
    working_minutes,
    count(*) as dossiers
from {{ ref('int_dossier_timed') }}
where
    working_minutes is not null
    and filed_month in (select stale.data_month from {{ ref('stg_dossier_stale_month') }} as stale)
group by unit_code, procedure_field, is_synthetic, filed_month, closed_month, working_minutes
