select
    counted.index_code,
    counted.methodology_version,
    counted.unit_type,
    concat(definition.name_vi, ' – ', counted.methodology_version) as name_vi,
    concat(definition.name_en, ' – ', counted.methodology_version) as name_en,
    version.year_from,
    version.year_to,
    counted.field_count,
    counted.criterion_count,
    counted.sub_criterion_count,
    counted.survey_points,
    version.legal_basis,
    counted.source_url,
    counted.note
from {{ ref('stg_criteria_count') }} as counted
left join {{ ref('stg_methodology_version') }} as version
    on
        counted.index_code = version.index_code
        and counted.methodology_version = version.methodology_version
left join {{ ref('stg_index_definition') }} as definition on counted.index_code = definition.index_code
order by counted.index_code, version.year_from, counted.unit_type
