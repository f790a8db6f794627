{{ config(materialized='ephemeral') }}

select
    cast(unit_code as string) as unit_code,
    cast(field as string) as procedure_field,
    cast(filed_at as timestamp) as filed_at,
    cast(due_at as timestamp) as due_at,
    cast(returned_at as timestamp) as returned_at,
    cast(way_of_filing as string) as way_of_filing,
    cast(fee_paid_online as boolean) as fee_paid_online,
    cast(digitised as boolean) as digitised,
    cast(result as string) as result,
    cast(rating as int) as rating,
    cast(has_complaint as boolean) as has_complaint,
    cast(export_month as date) as export_month,
    cast(is_synthetic as boolean) as is_synthetic
from {{ lake_rows('dossiers') }}
