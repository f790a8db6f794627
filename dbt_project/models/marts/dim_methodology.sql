select
    version.index_code,
    version.methodology_version,
    concat(definition.name_vi, ' – ', version.methodology_version) as name_vi,
    concat(definition.name_en, ' – ', version.methodology_version) as name_en,
    version.year_from,
    version.year_to,
    version.year_to is null as is_current,
    version.text_vi,
    version.text_en,
    version.legal_basis,
    version.source_url,
    version.note
from {{ ref('stg_methodology_version') }} as version
left join {{ ref('stg_index_definition') }} as definition on version.index_code = definition.index_code
order by version.index_code, version.year_from, version.methodology_version
