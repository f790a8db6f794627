with judged as (
    select
        pair.*,
        pair.not_comparable_reason is null as is_comparable,
        change.change_points,
        change.change_error_points,
        change.change_low_points,
        change.change_high_points,
        change.p_value,
        change.p_value_adjusted,
        change.p_value_adjusted < 0.05 as is_significant,
        pair.rank_low > pair.previous_rank_high or pair.rank_high < pair.previous_rank_low as is_rank_apart,
        pair.units_ranked = pair.previous_units_ranked
        and pair.rank is not null
        and pair.previous_rank is not null as is_ranked_alike,
        coalesce(named.name_vi, unit.name_vi) as name_vi,
        coalesce(named.name_en, unit.name_en) as name_en
    from {{ ref('int_satisfaction_pair') }} as pair
    left join {{ ref('stg_survey_change') }} as change
        on
            pair.wave_id = change.wave_id
            and pair.unit_code = change.unit_code
            and pair.measure_code = change.measure_code
            and pair.breakdown = change.breakdown
            and pair.category = change.category
            and pair.not_comparable_reason is null
    left join {{ ref('stg_unit') }} as unit on pair.unit_code = unit.unit_code
    left join {{ ref('int_unit_name_year') }} as named
        on pair.unit_code = named.unit_code and pair.data_year = named.data_year
)

select
    wave_id,
    data_year,
    unit_code,
    measure_code,
    measure_kind,
    indicator_code,
    breakdown,
    category,
    previous_wave_id,
    share_pct,
    previous_share_pct,
    change_points,
    change_error_points,
    change_low_points as ci_low,
    change_high_points as ci_high,
    p_value,
    p_value_adjusted,
    is_significant,
    is_comparable,
    not_comparable_reason,
    rank,
    rank_low,
    rank_high,
    previous_rank,
    case when is_comparable and is_ranked_alike then previous_rank - rank end as rank_change,
    case when is_comparable and is_ranked_alike then is_rank_apart end as rank_change_is_distinguishable,
    case
        when not_comparable_reason = 'suppressed'
            then concat(name_vi, ': ô ít người trả lời, không công bố nên không so sánh.')
        when not_comparable_reason = 'previous_missing'
            then concat(name_vi, ': năm ', cast(data_year - 1 as string), ' không có số liệu để so sánh.')
        when not is_comparable
            then coalesce(
                    break_text_vi,
                    concat(name_vi, ': đối tượng khảo sát hoặc bảng hỏi thay đổi, không so sánh được.')
                )
        when is_significant
            then concat(
                    name_vi, ': ', case when change_points > 0 then 'tăng ' else 'giảm ' end,
                    {{ number_text('abs(round(change_points, 1))', ',') }},
                    ' điểm phần trăm, vượt sai số chọn mẫu.'
                )
        else concat(
                name_vi, ': ', case when change_points > 0 then 'cao hơn ' else 'thấp hơn ' end,
                {{ number_text('abs(round(change_points, 1))', ',') }},
                ' điểm phần trăm, không phân biệt được với sai số chọn mẫu.'
            )
    end as sentence_vi,
    case
        when not_comparable_reason = 'suppressed'
            then concat(name_en, ': withheld for few respondents, so not compared.')
        when not_comparable_reason = 'previous_missing'
            then concat(name_en, ': nothing for ', cast(data_year - 1 as string), ' to compare with.')
        when not is_comparable
            then coalesce(
                    break_text_en,
                    concat(name_en, ': the people asked or the questions changed; not comparable.')
                )
        when is_significant
            then concat(
                    name_en, ': ', case when change_points > 0 then 'up ' else 'down ' end,
                    {{ number_text('abs(round(change_points, 1))', '.') }},
                    ' points, beyond sampling error.'
                )
        else concat(
                name_en, ': ', {{ number_text('abs(round(change_points, 1))', '.') }},
                case when change_points > 0 then ' points higher' else ' points lower' end,
                ', not distinguishable from sampling error.'
            )
    end as sentence_en,
    is_synthetic,
    source_document_id
from judged
order by wave_id, measure_code, unit_code, breakdown, category
