-- A correction is applied to a reading of a document; the valid document is the one that counts.
with applied as (
    select
        applied.correction_id,
        applied.locator,
        applied.unit_code,
        applied.indicator_code,
        applied.data_year,
        applied.old_text,
        applied.new_text,
        applied.batch_id,
        applied.row_id,
        batch.source_key,
        batch.source_document_id,
        document.file_name
    from {{ ref('stg_correction_applied') }} as applied
    inner join {{ ref('stg_batch') }} as batch on applied.batch_id = batch.batch_id
    inner join {{ ref('stg_source_document') }} as document
        on batch.source_document_id = document.source_document_id
    where batch.superseded_by_batch_id is null
)

select
    correction.correction_id,
    correction.source_key,
    correction.locator,
    correction.indicator_code,
    correction.source,
    correction.correction_status,
    correction.correction_action,
    correction.corrected_field,
    correction.unit_text,
    applied.unit_code,
    applied.data_year,
    correction.expected_old_value,
    coalesce(applied.new_text, correction.new_value) as new_value,
    correction.factor,
    correction.reason_vi,
    correction.reason_en,
    correction.source_url,
    correction.decided_by,
    correction.decided_on,
    applied.correction_id is not null as is_applied,
    applied.batch_id,
    applied.row_id,
    applied.source_document_id,
    applied.file_name
from {{ ref('stg_correction') }} as correction
left join applied
    on
        correction.correction_id = applied.correction_id
        and correction.source_key = applied.source_key
        and correction.locator = applied.locator
        and correction.indicator_code = applied.indicator_code
order by correction.correction_id, correction.source_key, correction.locator, correction.indicator_code
