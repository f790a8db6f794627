{{ config(materialized='view') }}
-- In Vietnamese: what each value means for the target, and where the pace leads. A falling rank is a rise.
with phrase as (
    select
        *,
        concat(
            case
                when target_kind = 'rank_max' then 'hạng '
                when target_kind = 'min' and is_strict then 'trên '
                when target_kind = 'min' then 'ít nhất '
                when is_strict then 'dưới '
                else 'không quá '
            end,
            {{ figure_text('target_value', 'measure_unit', 'vi') }}, {{ level_unit('measure_unit', 'vi') }},
            case when target_kind = 'rank_max' then ' trở lên' else '' end,
            ' vào năm ', cast(due_year as string), ' (', legal_basis,
            case when is_own_target then '' else '; mục tiêu của cả nước, ở đây là mốc tham chiếu' end, ')'
        ) as target_phrase,
        case
            when value is null then ''
            else concat(
                    case when target_kind = 'rank_max' then 'hạng ' else '' end,
                    {{ figure_text('value', 'measure_unit', 'vi') }}, {{ level_unit('measure_unit', 'vi') }}
                )
        end as value_phrase,
        case
            when gap is null then ''
            else concat(
                    {{ figure_text('abs(gap)', 'measure_unit', 'vi') }},
                    {{ difference_unit('measure_unit', 'vi') }}
                )
        end as gap_phrase,
        case
            when pace_needed_per_year is null then ''
            else concat(
                    '; cần ',
                    case
                        when (pace_needed_per_year < 0) <> (target_kind = 'rank_max') then 'giảm '
                        else 'tăng '
                    end,
                    {{ figure_text('abs(pace_needed_per_year)', 'measure_unit', 'vi') }},
                    {{ difference_unit('measure_unit', 'vi') }}, ' mỗi năm'
                )
        end as pace_needed_phrase,
        case
            when pace_so_far_per_year is null then ''
            when pace_so_far_per_year = 0
                then concat('; từ năm ', cast(baseline_year as string), ' bình quân ', 'giữ nguyên')
            else concat(
                    '; từ năm ', cast(baseline_year as string), ' bình quân ',
                    case
                        when (pace_so_far_per_year < 0) <> (target_kind = 'rank_max') then 'giảm '
                        else 'tăng '
                    end,
                    {{ figure_text('abs(pace_so_far_per_year)', 'measure_unit', 'vi') }},
                    {{ difference_unit('measure_unit', 'vi') }}, ' mỗi năm'
                )
        end as pace_so_far_phrase,
        case projection
            when 'reached' then 'mức mục tiêu đã đạt'
            when 'no_pace' then 'chưa đủ năm so sánh được để tính nhịp độ'
            when 'in_a_year' then concat('với nhịp độ này sẽ đạt vào năm ', cast(projected_year as string))
            when 'beyond_horizon'
                then concat(
                        'với nhịp độ này phải hơn ',
                        '{{ var('projection_horizon_years') }}',
                        ' năm nữa mới đạt'
                    )
            when 'never' then 'với nhịp độ này thì không đạt được'
        end as projection_text
    from {{ ref('int_target_detail') }}
),

found as (
    select
        *,
        case
            when cannot_be_said_reason = 'measure_differs'
                then concat(
                        'chưa thể kết luận vì không có chỉ tiêu nào đo đúng nội dung mục tiêu; ',
                        'chỉ tiêu gần nhất, “',
                        indicator_name_vi,
                        '”, ',
                        case when value is null then 'chưa có giá trị' else concat('là ', value_phrase) end,
                        ' (', fit_reason_vi, ')'
                    )
            when cannot_be_said_reason = 'definition_changed'
                then concat(
                        'không thể kết luận vì cách đo đã thay đổi từ năm ',
                        cast(definition_changed_in as string),
                        ': “',
                        case
                            when definition_change_vi like '%.'
                                then substring(definition_change_vi, 1, length(definition_change_vi) - 1)
                            else coalesce(definition_change_vi, '')
                        end, '”'
                    )
            when cannot_be_said_reason = 'value_missing' then 'không thể kết luận vì không có giá trị'
            when
                cannot_be_said_reason = 'figure_suspect'
                then 'không thể kết luận vì chính nguồn nghi ngờ số liệu này'
            when
                is_met and status = 'missed'
                then concat(value_phrase, ', tới mức mục tiêu nhưng khi đến hạn thì chưa đạt')
            when is_met and gap = 0 then concat(value_phrase, ', đã đạt')
            when is_met then concat(value_phrase, ', đã đạt', ', hơn mức mục tiêu ', gap_phrase)
            when status = 'missed' then concat(value_phrase, ', đến hạn mà chưa đạt, còn cách ', gap_phrase)
            else concat(
                    value_phrase,
                    ', còn cách ',
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
    projection_text as projection_text_vi,
    concat(
        'Năm ',
        cast(data_year as string),
        ', ',
        unit_name_vi,
        ' – mục tiêu ',
        target_phrase,
        ': ',
        finding,
        '.'
    ) as evidence_vi
from found
