select
    observation.unit_code,
    observation.indicator_code,
    observation.data_year,
    observation.value,
    observation.rank,
    observation.source_document_id,
    observation.locator,
    observation.batch_id,
    cast(observation.row_id as bigint) as row_id,
    coalesce(choice.is_chosen, false) as is_chosen,
    coalesce(choice.choice_reason, 'superseded') as choice_reason,
    coalesce(choice.is_contradicted, false) as is_contradicted,
    observation.is_superseded,
    observation.geography_version,
    observation.unit_type,
    observation.unit_text,
    observation.indicator_text,
    observation.value_text,
    observation.rank_text,
    observation.rank_locator,
    observation.figure_status,
    observation.publisher_class,
    observation.source,
    observation.source_url,
    observation.published_at,
    observation.is_synthetic,
    observation.correction_id,
    observation.note
from {{ ref('int_observation') }} as observation
left join {{ ref('int_observation_choice') }} as choice
    on observation.batch_id = choice.batch_id and observation.row_id = choice.row_id
order by
    observation.indicator_code,
    observation.data_year,
    observation.unit_code,
    observation.batch_id,
    observation.row_id
