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
    count(*) as dossiers,
    count(case when way_of_filing is not null then 1 end) as way_known,
    count(case when way_of_filing = 'online_full' then 1 end) as online_end_to_end,
    count(case when fee_paid_online is not null then 1 end) as fee_known,
    count(case when fee_paid_online then 1 end) as fee_paid_online,
    count(case when digitised is not null then 1 end) as digitised_known,
    count(case when digitised then 1 end) as digitised,
    count(case when has_complaint is not null then 1 end) as complaint_known,
    count(case when has_complaint then 1 end) as complaints,
    count(case when is_returned then 1 end) as returned,
    count(case when not is_late then 1 end) as returned_on_time,
    count(case when is_late then 1 end) as returned_late,
    count(case when is_returned and is_late is null then 1 end) as returned_not_judged,
    count(rating) as ratings,
    cast(coalesce(sum(rating), 0) as bigint) as rating_sum
from {{ ref('int_dossier_timed') }}
where filed_month in (select stale.data_month from {{ ref('stg_dossier_stale_month') }} as stale)
group by unit_code, procedure_field, is_synthetic, filed_month, closed_month
