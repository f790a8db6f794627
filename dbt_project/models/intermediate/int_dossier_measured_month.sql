-- What is filed in a month moves the backlog of every later one, and is never closed before it.
with stale as (
    select min(data_month) as first_month
    from {{ ref('stg_dossier_stale_month') }}
)

select
    coverage.unit_on_present_map,
    coverage.data_month,
    coverage.is_synthetic
from {{ ref('stg_dossier_coverage') }} as coverage
inner join stale on coverage.data_month >= stale.first_month
