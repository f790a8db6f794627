select
    check_result.batch_id,
    check_result.suite,
    check_result.rule_id,
    batch.source_document_id,
    batch.source_key,
    document.file_name,
    check_result.severity,
    check_result.owner,
    check_result.category,
    check_result.text_vi,
    check_result.text_en,
    check_result.rule_source,
    check_result.rows_checked,
    check_result.rows_failed,
    check_result.outcome,
    coalesce(batch.superseded_by_batch_id is not null, false) as is_superseded,
    check_result.checked_at
from {{ ref('stg_check_result') }} as check_result
left join {{ ref('stg_batch') }} as batch on check_result.batch_id = batch.batch_id
left join {{ ref('stg_source_document') }} as document
    on batch.source_document_id = document.source_document_id
order by check_result.suite, check_result.rule_id, check_result.batch_id
