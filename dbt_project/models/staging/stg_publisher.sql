select
    cast(publisher_domain as string) as publisher_domain,
    cast(name as string) as publisher,
    cast(publisher_class as string) as publisher_class
from {{ source('reference', 'publisher') }}
