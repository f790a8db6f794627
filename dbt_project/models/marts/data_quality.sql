with check_of_load as (
    select
        check_result.batch_id,
        check_result.suite,
        check_result.rule_id,
        cast('' as string) as subject,
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
        cast(null as double) as conflict_spread,
        coalesce(batch.superseded_by_batch_id is not null, false) as is_superseded,
        check_result.checked_at
    from {{ ref('stg_check_result') }} as check_result
    left join {{ ref('stg_batch') }} as batch on check_result.batch_id = batch.batch_id
    left join {{ ref('stg_source_document') }} as document
        on batch.source_document_id = document.source_document_id
),

conflict as (
    select
        cast('' as string) as batch_id,
        'sources' as suite,
        'sources_disagree' as rule_id,
        concat(
            conflict.unit_code, ' ', conflict.indicator_code, ' ', cast(conflict.data_year as string)
        ) as subject,
        conflict.source_document_id,
        cast(null as string) as source_key,
        document.file_name,
        'warn' as severity,
        'data_provider' as owner,
        'reconciliation' as category,
        concat(
            coalesce(named.name_vi, unit.name_vi), ', ',
            indicator.name_vi, ' (', conflict.indicator_code, '), năm ',
            cast(conflict.data_year as string), ': các nguồn nêu ', conflict.statements_vi, '; dùng ',
            {{ number_text('conflict.value', ',') }},
            case when conflict.value_basis = 'derived' then ' (tổng các thành phần)' else '' end, '.'
        ) as text_vi,
        concat(
            coalesce(named.name_en, unit.name_en), ', ',
            indicator.name_en, ' (', conflict.indicator_code, '), ',
            cast(conflict.data_year as string), ': sources say ', conflict.statements_en, '; used: ',
            {{ number_text('conflict.value') }},
            case when conflict.value_basis = 'derived' then ' (sum of the components)' else '' end, '.'
        ) as text_en,
        'order of publishers: publisher_class' as rule_source,
        conflict.statement_count as rows_checked,
        conflict.contradicted_count as rows_failed,
        'warned' as outcome,
        conflict.conflict_spread,
        false as is_superseded,
        cast(null as timestamp) as checked_at
    from {{ ref('int_source_conflict') }} as conflict
    inner join {{ ref('stg_unit') }} as unit on conflict.unit_code = unit.unit_code
    left join {{ ref('int_unit_name_year') }} as named
        on conflict.unit_code = named.unit_code and conflict.data_year = named.data_year
    inner join {{ ref('stg_indicator') }} as indicator
        on conflict.indicator_code = indicator.indicator_code
    left join {{ ref('stg_source_document') }} as document
        on conflict.source_document_id = document.source_document_id
),

every_check as (
    select * from check_of_load
    union all
    select * from conflict
)

select
    every_check.*,
    accepted.rule_id is not null as is_accepted,
    accepted.accepted_reason_vi,
    accepted.accepted_reason_en
from every_check
left join {{ ref('stg_accepted_warning') }} as accepted
    on
        every_check.rule_id = accepted.rule_id
        and coalesce(every_check.source_key, '') = accepted.source_key
        and every_check.subject = accepted.subject
        and every_check.outcome = 'warned'
order by every_check.suite, every_check.rule_id, every_check.batch_id, every_check.subject
