{{ config(materialized='view') }}
-- In English: one sentence with the figures of each criterion. Its parts are joined by semicolons.
with phrase as (
    select
        unit_code,
        indicator_code,
        data_year,
        boundary,
        concat(
            'In ', cast(data_year as string), ', ', unit_name_en, ' – "', indicator_name_en, '"',
            case when indicator_code = index_code then '' else concat(' (', index_label, ')') end, ': '
        ) as subject,
        case
            -- On a map of later years a value is missing where a part of the territory has none.
            when value is null and missing_predecessors_en is not null
                then concat('no value, because there is none of: ', missing_predecessors_en)
            when value is null and rank is null then 'no value'
            when value is null then 'the source published only the place, not the value'
            else concat(
                    {{ figure_text('value', 'measure_unit', 'en') }}, {{ level_unit('measure_unit', 'en') }}
                )
        end as level,
        case
            when value is null or (measure_unit = 'percent' and max_value = 100) then ''
            when max_value is null then ' (maximum unknown)'
            else concat(
                    ', ', {{ number_text('round(value_pct, 1)', '.') }},
                    '% of the maximum of ', {{ figure_text('max_value', 'measure_unit', 'en') }}
                )
        end as share,
        case
            when figure_status = 'suspect' then ' (its own source doubts this figure)'
            when value_basis = 'backcast' and value is not null
                then ' (worked out from the provinces it was formed from, not published)'
            else ''
        end as doubt,
        case
            when place is not null and place_out_of is not null
                then concat(
                        '; place ', cast(place as string), ' of ', cast(place_out_of as string),
                        ' ', {{ unit_noun('unit_type', 'en') }}
                    )
            when place is not null then concat('; place ', cast(place as string), ' as published')
            when value is not null and unit_type <> 'national' and place_all is null
                then concat(
                        '; values are known for only ',
                        cast(peer_count as string),
                        ' of ',
                        cast(peers_on_map as string),
                        ' ', {{ unit_noun('unit_type', 'en') }}, ', so it is not ranked'
                    )
            else ''
        end as place_named,
        case
            when place is not null and place_region is not null
                then concat(
                        ', ', cast(place_region as string), ' of ', cast(peer_count_region as string),
                        ' in ', region_name_en
                    )
            else ''
        end as place_in_region,
        case
            when gap_to_best is null then ''
            when gap_to_best = 0 and best_count = 1 then '; the best of all'
            when gap_to_best = 0
                then concat('; the best, shared by ', cast(best_count as string), ' units')
            else concat(
                    '; short of the best (',
                    case
                        when best_count > 3 then concat(cast(best_count as string), ' units')
                        else best_units_en
                    end,
                    ', ',
                    {{ figure_text('best', 'measure_unit', 'en') }},
                    {{ level_unit('measure_unit', 'en') }},
                    ') by ', {{ figure_text('abs(gap_to_best)', 'measure_unit', 'en') }},
                    {{ difference_unit('measure_unit', 'en') }}
                )
        end as distance_to_best,
        case
            when gap_to_median is null then ''
            when gap_to_median = 0 then '; at the median'
            else concat(
                    '; ', case when gap_to_median > 0 then 'above' else 'below' end, ' the median (',
                    {{ figure_text('median', 'measure_unit', 'en') }}, {{ level_unit('measure_unit', 'en') }},
                    ') by ', {{ figure_text('abs(gap_to_median)', 'measure_unit', 'en') }},
                    {{ difference_unit('measure_unit', 'en') }}
                )
        end as distance_to_median,
        case
            when value is null then ''
            when is_comparable and change = 0
                then concat('; unchanged from ', cast(previous_year as string))
            when is_comparable
                then concat(
                        case when change > 0 then '; up ' else '; down ' end,
                        {{ figure_text('abs(change)', 'measure_unit', 'en') }},
                        {{ difference_unit('measure_unit', 'en') }}, ' from ', cast(previous_year as string)
                    )
            when value_pct_change_points is not null
                then concat(
                        '; the scale changed after ',
                        cast(previous_year as string),
                        ', only the share of the maximum compares: ',
                        case when value_pct_change_points >= 0 then 'up ' else 'down ' end,
                        {{ number_text('round(abs(value_pct_change_points), 1)', '.') }}, ' percentage points'
                    )
            when not_comparable_reason is not null
                then concat(
                        '; not comparable with ', cast(previous_year as string), ' because ',
                        {{ reason_phrase('not_comparable_reason', 'en') }}
                    )
            else ''
        end as movement
    from {{ ref('int_criterion_detail') }}
)

select
    unit_code,
    indicator_code,
    data_year,
    boundary,
    concat(
        subject,
        level,
        share,
        doubt, place_named, place_in_region,
        distance_to_best,
        distance_to_median,
        movement,
        '.'
    ) as evidence_en
from phrase
