-- Every fetch of the portal that was read, with the service it was of and whether its figures are made up.
select
    batch.batch_id,
    batch.dataset,
    service.service,
    batch.fetched_at,
    batch.figure_count,
    batch.quarantined_count,
    batch.superseded_by_batch_id is not null as is_superseded,
    document.source_document_id,
    document.source,
    coalesce(data_source.is_synthetic, false) as is_synthetic
from {{ ref('stg_batch') }} as batch
inner join {{ ref('stg_portal_service') }} as service
    on batch.layout_id = concat('portal/', service.service)
inner join {{ ref('stg_source_document') }} as document
    on batch.source_document_id = document.source_document_id
left join {{ ref('stg_data_source') }} as data_source on document.source = data_source.source
