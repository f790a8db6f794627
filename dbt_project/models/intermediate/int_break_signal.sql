-- What moved in each indicator from one year to the next, beside what usually moves there and in the same
-- year elsewhere. Nothing is judged here: int_break_detected does.
with explained as (
    select distinct
        known.indicator_code,
        known.first_year
    from {{ ref('int_break_known') }} as known
    where known.reason not in ('boundary_changed', 'scale_changed')
),

measured as (
    select
        index_code,
        parent_code,
        indicator_level,
        indicator_code,
        data_year,
        count(*) as provinces_compared,
        max(case when is_rescaled then 1 else 0 end) = 1 as is_rescaled,
        {{ quantile('previous_value', 0.5) }} as median_before,
        {{ quantile('value', 0.5) }} as median_after,
        {{ quantile('value - previous_value', 0.5) }} as median_change,
        {{ quantile('previous_value', 0.75) }} - {{ quantile('previous_value', 0.25) }} as spread_before,
        {{ quantile('value', 0.75) }} - {{ quantile('value', 0.25) }} as spread_after,
        {{ place_correlation('place', 'previous_place') }} as order_correlation
    from {{ ref('int_break_panel') }}
    group by index_code, parent_code, indicator_level, indicator_code, data_year
    having count(*) >= {{ var('break_minimum_provinces') }}
),

-- How far the provinces' own changes lie from the median change: what the median owes to chance.
scatter as (
    select
        panel.indicator_code,
        panel.data_year,
        {{ quantile('abs(panel.value - panel.previous_value - measured.median_change)', 0.5) }} as scatter,
        sum(case when (panel.value - panel.previous_value) * measured.median_change > 0 then 1 else 0 end)
            as same_way_count
    from {{ ref('int_break_panel') }} as panel
    inner join measured
        on panel.indicator_code = measured.indicator_code and panel.data_year = measured.data_year
    group by panel.indicator_code, panel.data_year
),

changed as (
    select
        measured.*,
        scatter.scatter,
        cast(scatter.same_way_count as double) / measured.provinces_compared as share_same_way,
        explained.first_year is not null as is_explained,
        sqrt(measured.spread_before * measured.spread_after) as spread,
        ln(nullif(measured.spread_after, 0) / nullif(measured.spread_before, 0)) as spread_log_ratio,
        {{ fisher('measured.order_correlation') }} as order_strength
    from measured
    inner join scatter
        on measured.indicator_code = scatter.indicator_code and measured.data_year = scatter.data_year
    left join explained
        on measured.indicator_code = explained.indicator_code and measured.data_year = explained.first_year
),

-- First, roughly, the years that stand out: they must not make their own kind usual. A year is never
-- measured by itself.
index_rough as (
    select
        index_code,
        indicator_level,
        {{ quantile('abs(median_change) / nullif(spread, 0)', 0.5) }} as scaled_change
    from changed
    where not is_explained
    group by index_code, indicator_level
),

own_rough as (
    select
        this_year.indicator_code,
        this_year.data_year,
        count(other_year.data_year) as other_years,
        {{ quantile('abs(other_year.median_change)', 0.5) }} as own_change
    from changed as this_year
    left join changed as other_year
        on
            this_year.indicator_code = other_year.indicator_code
            and this_year.data_year <> other_year.data_year
            and not other_year.is_explained
    group by this_year.indicator_code, this_year.data_year
),

sorted_out as (
    select
        changed.*,
        coalesce(
            not changed.is_explained
            and abs(changed.median_change) <= {{ var('break_outlying_moves') }} * {{ shrunk(
                'own_rough.own_change', 'own_rough.other_years', 'index_rough.scaled_change * changed.spread'
            ) }},
            false
        ) as is_typical
    from changed
    inner join own_rough
        on changed.indicator_code = own_rough.indicator_code and changed.data_year = own_rough.data_year
    left join index_rough
        on changed.index_code = index_rough.index_code
            and changed.indicator_level = index_rough.indicator_level
),

own_years as (
    select
        this_year.indicator_code,
        this_year.data_year,
        count(other_year.data_year) as other_years,
        {{ quantile('abs(other_year.median_change)', 0.5) }} as own_change,
        {{ quantile('other_year.spread', 0.5) }} as own_spread,
        {{ quantile('other_year.order_strength', 0.5) }} as own_order_strength,
        {{ quantile('abs(other_year.spread_log_ratio)', 0.5) }} as own_spread_log_ratio
    from sorted_out as this_year
    left join sorted_out as other_year
        on
            this_year.indicator_code = other_year.indicator_code
            and this_year.data_year <> other_year.data_year
            and other_year.is_typical
    group by this_year.indicator_code, this_year.data_year
),

-- Moves in units of the indicator's own spread can be compared between indicators.
scaled as (
    select
        sorted_out.*,
        own_years.other_years,
        own_years.own_change,
        own_years.own_order_strength,
        own_years.own_spread_log_ratio,
        coalesce(
            nullif(own_years.own_spread, 0), nullif(sorted_out.spread_before, 0), sorted_out.spread_after
        )
            as usual_spread
    from sorted_out
    inner join own_years
        on
            sorted_out.indicator_code = own_years.indicator_code
            and sorted_out.data_year = own_years.data_year
),

index_usual as (
    select
        index_code,
        indicator_level,
        {{ quantile('abs(median_change) / nullif(usual_spread, 0)', 0.5) }} as scaled_change,
        {{ quantile('order_strength', 0.5) }} as order_strength,
        {{ quantile('abs(order_strength - own_order_strength)', 0.5) }} as order_deviation,
        {{ quantile('abs(spread_log_ratio)', 0.5) }} as spread_log_ratio
    from scaled
    where is_typical
    group by index_code, indicator_level
),

-- What is usual rests on the other years; where they are few, the index as a whole, at the same
-- level, counts as so many more.
expected as (
    select
        scaled.*,
        index_usual.scaled_change as index_scaled_change,
        greatest(
            {{ shrunk(
                'scaled.own_change', 'scaled.other_years', 'index_usual.scaled_change * scaled.usual_spread'
            ) }},
            -- The median of so many provinces that differ so much is known no better than this.
            1.2533 * scaled.scatter / sqrt(cast(scaled.provinces_compared as double))
        ) as usual_change,
        {{ shrunk('scaled.own_order_strength', 'scaled.other_years', 'index_usual.order_strength') }}
            as usual_order_strength,
        greatest(
            index_usual.order_deviation / 0.6745, 1 / sqrt(cast(scaled.provinces_compared - 3 as double))
        ) as order_noise,
        {{ shrunk('scaled.own_spread_log_ratio', 'scaled.other_years', 'index_usual.spread_log_ratio') }}
            as usual_spread_log_ratio
    from scaled
    left join index_usual
        on scaled.index_code = index_usual.index_code and scaled.indicator_level = index_usual.indicator_level
),

-- The same year elsewhere. Common is what three quarters of the siblings moved too, whichever way.
siblings as (
    select
        this_one.indicator_code,
        this_one.data_year,
        greatest(0, {{ quantile('sibling.median_change / nullif(sibling.usual_spread, 0)', 0.25) }})
        + least(0, {{ quantile('sibling.median_change / nullif(sibling.usual_spread, 0)', 0.75) }})
            as scaled_change
    from expected as this_one
    inner join expected as sibling
        on
            this_one.parent_code = sibling.parent_code
            and this_one.data_year = sibling.data_year
            and this_one.indicator_code <> sibling.indicator_code
            and not sibling.is_explained
    group by this_one.indicator_code, this_one.data_year
    having count(*) >= {{ var('break_minimum_siblings') }}
),

peers as (
    select
        this_one.indicator_code,
        this_one.data_year,
        {{ quantile('peer.usual_order_strength - peer.order_strength', 0.5) }} as order_loss
    from expected as this_one
    inner join expected as peer
        on
            this_one.index_code = peer.index_code
            and this_one.indicator_level = peer.indicator_level
            and this_one.data_year = peer.data_year
            and this_one.indicator_code <> peer.indicator_code
            and not peer.is_explained
    group by this_one.indicator_code, this_one.data_year
    having count(*) >= {{ var('break_minimum_siblings') }}
),

-- A common shock explains a few usual moves and no more: where all jump further than any ever did, it is
-- their scale or their questionnaire that is common.
common as (
    select
        expected.*,
        coalesce(
            least(
                abs(siblings.scaled_change),
                {{ var('break_common_moves') }} * expected.index_scaled_change
            ) * sign(siblings.scaled_change) * expected.usual_spread,
            0
        ) as sibling_change,
        coalesce(
            greatest(0, least(peers.order_loss, {{ var('break_common_order') }} * expected.order_noise)), 0
        ) as peer_order_loss
    from expected
    left join siblings
        on expected.indicator_code = siblings.indicator_code and expected.data_year = siblings.data_year
    left join peers
        on expected.indicator_code = peers.indicator_code and expected.data_year = peers.data_year
),

net as (
    select
        *,
        -- Only a move the same way is explained, and never turned round.
        case
            when sibling_change * median_change <= 0 then median_change
            when abs(sibling_change) >= abs(median_change) then 0
            else median_change - sibling_change
        end as net_change
    from common
)

select
    indicator_code,
    data_year,
    index_code,
    parent_code,
    provinces_compared,
    other_years,
    is_rescaled,
    is_explained,
    is_typical,
    median_before,
    median_after,
    median_change,
    share_same_way,
    sibling_change,
    net_change,
    usual_change,
    abs(net_change) / nullif(usual_change, 0) as move_ratio,
    order_correlation,
    order_strength,
    usual_order_strength,
    peer_order_loss,
    order_noise,
    (usual_order_strength - order_strength - peer_order_loss) / order_noise as order_loss,
    spread_before,
    spread_after,
    spread_after / nullif(spread_before, 0) as spread_ratio,
    spread_log_ratio,
    usual_spread,
    usual_spread_log_ratio,
    abs(spread_log_ratio) / nullif(usual_spread_log_ratio, 0) as spread_change_ratio
from net
