-- Each published value stands on exactly one valid observation, and a sum of components on none.
with chosen as (
    select
        unit_code,
        indicator_code,
        data_year,
        sum(case when is_chosen then 1 else 0 end) as chosen_count,
        sum(case when is_chosen and is_superseded then 1 else 0 end) as superseded_count
    from {{ ref('fct_observation') }}
    group by unit_code, indicator_code, data_year
)

select
    fact.unit_code,
    fact.indicator_code,
    fact.data_year
from {{ ref('fct_indicator_value') }} as fact
left join chosen
    on
        fact.unit_code = chosen.unit_code
        and fact.indicator_code = chosen.indicator_code
        and fact.data_year = chosen.data_year
where
    coalesce(chosen.chosen_count, 0) <> case when fact.value_basis = 'published' then 1 else 0 end
    or coalesce(chosen.superseded_count, 0) > 0
