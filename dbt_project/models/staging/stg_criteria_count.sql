select
    cast(index_code as string) as index_code,
    cast(methodology_version as string) as methodology_version,
    cast(unit_type as string) as unit_type,
    cast(fields as int) as field_count,
    cast(criteria as int) as criterion_count,
    cast(sub_criteria as int) as sub_criterion_count,
    cast(survey_points as double) as survey_points,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'criteria_count') }}
