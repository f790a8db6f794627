select
    document.source_document_id,
    document.sha256,
    document.source,
    batch.source_key,
    batch.batch_id,
    document.file_name,
    document.media_type,
    document.size_bytes,
    coalesce(batch.title, document.file_name) as name_vi,
    coalesce(batch.title, document.file_name) as name_en,
    coalesce(batch.publisher, data_source.publisher) as publisher,
    data_source.licence,
    batch.dataset,
    batch.layout_id,
    batch.reader,
    batch.data_years,
    batch.sheets_read,
    batch.sheets_skipped,
    batch.published_at,
    document.received_at,
    document.received_from,
    batch.loaded_at,
    batch.figure_count,
    batch.quarantined_count,
    coalesce(data_source.is_synthetic, false) as is_synthetic,
    batch.superseded_by_batch_id is not null as is_superseded,
    newer.source_document_id as superseded_by_document_id
from {{ ref('stg_source_document') }} as document
inner join {{ ref('stg_batch') }} as batch on document.source_document_id = batch.source_document_id
left join {{ ref('stg_batch') }} as newer on batch.superseded_by_batch_id = newer.batch_id
left join {{ ref('stg_data_source') }} as data_source on document.source = data_source.source
order by batch.source_key, document.sha256
