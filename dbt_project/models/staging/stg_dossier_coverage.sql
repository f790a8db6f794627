select
    cast(unit_on_present_map as string) as unit_on_present_map,
    cast(data_month as date) as data_month,
    cast(is_synthetic as boolean) as is_synthetic
from {{ source('raw', 'dossier_coverage') }}
