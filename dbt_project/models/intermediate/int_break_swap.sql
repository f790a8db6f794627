-- Whether two indicators of one parent look exchanged: each now resembles what the other was the year before
-- more than what it was itself, in level, spread and order of the provinces taken together.
with cross_order as (
    select
        now_side.indicator_code,
        before_side.indicator_code as other_code,
        now_side.data_year,
        {{ place_correlation('now_side.place', 'before_side.previous_place') }} as order_correlation
    from {{ ref('int_break_panel') }} as now_side
    inner join {{ ref('int_break_panel') }} as before_side
        on
            now_side.parent_code = before_side.parent_code
            and now_side.data_year = before_side.data_year
            and now_side.unit_code = before_side.unit_code
            and now_side.indicator_code <> before_side.indicator_code
    group by now_side.indicator_code, before_side.indicator_code, now_side.data_year
),

strength as (
    select
        indicator_code,
        other_code,
        data_year,
        {{ fisher('order_correlation') }} as order_strength
    from cross_order
),

usual_strength as (
    select
        this_year.indicator_code,
        this_year.other_code,
        this_year.data_year,
        this_year.order_strength,
        coalesce(
            {{ quantile('other_year.order_strength', 0.5) }}, this_year.order_strength
        ) as usual_order_strength
    from strength as this_year
    left join strength as other_year
        on
            this_year.indicator_code = other_year.indicator_code
            and this_year.other_code = other_year.other_code
            and this_year.data_year <> other_year.data_year
    group by
        this_year.indicator_code, this_year.other_code, this_year.data_year, this_year.order_strength
),

-- One side of a pair: the indicator against its own past and against the other's, each deviation in its
-- usual size.
side as (
    select
        own.indicator_code,
        other.indicator_code as other_code,
        own.data_year,
        own.is_explained or other.is_explained as is_explained,
        0.6745 * (own.median_after - own.median_before) / nullif(own.usual_change, 0) as level_as_own,
        0.6745 * (own.median_after - other.median_before) / nullif(other.usual_change, 0) as level_as_other,
        0.6745 * own.spread_log_ratio / nullif(own.usual_spread_log_ratio, 0) as spread_as_own,
        0.6745 * ln(nullif(own.spread_after, 0) / nullif(other.spread_before, 0))
        / nullif(other.usual_spread_log_ratio, 0) as spread_as_other,
        (own.order_strength - own.usual_order_strength) / own.order_noise as order_as_own,
        (own.order_strength - back.usual_order_strength) / own.order_noise as order_as_other,
        (cross_way.order_strength - cross_way.usual_order_strength) / own.order_noise as cross_as_own,
        (cross_way.order_strength - other.usual_order_strength) / own.order_noise as cross_as_other
    from {{ ref('int_break_signal') }} as own
    inner join {{ ref('int_break_signal') }} as other
        on
            own.parent_code = other.parent_code
            and own.data_year = other.data_year
            and own.indicator_code <> other.indicator_code
    inner join usual_strength as cross_way
        on
            own.indicator_code = cross_way.indicator_code
            and other.indicator_code = cross_way.other_code
            and own.data_year = cross_way.data_year
    inner join usual_strength as back
        on
            own.indicator_code = back.other_code
            and other.indicator_code = back.indicator_code
            and own.data_year = back.data_year
),

-- Half the difference of the squares is the log of how much likelier the exchange is; one figure may not
-- decide alone, so each is bounded.
weighed as (
    select
        *,
        {% set parts = ['level', 'spread', 'order', 'cross'] -%}
    {%- for part in parts %}
    0.5 * (
        least(coalesce({{ part }}_as_own * {{ part }}_as_own, 0), {{ var('break_swap_bound') }})
        - least(coalesce({{ part }}_as_other * {{ part }}_as_other, 0), {{ var('break_swap_bound') }})
    ) as {{ part }}_evidence
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
    from side
)

select
    one.indicator_code,
    one.other_code,
    one.data_year,
    one.is_explained,
    one.level_evidence + back.level_evidence as level_evidence,
    one.spread_evidence + back.spread_evidence as spread_evidence,
    one.order_evidence + one.cross_evidence + back.order_evidence + back.cross_evidence as order_evidence,
    one.level_evidence + one.spread_evidence + one.order_evidence + one.cross_evidence
    + back.level_evidence + back.spread_evidence + back.order_evidence + back.cross_evidence
        as swap_evidence
from weighed as one
inner join weighed as back
    on
        one.indicator_code = back.other_code
        and one.other_code = back.indicator_code
        and one.data_year = back.data_year
