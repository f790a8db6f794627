-- Names and administrative types on 31 December: what a unit was at the end of a data year.
with data_years as (
    select data_year from {{ ref('int_indicator_value') }}
    union distinct
    select data_year from {{ ref('int_satisfaction_pair') }}
)

select
    named.unit_code,
    data_years.data_year,
    named.name_vi,
    named.name_en,
    named.admin_type
from {{ ref('dim_unit_name') }} as named
inner join data_years
    on
        coalesce(named.valid_from, date '1900-01-01') <= {{ year_end('data_years.data_year') }}
        and coalesce(named.valid_to, date '9999-12-31') >= {{ year_end('data_years.data_year') }}
