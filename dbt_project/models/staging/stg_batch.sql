select
    cast(batch_id as string) as batch_id,
    cast(source_document_id as string) as source_document_id,
    cast(dataset as string) as dataset,
    cast(source_key as string) as source_key,
    cast(layout_id as string) as layout_id,
    cast(reader as string) as reader,
    cast(published_at as date) as published_at,
    cast(publisher as string) as publisher,
    cast(title as string) as title,
    cast(data_years as string) as data_years,
    cast(sheets_read as string) as sheets_read,
    cast(sheets_skipped as string) as sheets_skipped,
    cast(loaded_at as timestamp) as loaded_at,
    cast(figure_count as bigint) as figure_count,
    cast(quarantined_count as bigint) as quarantined_count,
    cast(superseded_by_batch_id as string) as superseded_by_batch_id
from {{ source('raw', 'batch') }}
