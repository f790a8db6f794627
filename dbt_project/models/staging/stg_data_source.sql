select
    cast(source as string) as source,
    cast(name_vi as string) as name_vi,
    cast(name_en as string) as name_en,
    cast(publisher as string) as publisher,
    cast(licence as string) as licence,
    cast(landing_folder as string) as landing_folder,
    cast(is_synthetic as boolean) as is_synthetic,
    cast(source_url as string) as source_url
from {{ source('reference', 'data_source') }}
