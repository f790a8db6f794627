-- The chosen value on the map its source used, with its maximum, the printed rank and where both came from.
with observation as (
    select
        observation.*,
        choice.is_chosen,
        choice.is_contradicted
    from {{ ref('int_observation') }} as observation
    inner join {{ ref('int_observation_choice') }} as choice
        on observation.batch_id = choice.batch_id and observation.row_id = choice.row_id
),

-- A rank is taken from the chosen observation, else from the best other one that prints a rank and is not
-- suspect.
ranked_observation as (
    select
        unit_code,
        indicator_code,
        data_year,
        rank,
        publisher_precedence,
        source_document_id,
        rank_locator,
        correction_id,
        row_number() over (
            partition by unit_code, indicator_code, data_year
            order by choice_order
        ) as rank_order
    from observation
    where rank is not null and (status_precedence < 3 or is_chosen)
),

spread as (
    select
        unit_code,
        indicator_code,
        data_year,
        count(*) as observation_count,
        max(case when is_contradicted then 1 else 0 end) as n_contradicted,
        min(value) as lowest,
        max(value) as highest
    from observation
    group by unit_code, indicator_code, data_year
)

select
    chosen.unit_code,
    chosen.indicator_code,
    chosen.data_year,
    chosen.unit_type,
    chosen.geography_version,
    chosen.value,
    chosen.value_basis,
    chosen.figure_status,
    chosen.n_components,
    chosen.components_sum,
    chosen.source_document_id,
    chosen.published_at,
    chosen.is_synthetic,
    best.locator,
    best.source_url,
    coalesce(best.correction_id, ranked_observation.correction_id) as correction_id,
    ranked_observation.rank as rank_published,
    coalesce(ranked_observation.publisher_precedence > chosen.publisher_precedence, false)
        as is_rank_weaker,
    ranked_observation.source_document_id as rank_source_document_id,
    ranked_observation.rank_locator,
    coalesce(spread.observation_count, 0) as observation_count,
    coalesce(spread.n_contradicted, 0) = 1 as has_conflict,
    case when spread.n_contradicted = 1 then least(spread.lowest, chosen.value) end as conflict_low,
    case when spread.n_contradicted = 1 then greatest(spread.highest, chosen.value) end as conflict_high,
    indicator.index_code,
    year.max_value,
    year.methodology_version,
    definition.higher_is_better
from {{ ref('int_value_chosen') }} as chosen
left join observation as best
    on
        chosen.unit_code = best.unit_code
        and chosen.indicator_code = best.indicator_code
        and chosen.data_year = best.data_year
        and best.is_chosen
left join ranked_observation
    on
        chosen.unit_code = ranked_observation.unit_code
        and chosen.indicator_code = ranked_observation.indicator_code
        and chosen.data_year = ranked_observation.data_year
        and ranked_observation.rank_order = 1
left join spread
    on
        chosen.unit_code = spread.unit_code
        and chosen.indicator_code = spread.indicator_code
        and chosen.data_year = spread.data_year
inner join {{ ref('stg_indicator') }} as indicator on chosen.indicator_code = indicator.indicator_code
left join {{ ref('stg_index_definition') }} as definition
    on indicator.index_code = definition.index_code
left join {{ ref('int_indicator_year') }} as year
    on chosen.indicator_code = year.indicator_code and chosen.data_year = year.data_year
where chosen.value is not null or ranked_observation.rank is not null
