select cast(data_month as date) as data_month
from {{ source('raw', 'dossier_stale_month') }}
