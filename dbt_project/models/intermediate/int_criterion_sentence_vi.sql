{{ config(materialized='view') }}
-- In Vietnamese: one sentence with the figures of each criterion. Its parts are joined by semicolons.
with phrase as (
    select
        unit_code,
        indicator_code,
        data_year,
        boundary,
        concat(
            'Năm ', cast(data_year as string), ', ', unit_name_vi, ' – “', indicator_name_vi, '”',
            case when indicator_code = index_code then '' else concat(' (', index_label, ')') end, ': '
        ) as subject,
        case
            -- On a map of later years a value is missing where a part of the territory has none.
            when value is null and missing_predecessors_vi is not null
                then concat('không có giá trị vì thiếu số liệu của: ', missing_predecessors_vi)
            when value is null and rank is null then 'không có giá trị'
            when value is null then 'nguồn chỉ công bố thứ hạng, không công bố giá trị'
            else concat(
                    {{ figure_text('value', 'measure_unit', 'vi') }}, {{ level_unit('measure_unit', 'vi') }}
                )
        end as level,
        case
            when value is null or (measure_unit = 'percent' and max_value = 100) then ''
            when max_value is null then ' (chưa rõ điểm tối đa)'
            else concat(
                    ', bằng ', {{ number_text('round(value_pct, 1)', ',') }},
                    '% mức tối đa ', {{ figure_text('max_value', 'measure_unit', 'vi') }}
                )
        end as share,
        case
            when figure_status = 'suspect' then ' (chính nguồn nghi ngờ số liệu này)'
            when value_basis = 'backcast' and value is not null
                then ' (tính từ các tỉnh trước sắp xếp, không phải số công bố)'
            else ''
        end as doubt,
        case
            when place is not null and place_out_of is not null
                then concat(
                        '; xếp thứ ', cast(place as string), '/', cast(place_out_of as string),
                        ' ', {{ unit_noun('unit_type', 'vi') }}
                    )
            when place is not null then concat('; xếp thứ ', cast(place as string), ' theo công bố')
            when value is not null and unit_type <> 'national' and place_all is null
                then concat(
                        '; mới có giá trị của ',
                        cast(peer_count as string),
                        '/',
                        cast(peers_on_map as string),
                        ' ', {{ unit_noun('unit_type', 'vi') }}, ' nên không xếp thứ hạng'
                    )
            else ''
        end as place_named,
        case
            when place is not null and place_region is not null
                then concat(
                        ', thứ ', cast(place_region as string), '/', cast(peer_count_region as string),
                        ' trong vùng ', region_name_vi
                    )
            else ''
        end as place_in_region,
        case
            when gap_to_best is null then ''
            when gap_to_best = 0 and best_count = 1 then '; là mức tốt nhất'
            when gap_to_best = 0
                then concat('; cùng mức tốt nhất với ', cast(best_count - 1 as string), ' đơn vị khác')
            else concat(
                    '; cách mức tốt nhất (',
                    case
                        when best_count > 3 then concat(cast(best_count as string), ' đơn vị')
                        else best_units_vi
                    end,
                    ', ',
                    {{ figure_text('best', 'measure_unit', 'vi') }},
                    {{ level_unit('measure_unit', 'vi') }},
                    ') ', {{ figure_text('abs(gap_to_best)', 'measure_unit', 'vi') }},
                    {{ difference_unit('measure_unit', 'vi') }}
                )
        end as distance_to_best,
        case
            when gap_to_median is null then ''
            when gap_to_median = 0 then '; bằng trung vị'
            else concat(
                    '; ', case when gap_to_median > 0 then 'trên' else 'dưới' end, ' trung vị (',
                    {{ figure_text('median', 'measure_unit', 'vi') }}, {{ level_unit('measure_unit', 'vi') }},
                    ') ', {{ figure_text('abs(gap_to_median)', 'measure_unit', 'vi') }},
                    {{ difference_unit('measure_unit', 'vi') }}
                )
        end as distance_to_median,
        case
            when value is null then ''
            when is_comparable and change = 0
                then concat('; không đổi so với năm ', cast(previous_year as string))
            when is_comparable
                then concat(
                        case when change > 0 then '; tăng ' else '; giảm ' end,
                        {{ figure_text('abs(change)', 'measure_unit', 'vi') }},
                        {{ difference_unit('measure_unit', 'vi') }},
                        ' so với năm ',
                        cast(previous_year as string)
                    )
            when value_pct_change_points is not null
                then concat(
                        '; thang điểm đã thay đổi so với năm ',
                        cast(previous_year as string),
                        ', chỉ so sánh được tỷ lệ so với mức tối đa: ',
                        case when value_pct_change_points >= 0 then 'tăng ' else 'giảm ' end,
                        {{ number_text('round(abs(value_pct_change_points), 1)', ',') }}, ' điểm phần trăm'
                    )
            when not_comparable_reason is not null
                then concat(
                        '; không so sánh được với năm ', cast(previous_year as string), ' vì ',
                        {{ reason_phrase('not_comparable_reason', 'vi') }}
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
    ) as evidence_vi
from phrase
