-- For a total whose years cannot be compared: the sum over those of its parts that can. A part that is
-- comparable stands for everything below it; below one that is not, its own parts are looked at.
with total_pair as (
    select
        pair.unit_code,
        pair.indicator_code,
        pair.data_year,
        pair.boundary,
        pair.value
    from {{ ref('int_year_pair') }} as pair
    inner join {{ ref('stg_indicator') }} as total on pair.indicator_code = total.indicator_code
    where
        total.total_rule = 'sum_of_children'
        and not pair.is_comparable
        and pair.value is not null
        and pair.previous_value is not null
),

part as (
    select
        total_pair.unit_code,
        total_pair.indicator_code as total_code,
        total_pair.data_year,
        total_pair.boundary,
        total_pair.value as total_value,
        ancestor.indicator_code as part_code,
        indicator.display_order,
        coalesce(pair.is_comparable, false) as is_comparable,
        pair.value,
        pair.previous_value
    from total_pair
    inner join {{ ref('int_indicator_ancestor') }} as ancestor
        on total_pair.indicator_code = ancestor.ancestor_code
    inner join {{ ref('stg_indicator') }} as indicator on ancestor.indicator_code = indicator.indicator_code
    inner join {{ ref('stg_indicator') }} as parent
        on indicator.parent_code = parent.indicator_code and parent.total_rule = 'sum_of_children'
    left join {{ ref('int_year_pair') }} as pair
        on
            ancestor.indicator_code = pair.indicator_code
            and total_pair.unit_code = pair.unit_code
            and total_pair.data_year = pair.data_year
            and total_pair.boundary = pair.boundary
),

-- What stands in between the total and a part, and is comparable itself, already holds the part.
covered as (
    select distinct
        part.unit_code,
        part.total_code,
        part.data_year,
        part.boundary,
        part.part_code
    from part
    inner join {{ ref('int_indicator_ancestor') }} as above on part.part_code = above.indicator_code
    inner join part as holder
        on
            above.ancestor_code = holder.part_code
            and part.unit_code = holder.unit_code
            and part.total_code = holder.total_code
            and part.data_year = holder.data_year
            and part.boundary = holder.boundary
            and holder.is_comparable
),

existing as (
    select
        indicator_code,
        data_year as now_year
    from {{ ref('int_indicator_year') }}
    union
    select
        indicator_code,
        data_year + 1 as now_year
    from {{ ref('int_indicator_year') }}
),

divided as (
    select distinct parent_code
    from {{ ref('stg_indicator') }}
),

-- The lowest parts that existed in either year and are in no comparable sum.
judged as (
    select
        part.*,
        existing.indicator_code is not null as exists_in_either_year,
        divided.parent_code is not null as has_parts
    from part
    left join covered
        on
            part.unit_code = covered.unit_code
            and part.total_code = covered.total_code
            and part.data_year = covered.data_year
            and part.boundary = covered.boundary
            and part.part_code = covered.part_code
    left join existing on part.part_code = existing.indicator_code and part.data_year = existing.now_year
    left join divided on part.part_code = divided.parent_code
    where covered.part_code is null
)

select
    unit_code,
    total_code as indicator_code,
    data_year,
    boundary,
    {{ exact_sum('case when is_comparable then value end') }} as common_basis_value,
    {{ exact_sum('case when is_comparable then previous_value end') }} as common_basis_previous_value,
    {{ labels("case when is_comparable then part_code end", 'display_order, part_code') }}
        as common_basis_components,
    {{ labels("case when not is_comparable and exists_in_either_year and not has_parts then part_code end",
        'display_order, part_code') }} as common_basis_left_out,
    case
        when max(total_value) > 0
            then {{ exact_sum('case when is_comparable then value end') }} / max(total_value) * 100
    end as common_basis_share_pct
from judged
group by unit_code, total_code, data_year, boundary
having max(case when is_comparable then 1 else 0 end) = 1
