{{ config(materialized='view') }}
-- The body that leads a field today: the latest row of each field and kind of unit.
with ordered as (
    select
        *,
        row_number() over (
            partition by indicator_code, unit_type
            order by valid_from desc
        ) as body_order
    from {{ ref('stg_responsible_body') }}
)

select
    indicator_code,
    unit_type,
    body_code,
    body_vi,
    body_en,
    valid_from,
    source_url
from ordered
where body_order = 1
