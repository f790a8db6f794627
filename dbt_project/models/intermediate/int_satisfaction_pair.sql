-- Every cell of a wave beside the same cell of the year before, with what forbids to compare them.
with cells as (
    select * from {{ ref('stg_survey_estimate') }}
),

breaks as (
    select
        indicator_code,
        first_year,
        reason,
        text_vi,
        text_en
    from {{ ref('int_indicator_break') }}
    where break_order = 1
),

-- A code book that took another's place asks other people or in other words, whatever the codes are called.
waves as (
    select distinct
        wave_id,
        data_year,
        code_book,
        is_synthetic
    from cells
)

select
    cells.wave_id,
    cells.data_year,
    cells.unit_code,
    cells.measure_code,
    cells.measure_kind,
    cells.indicator_code,
    cells.breakdown,
    cells.category,
    cells.share_pct,
    cells.rank,
    cells.rank_low,
    cells.rank_high,
    cells.units_ranked,
    cells.is_synthetic,
    cells.source_document_id,
    earlier.wave_id as previous_wave_id,
    previous.share_pct as previous_share_pct,
    previous.rank as previous_rank,
    previous.rank_low as previous_rank_low,
    previous.rank_high as previous_rank_high,
    previous.units_ranked as previous_units_ranked,
    breaks.text_vi as break_text_vi,
    breaks.text_en as break_text_en,
    case
        when breaks.reason is not null then breaks.reason
        when earlier.wave_id is null then 'previous_missing'
        when earlier.code_book <> cells.code_book then 'population_changed'
        when cells.withheld_reason is not null or previous.withheld_reason is not null then 'suppressed'
        when previous.unit_code is null then 'previous_missing'
    end as not_comparable_reason
from cells
left join waves as earlier
    on cells.data_year = earlier.data_year + 1 and cells.is_synthetic = earlier.is_synthetic
left join cells as previous
    on
        earlier.wave_id = previous.wave_id
        and cells.unit_code = previous.unit_code
        and cells.measure_code = previous.measure_code
        and cells.breakdown = previous.breakdown
        and cells.category = previous.category
left join breaks
    on cells.indicator_code = breaks.indicator_code and cells.data_year = breaks.first_year
