-- Provincial values carried to the common map: a province whose territory did not change keeps its value,
-- a merged one gets the weighted mean (scores) or the sum (counts) of its predecessors. Where a predecessor
-- has no value that year the row says which, and has no value: null is not averaged over.
with placed as (
    select
        weight.target_code,
        weight.weight,
        weight.weight_basis,
        weight.predecessor_count,
        weight.source_name_vi,
        weight.source_name_en,
        weight.source_code,
        indicator.backcast_rule,
        value.*
    from {{ ref('int_value_published') }} as value
    inner join {{ ref('int_map_weight') }} as weight
        on value.unit_code = weight.source_code and value.geography_version = weight.geography_version
    inner join {{ ref('stg_indicator') }} as indicator on value.indicator_code = indicator.indicator_code
    where value.unit_type = 'province' and value.value is not null
),

-- An edition prints its own map; should one be printed on several, each is carried by itself.
gathered as (
    select
        target_code,
        indicator_code,
        data_year,
        geography_version,
        max(predecessor_count) as predecessor_count,
        cast(count(*) as int) as predecessor_present_count,
        max(weight_basis) as weight_basis,
        max(backcast_rule) as backcast_rule,
        max(index_code) as index_code,
        max(max_value) as max_value,
        max(methodology_version) as methodology_version,
        max(case when higher_is_better then 1 else 0 end) = 1 as higher_is_better,
        max(value) as only_value,
        {{ exact_sum('value') }} as value_sum,
        {{ exact_sum('value * weight') }} as value_mean,
        {{ exact_sum('coalesce(conflict_low, value) * weight') }} as mean_low,
        {{ exact_sum('coalesce(conflict_high, value) * weight') }} as mean_high,
        {{ exact_sum('coalesce(conflict_low, value)') }} as sum_low,
        {{ exact_sum('coalesce(conflict_high, value)') }} as sum_high,
        max(value_basis) as only_value_basis,
        max(case figure_status when 'suspect' then 3 when 'derived' then 2 else 1 end) as status_precedence,
        max(n_components) as n_components,
        max(components_sum) as components_sum,
        case
            when min(source_document_id) = max(source_document_id) and count(source_document_id) = count(*)
                then min(source_document_id)
        end as source_document_id,
        max(locator) as only_locator,
        max(correction_id) as correction_id,
        case when min(source_url) = max(source_url) then min(source_url) end as source_url,
        max(published_at) as published_at,
        cast(sum(observation_count) as int) as observation_count,
        max(case when has_conflict then 1 else 0 end) = 1 as has_conflict,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic,
        {{ labels('source_name_en', 'source_code') }} as present_names
    from placed
    group by target_code, indicator_code, data_year, geography_version
),

missing as (
    select
        gathered.target_code,
        gathered.indicator_code,
        gathered.data_year,
        gathered.geography_version,
        {{ labels('weight.source_name_vi', 'weight.source_code') }} as names_vi,
        {{ labels('weight.source_name_en', 'weight.source_code') }} as names_en
    from gathered
    inner join {{ ref('int_map_weight') }} as weight
        on gathered.target_code = weight.target_code and gathered.geography_version = weight.geography_version
    left join placed
        on
            weight.source_code = placed.source_code
            and weight.target_code = placed.target_code
            and weight.geography_version = placed.geography_version
            and gathered.indicator_code = placed.indicator_code
            and gathered.data_year = placed.data_year
    where gathered.predecessor_present_count < gathered.predecessor_count and placed.source_code is null
    group by gathered.target_code, gathered.indicator_code, gathered.data_year, gathered.geography_version
),

-- What a source printed for the territory itself goes before what is worked out from its predecessors.
judged as (
    select
        gathered.*,
        missing.names_vi as missing_vi,
        missing.names_en as missing_en,
        gathered.weight_basis = 'unchanged' as is_unchanged,
        missing.names_en is null as is_whole,
        row_number() over (
            partition by gathered.target_code, gathered.indicator_code, gathered.data_year
            order by
                case when missing.names_en is null then 0 else 1 end,
                geography.as_of desc
        ) as map_order
    from gathered
    inner join {{ ref('stg_geography_version') }} as geography
        on gathered.geography_version = geography.geography_version
    left join missing
        on
            gathered.target_code = missing.target_code
            and gathered.indicator_code = missing.indicator_code
            and gathered.data_year = missing.data_year
            and gathered.geography_version = missing.geography_version
)

select
    target_code as unit_code,
    indicator_code,
    data_year,
    index_code,
    higher_is_better,
    max_value,
    methodology_version,
    case
        when is_unchanged then only_value
        when is_whole and backcast_rule = 'sum' then value_sum
        when is_whole then value_mean
    end as value,
    case when is_unchanged then only_value_basis else 'backcast' end as value_basis,
    case
        when status_precedence = 3 then 'suspect'
        when status_precedence = 2 or not is_unchanged then 'derived'
        else 'printed'
    end as figure_status,
    case when is_unchanged then n_components end as n_components,
    case when is_unchanged then components_sum end as components_sum,
    source_document_id,
    case
        when is_unchanged then only_locator
        when is_whole
            then concat(
                    case when backcast_rule = 'sum' then 'sum of ' else 'mean of ' end,
                    present_names, ' on the map of ', geography_version,
                    case when backcast_rule = 'sum' then '' else concat(', weights: ', weight_basis) end
                )
    end as locator,
    source_url,
    correction_id,
    published_at,
    observation_count,
    has_conflict and (is_unchanged or is_whole) as has_conflict,
    case
        when not has_conflict or not is_whole then cast(null as double)
        when backcast_rule = 'sum' then sum_low
        else mean_low
    end as conflict_low,
    case
        when not has_conflict or not is_whole then cast(null as double)
        when backcast_rule = 'sum' then sum_high
        else mean_high
    end as conflict_high,
    is_synthetic,
    case when backcast_rule = 'sum' and not is_unchanged then 'sum' else weight_basis end as weight_basis,
    predecessor_count,
    predecessor_present_count,
    missing_vi as missing_predecessors_vi,
    missing_en as missing_predecessors_en
from judged
where map_order = 1
