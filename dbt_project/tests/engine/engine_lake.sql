{{ config(tags=['engine']) }}

-- The view of the lake is there, and its times are read as they stand in the files.
select filed_at
from {{ lake_rows('dossiers') }}
where filed_at is null or cast(filed_at as date) < cast('1990-01-01' as date)
