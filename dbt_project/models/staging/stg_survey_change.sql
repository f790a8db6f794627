select
    cast(wave_id as string) as wave_id,
    cast(previous_wave_id as string) as previous_wave_id,
    cast(unit_code as string) as unit_code,
    cast(measure_code as string) as measure_code,
    cast(breakdown as string) as breakdown,
    cast(category as string) as category,
    cast(change_points as double) as change_points,
    cast(change_error_points as double) as change_error_points,
    cast(change_low_points as double) as change_low_points,
    cast(change_high_points as double) as change_high_points,
    cast(p_value as double) as p_value,
    cast(p_value_adjusted as double) as p_value_adjusted
from {{ source('raw', 'survey_change') }}
