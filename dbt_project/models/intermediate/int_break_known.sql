-- Where the series of an indicator breaks by what the reference data says: a change somebody declared, a
-- maximum that moved, a component that came or went, and what a total inherits from its components. No
-- figure is looked at here, so that the detector, which does, can know what needs no suspicion.
with declared as (
    select
        indicator.indicator_code,
        change.first_year,
        change.reason,
        'declared' as origin,
        1 as origin_order,
        indicator.indicator_code as cause_indicator_code,
        change.scope,
        change.change_id,
        change.touches,
        change.text_vi,
        change.text_en,
        change.legal_basis,
        change.source_url
    from {{ ref('stg_methodology_change') }} as change
    inner join {{ ref('stg_indicator') }} as indicator
        on
            change.index_code = indicator.index_code
            and (
                change.scope = 'index'
                or (change.scope = 'total' and indicator.indicator_level = 'total')
                or (change.scope = 'indicator' and change.indicator_code = indicator.indicator_code)
            )
),

maximum_moved as (
    select
        now_year.indicator_code,
        now_year.data_year as first_year,
        'scale_changed' as reason,
        'maximum' as origin,
        2 as origin_order,
        now_year.indicator_code as cause_indicator_code,
        'indicator' as scope,
        -- It has no entry of its own, and a key must not be empty.
        'none' as change_id,
        'scale' as touches,
        concat(
            'Điểm tối đa đổi từ ', {{ number_text('before.max_value', ',') }}, ' thành ',
            {{ number_text('now_year.max_value', ',') }}, ' từ năm ', cast(now_year.data_year as string),
            '; chỉ so sánh được tỷ lệ so với điểm tối đa (value_pct).'
        ) as text_vi,
        concat(
            'The maximum moved from ', {{ number_text('before.max_value') }}, ' to ',
            {{ number_text('now_year.max_value') }}, ' in ', cast(now_year.data_year as string),
            '; only the share of the maximum (value_pct) can be compared.'
        ) as text_en,
        cast(null as string) as legal_basis,
        cast(null as string) as source_url
    from {{ ref('int_indicator_year') }} as now_year
    inner join {{ ref('int_indicator_year') }} as before
        on now_year.indicator_code = before.indicator_code and now_year.data_year = before.data_year + 1
    where now_year.max_value <> before.max_value
),

-- A component came in a year that follows no year of its own, or went after a year none follows.
component_event as (
    select
        period.indicator_code,
        period.source_url,
        period.year_from as event_year,
        'added' as event
    from {{ ref('stg_indicator_period') }} as period
    left join {{ ref('stg_indicator_period') }} as earlier
        on
            period.indicator_code = earlier.indicator_code
            and period.year_from > earlier.year_from
            and period.year_from - 1 <= coalesce(earlier.year_to, 9999)
    where earlier.indicator_code is null
    union all
    select
        period.indicator_code,
        period.source_url,
        period.year_to + 1 as event_year,
        'dropped' as event
    from {{ ref('stg_indicator_period') }} as period
    left join {{ ref('stg_indicator_period') }} as later
        on
            period.indicator_code = later.indicator_code
            and period.year_to + 1 >= later.year_from
            and period.year_to < coalesce(later.year_to, 9999)
    where period.year_to is not null and later.indicator_code is null
),

-- Only where the parent itself existed in both years: a new dimension has new components and no break of
-- its own.
component_change as (
    select
        component.parent_code,
        component_event.event_year,
        component_event.event,
        component_event.indicator_code,
        component_event.source_url,
        concat(component.name_vi, ' (', component.indicator_code, ')') as label_vi,
        concat(component.name_en, ' (', component.indicator_code, ')') as label_en
    from component_event
    inner join {{ ref('stg_indicator') }} as component
        on component_event.indicator_code = component.indicator_code
    inner join {{ ref('stg_indicator') }} as parent
        on component.parent_code = parent.indicator_code
    where
        parent.total_rule <> 'none'
        and coalesce(parent.first_year, 0) < component_event.event_year
        and coalesce(parent.last_year, 9999) >= component_event.event_year
),

component_list as (
    select
        parent_code,
        event_year,
        min(source_url) as source_url,
        {{ labels("case when event = 'added' then label_vi end", 'indicator_code') }} as added_vi,
        {{ labels("case when event = 'added' then label_en end", 'indicator_code') }} as added_en,
        {{ labels("case when event = 'dropped' then label_vi end", 'indicator_code') }} as dropped_vi,
        {{ labels("case when event = 'dropped' then label_en end", 'indicator_code') }} as dropped_en
    from component_change
    group by parent_code, event_year
),

components_changed as (
    select
        parent_code as indicator_code,
        event_year as first_year,
        'method_changed' as reason,
        'components' as origin,
        3 as origin_order,
        parent_code as cause_indicator_code,
        'indicator' as scope,
        'none' as change_id,
        case
            when added_vi <> '' and dropped_vi <> '' then 'components_added;components_dropped'
            when added_vi <> '' then 'components_added'
            else 'components_dropped'
        end as touches,
        concat(
            'Các thành phần thay đổi từ năm ', cast(event_year as string),
            case when added_vi <> '' then concat('; thêm: ', added_vi) else '' end,
            case when dropped_vi <> '' then concat('; bỏ: ', dropped_vi) else '' end, '.'
        ) as text_vi,
        concat(
            'Its components changed in ', cast(event_year as string),
            case when added_en <> '' then concat('; added: ', added_en) else '' end,
            case when dropped_en <> '' then concat('; dropped: ', dropped_en) else '' end, '.'
        ) as text_en,
        cast(null as string) as legal_basis,
        source_url
    from component_list
),

own_break as (
    select * from declared
    union all
    select * from maximum_moved
    union all
    select * from components_changed
),

-- A total is not the same thing once a part of it was redefined; where a part only moved to another scale
-- it is.
inherited as (
    select
        ancestor.ancestor_code as indicator_code,
        own_break.first_year,
        'method_changed' as reason,
        'inherited' as origin,
        3 + ancestor.distance as origin_order,
        own_break.cause_indicator_code,
        'indicator' as scope,
        own_break.change_id,
        own_break.touches,
        concat(
            'Thành phần ', component.name_vi, ' (', component.indicator_code, '): ', own_break.text_vi
        ) as text_vi,
        concat(
            'Component ', component.name_en, ' (', component.indicator_code, '): ', own_break.text_en
        ) as text_en,
        own_break.legal_basis,
        own_break.source_url
    from own_break
    inner join {{ ref('int_indicator_ancestor') }} as ancestor
        on own_break.indicator_code = ancestor.indicator_code
    inner join {{ ref('stg_indicator') }} as component
        on own_break.cause_indicator_code = component.indicator_code
    inner join {{ ref('stg_indicator') }} as total
        on ancestor.ancestor_code = total.indicator_code
    where
        own_break.scope = 'indicator'
        and own_break.reason in ('definition_changed', 'method_changed', 'population_changed')
        and coalesce(total.first_year, 0) < own_break.first_year
        and coalesce(total.last_year, 9999) >= own_break.first_year
)

select * from own_break
union all
select * from inherited
