{{ config(materialized='view') }}
-- In English: what each value means for the target, and where the pace leads. A falling rank is a rise.
with phrase as (
    select
        *,
        concat(
            case
                when target_kind = 'rank_max' then 'place '
                when target_kind = 'min' and is_strict then 'above '
                when target_kind = 'min' then 'at least '
                when is_strict then 'below '
                else 'at most '
            end,
            {{ figure_text('target_value', 'measure_unit', 'en') }}, {{ level_unit('measure_unit', 'en') }},
            case when target_kind = 'rank_max' then ' or better' else '' end,
            ' by ', cast(due_year as string), ' (', legal_basis,
            case when is_own_target then '' else '; a target for the country, here a yardstick' end, ')'
        ) as target_phrase,
        case
            when value is null then ''
            else concat(
                    case when target_kind = 'rank_max' then 'place ' else '' end,
                    {{ figure_text('value', 'measure_unit', 'en') }}, {{ level_unit('measure_unit', 'en') }}
                )
        end as value_phrase,
        case
            when gap is null then ''
            else concat(
                    {{ figure_text('abs(gap)', 'measure_unit', 'en') }},
                    {{ difference_unit('measure_unit', 'en') }}
                )
        end as gap_phrase,
        case
            when pace_needed_per_year is null then ''
            else concat(
                    '; needed: ',
                    case
                        when (pace_needed_per_year < 0) <> (target_kind = 'rank_max') then 'down '
                        else 'up '
                    end,
                    {{ figure_text('abs(pace_needed_per_year)', 'measure_unit', 'en') }},
                    {{ difference_unit('measure_unit', 'en') }}, ' a year'
                )
        end as pace_needed_phrase,
        case
            when pace_so_far_per_year is null then ''
            when pace_so_far_per_year = 0
                then concat('; since ', cast(baseline_year as string), ' on average ', 'unchanged')
            else concat(
                    '; since ', cast(baseline_year as string), ' on average ',
                    case
                        when (pace_so_far_per_year < 0) <> (target_kind = 'rank_max') then 'down '
                        else 'up '
                    end,
                    {{ figure_text('abs(pace_so_far_per_year)', 'measure_unit', 'en') }},
                    {{ difference_unit('measure_unit', 'en') }}, ' a year'
                )
        end as pace_so_far_phrase,
        case projection
            when 'reached' then 'the level is reached'
            when 'no_pace' then 'too few comparable years for a pace'
            when 'in_a_year' then concat('at this pace it will be met in ', cast(projected_year as string))
            when 'beyond_horizon'
                then concat(
                        'at this pace it would take more than ',
                        '{{ var('projection_horizon_years') }}',
                        ' years'
                    )
            when 'never' then 'at this pace it will never be met'
        end as projection_text
    from {{ ref('int_target_detail') }}
),

found as (
    select
        *,
        case
            when cannot_be_said_reason = 'measure_differs'
                then concat(
                        'cannot be said, because nothing measures just this; the nearest, "',
                        indicator_name_en,
                        '", ',
                        case when value is null then 'has no value' else concat('is ', value_phrase) end,
                        ' (', fit_reason_en, ')'
                    )
            when cannot_be_said_reason = 'definition_changed'
                then concat(
                        'cannot be said, because what is measured changed in ',
                        cast(definition_changed_in as string),
                        ': "',
                        case
                            when definition_change_en like '%.'
                                then substring(definition_change_en, 1, length(definition_change_en) - 1)
                            else coalesce(definition_change_en, '')
                        end, '"'
                    )
            when cannot_be_said_reason = 'value_missing' then 'cannot be said, because there is no value'
            when
                cannot_be_said_reason = 'figure_suspect'
                then 'cannot be said, because its own source doubts the figure'
            when
                is_met and status = 'missed'
                then concat(value_phrase, ', at the level now, but not when it was due')
            when is_met and gap = 0 then concat(value_phrase, ', met')
            when is_met then concat(value_phrase, ', met', ', better by ', gap_phrase)
            when status = 'missed' then concat(value_phrase, ', missed by ', gap_phrase)
            else concat(
                    value_phrase,
                    ', short by ',
                    gap_phrase,
                    pace_needed_phrase,
                    pace_so_far_phrase,
                    '; ',
                    projection_text
                )
        end as finding
    from phrase
)

select
    target_code,
    unit_code,
    indicator_code,
    data_year,
    boundary,
    projection_text as projection_text_en,
    concat(
        'In ', cast(data_year as string), ', ', unit_name_en, ' – target ', target_phrase, ': ', finding, '.'
    ) as evidence_en
from found
