select
    cast(target_code as string) as target_code,
    cast(text_vi as string) as text_vi,
    cast(text_en as string) as text_en,
    cast(legal_basis as string) as legal_basis,
    cast(set_year as int) as set_year,
    cast(target_value as double) as target_value,
    cast(target_kind as string) as target_kind,
    cast(is_strict as boolean) as is_strict,
    cast(measure_unit as string) as measure_unit,
    cast(due_year as int) as due_year,
    cast(field as string) as field,
    cast(not_measured_vi as string) as not_measured_vi,
    cast(not_measured_en as string) as not_measured_en,
    cast(source_url as string) as source_url,
    cast(note as string) as note
from {{ source('reference', 'reform_target') }}
