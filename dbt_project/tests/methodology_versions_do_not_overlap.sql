-- A year of an index has one method in force; two would make `methodology_version` a matter of luck.
select
    earlier.index_code,
    earlier.methodology_version,
    later.methodology_version as overlapping_version
from {{ ref('stg_methodology_version') }} as earlier
inner join {{ ref('stg_methodology_version') }} as later
    on
        earlier.index_code = later.index_code
        and earlier.methodology_version <> later.methodology_version
        and earlier.year_from <= later.year_from
        and coalesce(earlier.year_to, 9999) >= later.year_from
