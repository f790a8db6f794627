-- The chosen value with its maximum, its rank and where it came from.
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
),

gathered as (
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
),

-- How many units of the type the map of the year has: the yardstick for whether a ranking can be computed.
ministries as (
    select
        years.data_year,
        count(*) as unit_count
    from (select distinct data_year from gathered) as years
    inner join {{ ref('stg_unit') }} as unit
        on
            unit.unit_type = 'ministry'
            and coalesce(unit.valid_from, date '1900-01-01') <= {{ year_end('years.data_year') }}
            and coalesce(unit.valid_to, date '9999-12-31') >= {{ year_end('years.data_year') }}
    group by years.data_year
),

placed as (
    select
        gathered.*,
        case
            when gathered.unit_type = 'province' then geography.province_count
            when gathered.unit_type = 'ministry' then ministries.unit_count
        end as units_on_map,
        count(gathered.value) over (
            partition by
                gathered.indicator_code,
                gathered.data_year,
                gathered.unit_type,
                gathered.geography_version
        ) as rank_population,
        -- Ties share a rank and the next rank is skipped.
        rank() over (
            partition by
                gathered.indicator_code,
                gathered.data_year,
                gathered.unit_type,
                gathered.geography_version
            order by
                case when gathered.higher_is_better then -gathered.value else gathered.value end nulls last
        ) as place
    from gathered
    left join {{ ref('stg_geography_version') }} as geography
        on gathered.geography_version = geography.geography_version
    left join ministries
        on gathered.data_year = ministries.data_year
),

ranked as (
    select
        *,
        coalesce(
            rank_population >= {{ var('rank_minimum_coverage') }} * units_on_map
            and higher_is_better is not null,
            false
        ) as is_ranking_complete
    from placed
),

-- A printed rank holds, unless a weaker publisher prints it than the one the value is from and the ranking
-- is here.
settled as (
    select
        *,
        case when is_ranking_complete and value is not null then cast(place as int) end as rank_computed,
        case
            when rank_published is not null
                and not (is_rank_weaker and is_ranking_complete and value is not null)
                then 'published'
            when is_ranking_complete and value is not null then 'computed'
        end as rank_basis
    from ranked
)

select
    unit_code,
    indicator_code,
    data_year,
    'published' as boundary,
    index_code,
    unit_type,
    value,
    value_basis,
    figure_status,
    n_components,
    components_sum,
    max_value,
    case when max_value > 0 then value / max_value * 100 end as value_pct,
    case rank_basis when 'published' then rank_published when 'computed' then rank_computed end as rank,
    rank_basis,
    rank_published,
    rank_computed,
    cast(case when units_on_map is not null then rank_population end as int) as rank_population,
    cast(case when is_ranking_complete then rank_population else units_on_map end as int) as rank_out_of,
    methodology_version,
    geography_version,
    source_document_id,
    locator,
    source_url,
    rank_source_document_id,
    rank_locator,
    published_at,
    cast(observation_count as int) as observation_count,
    has_conflict,
    conflict_low,
    conflict_high,
    is_synthetic
from settled
