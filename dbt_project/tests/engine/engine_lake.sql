{{ config(tags=['engine']) }}

-- The lake's rows are there, with times as they stand in the files; whole models are made where months are forgotten.
select filed_at
from {{ lake_rows('dossiers') }}
where filed_at is null or cast(filed_at as date) < cast('1990-01-01' as date)
