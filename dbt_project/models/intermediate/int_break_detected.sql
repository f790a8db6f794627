-- Which signals are too strong for chance. Thresholds and their reasons stand in dbt_project.yml; how they
-- were measured in docs/decisions/0008. What a person says of a detection is no part of it.
with strongest_swap as (
    select
        indicator_code,
        other_code,
        data_year,
        swap_evidence,
        row_number() over (
            partition by indicator_code, data_year order by swap_evidence desc, other_code
        ) as swap_order
    from {{ ref('int_break_swap') }}
    where not is_explained
),

-- A move one year and the same move back the next, or the year before: either could be an ordinary year by
-- itself, the two together hardly.
undone as (
    select distinct
        this_year.indicator_code,
        this_year.data_year
    from {{ ref('int_break_signal') }} as this_year
    inner join {{ ref('int_break_signal') }} as beside
        on
            this_year.indicator_code = beside.indicator_code
            and (this_year.data_year = beside.data_year + 1 or this_year.data_year = beside.data_year - 1)
    where
        not beside.is_explained
        and this_year.net_change * beside.net_change < 0
        and least(this_year.move_ratio, beside.move_ratio) >= {{ var('break_undone_ratio') }}
        and this_year.move_ratio + beside.move_ratio >= {{ var('break_undone_ratios_together') }}
        and least(this_year.share_same_way, beside.share_same_way) >= {{ var('break_undone_share') }}
        and greatest(abs(this_year.net_change), abs(beside.net_change))
        <= {{ var('break_undone_likeness') }} * least(abs(this_year.net_change), abs(beside.net_change))
),

-- A sum is judged by its components wherever they are there: int_break_total.
judged_by_components as (
    select distinct
        total.indicator_code,
        component.data_year
    from {{ ref('stg_indicator') }} as total
    inner join {{ ref('int_break_signal') }} as component on total.indicator_code = component.parent_code
    where total.total_rule = 'sum_of_children'
),

weighed as (
    select
        signal.*,
        strongest_swap.other_code,
        strongest_swap.swap_evidence,
        undone.indicator_code is not null as is_undone,
        {% set bound = var('break_joint_bound') -%}
        sqrt(
            power(least(0.6745 * coalesce(signal.move_ratio, 0), {{ bound }}), 2)
            + power(least(greatest(coalesce(signal.order_loss, 0), 0), {{ bound }}), 2)
            + power(least(0.6745 * coalesce(signal.spread_change_ratio, 0), {{ bound }}), 2)
        ) as joint_evidence
    from {{ ref('int_break_signal') }} as signal
    left join strongest_swap
        on
            signal.indicator_code = strongest_swap.indicator_code
            and signal.data_year = strongest_swap.data_year
            and strongest_swap.swap_order = 1
    left join undone
        on signal.indicator_code = undone.indicator_code and signal.data_year = undone.data_year
    left join judged_by_components
        on
            signal.indicator_code = judged_by_components.indicator_code
            and signal.data_year = judged_by_components.data_year
    where not signal.is_explained and judged_by_components.indicator_code is null
),

named as (
    select
        *,
        case
            when swap_evidence >= {{ var('break_swap_evidence') }} then 'swapped'
            when
                move_ratio >= {{ var('break_move_ratio') }}
                and share_same_way >= {{ var('break_move_share') }}
                then 'common_move'
            when
                move_ratio >= {{ var('break_move_ratio_of_nearly_all') }}
                and share_same_way >= {{ var('break_move_share_of_nearly_all') }}
                then 'common_move'
            when is_undone then 'undone'
            when joint_evidence >= {{ var('break_joint_evidence') }} then 'redefined'
        end as criterion
    from weighed
)

select
    indicator_code,
    data_year,
    index_code,
    criterion,
    case when criterion = 'swapped' then other_code end as other_code,
    is_rescaled,
    provinces_compared,
    other_years,
    median_before,
    median_after,
    median_change,
    sibling_change,
    usual_change,
    move_ratio,
    share_same_way,
    order_correlation,
    {{ unfisher('usual_order_strength') }} as usual_order_correlation,
    spread_ratio,
    joint_evidence,
    swap_evidence,
    concat(
        {% set figures_vi -%}
        'trung vị từ ', {{ fixed_text('median_before', 2, ',') }}, ' (', cast(data_year - 1 as string),
        case when is_rescaled then ', tính theo thang điểm mới' else '' end, ') sang ',
        {{ fixed_text('median_after', 2, ',') }}, ' (', cast(data_year as string), '); thay đổi trung vị ',
        {{ signed_text('median_change', 3, ',') }}, ', ', {{ fixed_text('share_same_way * 100', 0) }},
        ' % trong ', cast(provinces_compared as string), ' tỉnh cùng chiều, thường năm là ',
        {{ fixed_text('usual_change', 3, ',') }}
        {%- endset -%}
        case criterion
            when 'swapped' then concat('Giống như đã đổi chỗ cho ', other_code, ': ')
            when 'common_move' then 'Gần như mọi tỉnh cùng đổi một hướng: '
            when 'undone' then 'Đổi một năm rồi trở lại như cũ: '
            else 'Giống như đo một đại lượng khác: '
        end,
        {{ figures_vi }},
        case
            when criterion in ('swapped', 'redefined')
                then concat(
                        '; tương quan thứ hạng ', {{ fixed_text('order_correlation', 2, ',') }},
                        ', thường năm là ', {{ fixed_text(unfisher('usual_order_strength'), 2, ',') }},
                        '; độ phân tán gấp ', {{ fixed_text('spread_ratio', 2, ',') }}, ' lần năm trước'
                    )
            else ''
        end, '.'
    ) as text_vi,
    concat(
        {% set figures_en -%}
        'median from ', {{ fixed_text('median_before', 2) }}, ' (', cast(data_year - 1 as string),
        case when is_rescaled then ', on the new scale' else '' end, ') to ',
        {{ fixed_text('median_after', 2) }}, ' (', cast(data_year as string), '); median change ',
        {{ signed_text('median_change', 3) }}, ', ', {{ fixed_text('share_same_way * 100', 0) }},
        ' % of ', cast(provinces_compared as string), ' provinces the same way, usual change ',
        {{ fixed_text('usual_change', 3) }}
        {%- endset -%}
        case criterion
            when 'swapped' then concat('Looks exchanged with ', other_code, ': ')
            when 'common_move' then 'Nearly all provinces move one way: '
            when 'undone' then 'Moves one year and comes back: '
            else 'Looks like another quantity: '
        end,
        {{ figures_en }},
        case
            when criterion in ('swapped', 'redefined')
                then concat(
                        '; rank correlation ', {{ fixed_text('order_correlation', 2) }},
                        ', usually ', {{ fixed_text(unfisher('usual_order_strength'), 2) }},
                        '; spread ', {{ fixed_text('spread_ratio', 2) }}, ' times that of the year before'
                    )
            else ''
        end, '.'
    ) as text_en
from named
where criterion is not null
