-- An indicator further below its total than `hierarchy_depth` would not be counted into it.
select
    lowest.indicator_code,
    lowest.ancestor_code
from {{ ref('int_indicator_ancestor') }} as lowest
inner join {{ ref('int_indicator_ancestor') }} as above on lowest.ancestor_code = above.indicator_code
where lowest.distance = {{ var('hierarchy_depth') | int }}
