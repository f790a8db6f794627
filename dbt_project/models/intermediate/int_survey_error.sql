-- How sure a change of a survey indicator is, where real answers are loaded; made-up ones say nothing of it.
select
    pair.unit_code,
    pair.indicator_code,
    pair.data_year,
    (change.change_high_points - change.change_low_points) / 2 as reach_points,
    change.p_value_adjusted < 0.05 as is_significant
from {{ ref('int_satisfaction_pair') }} as pair
inner join {{ ref('stg_survey_change') }} as change
    on
        pair.wave_id = change.wave_id
        and pair.unit_code = change.unit_code
        and pair.measure_code = change.measure_code
        and pair.breakdown = change.breakdown
        and pair.category = change.category
where
    not pair.is_synthetic
    and pair.measure_kind = 'indicator'
    and pair.breakdown = 'all'
    and pair.not_comparable_reason is null
    and change.p_value_adjusted is not null
