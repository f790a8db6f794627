select
    cast(publisher_class as string) as publisher_class,
    cast(precedence as int) as publisher_precedence,
    cast(text_vi as string) as text_vi,
    cast(text_en as string) as text_en
from {{ source('reference', 'publisher_class') }}
