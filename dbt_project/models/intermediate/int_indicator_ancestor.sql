-- Every total an indicator is counted into, however far above it. A link whose parent is not made from its
-- children (total_rule `none`) is no link.
with link as (
    select
        child.indicator_code,
        parent.indicator_code as ancestor_code
    from {{ ref('stg_indicator') }} as child
    inner join {{ ref('stg_indicator') }} as parent
        on child.parent_code = parent.indicator_code
    where parent.total_rule <> 'none'
),

distance_1 as (
    select
        indicator_code,
        ancestor_code,
        1 as distance
    from link
){% for step in range(2, var('hierarchy_depth') | int + 1) %},

distance_{{ step }} as (
    select
        below.indicator_code,
        link.ancestor_code,
        {{ step }} as distance
    from distance_{{ step - 1 }} as below
    inner join link on below.ancestor_code = link.indicator_code
)
{%- endfor %}
{% for step in range(1, var('hierarchy_depth') | int + 1) %}
{% if not loop.first %}union all
{% endif -%}
select
    indicator_code,
    ancestor_code,
    distance
from distance_{{ step }}
{%- endfor %}
