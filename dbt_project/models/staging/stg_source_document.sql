select
    cast(source_document_id as string) as source_document_id,
    cast(sha256 as string) as sha256,
    cast(source as string) as source,
    cast(file_name as string) as file_name,
    cast(size_bytes as bigint) as size_bytes,
    cast(media_type as string) as media_type,
    cast(received_at as timestamp) as received_at,
    cast(received_from as string) as received_from
from {{ source('raw', 'source_document') }}
