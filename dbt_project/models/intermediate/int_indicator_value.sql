-- Every value on every map, with its rank, percentile and group among the units of its kind on that map.
with on_a_map as (
    select
        unit_code,
        indicator_code,
        data_year,
        'published' as boundary,
        unit_type,
        geography_version,
        index_code,
        higher_is_better,
        max_value,
        methodology_version,
        value,
        value_basis,
        figure_status,
        n_components,
        components_sum,
        source_document_id,
        locator,
        source_url,
        published_at,
        observation_count,
        has_conflict,
        conflict_low,
        conflict_high,
        is_synthetic,
        rank_published,
        is_rank_weaker,
        rank_source_document_id,
        rank_locator,
        correction_id,
        cast(null as string) as weight_basis,
        cast(null as int) as predecessor_count,
        cast(null as int) as predecessor_present_count,
        cast(null as string) as missing_predecessors_vi,
        cast(null as string) as missing_predecessors_en
    from {{ ref('int_value_published') }}
    union all
    select
        unit_code,
        indicator_code,
        data_year,
        '{{ var("common_boundary") }}' as boundary,
        'province' as unit_type,
        '{{ var("common_map") }}' as geography_version,
        index_code,
        higher_is_better,
        max_value,
        methodology_version,
        value,
        value_basis,
        figure_status,
        n_components,
        components_sum,
        source_document_id,
        locator,
        source_url,
        published_at,
        observation_count,
        has_conflict,
        conflict_low,
        conflict_high,
        is_synthetic,
        -- A printed rank is a place among the units of its own map.
        cast(null as int) as rank_published,
        false as is_rank_weaker,
        cast(null as string) as rank_source_document_id,
        cast(null as string) as rank_locator,
        correction_id,
        weight_basis,
        predecessor_count,
        predecessor_present_count,
        missing_predecessors_vi,
        missing_predecessors_en
    from {{ ref('int_value_backcast') }}
),

placed as (
    select
        on_a_map.*,
        case
            when on_a_map.unit_type = 'province' then geography.province_count
            when on_a_map.unit_type = 'ministry' then edition.units_ranked
        end as units_on_map,
        count(on_a_map.value) over (
            partition by
                on_a_map.boundary,
                on_a_map.indicator_code,
                on_a_map.data_year,
                on_a_map.unit_type,
                on_a_map.geography_version
        ) as rank_population,
        max(on_a_map.rank_published) over (
            partition by
                on_a_map.boundary,
                on_a_map.indicator_code,
                on_a_map.data_year,
                on_a_map.unit_type,
                on_a_map.geography_version
        ) as last_rank_published,
        -- Ties share a rank and the next rank is skipped.
        rank() over (
            partition by
                on_a_map.boundary,
                on_a_map.indicator_code,
                on_a_map.data_year,
                on_a_map.unit_type,
                on_a_map.geography_version
            order by
                case when on_a_map.higher_is_better then -on_a_map.value else on_a_map.value end nulls last
        ) as place,
        count(on_a_map.value) over (
            partition by
                on_a_map.boundary,
                on_a_map.indicator_code,
                on_a_map.data_year,
                on_a_map.unit_type,
                on_a_map.geography_version
            order by
                case when on_a_map.higher_is_better then -on_a_map.value else on_a_map.value end nulls last
            range between unbounded preceding and current row
        ) as not_worse_count
    from on_a_map
    left join {{ ref('stg_geography_version') }} as geography
        on on_a_map.geography_version = geography.geography_version
    -- PAR INDEX ranks fewer ministries than there are: how many is known by the edition, or not at all.
    left join {{ ref('stg_index_edition') }} as edition
        on
            on_a_map.index_code = edition.index_code
            and on_a_map.data_year = edition.data_year
            and on_a_map.unit_type = edition.unit_type
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
            when
                rank_published is not null
                and not (is_rank_weaker and is_ranking_complete and value is not null)
                then 'published'
            when is_ranking_complete and value is not null then 'computed'
        end as rank_basis
    from ranked
),

-- A group is given to what was published for the unit, never to a mean over predecessors.
grouped as (
    select
        settled.unit_code,
        settled.indicator_code,
        settled.data_year,
        settled.boundary,
        index_group.performance_group
    from settled
    inner join {{ ref('stg_index_group') }} as index_group
        on
            settled.indicator_code = index_group.index_code
            and settled.data_year >= index_group.year_from
            and settled.data_year <= coalesce(index_group.year_to, 9999)
            and settled.value >= index_group.min_value
            and settled.value < coalesce(index_group.below_value, 1e300)
    where settled.unit_type in ('province', 'ministry') and settled.value_basis <> 'backcast'
)

select
    settled.unit_code,
    settled.indicator_code,
    settled.data_year,
    settled.boundary,
    settled.index_code,
    settled.unit_type,
    settled.value,
    settled.value_basis,
    settled.figure_status,
    settled.n_components,
    settled.components_sum,
    settled.max_value,
    case when settled.max_value > 0 then settled.value / settled.max_value * 100 end as value_pct,
    case settled.rank_basis
        when 'published' then settled.rank_published
        when 'computed' then settled.rank_computed
    end as rank,
    settled.rank_basis,
    settled.rank_published,
    settled.rank_computed,
    cast(case when settled.units_on_map is not null then settled.rank_population end as int)
        as rank_population,
    cast(
        case
            -- A printed rank is among those the source ranked, also when the value of one of them waits.
            when settled.is_ranking_complete and settled.rank_basis = 'published'
                then greatest(settled.rank_population, settled.last_rank_published)
            when settled.is_ranking_complete then settled.rank_population
            else settled.units_on_map
        end as int
    ) as rank_out_of,
    case
        when settled.rank_computed is not null and settled.rank_population > 1
            then
                cast(settled.rank_population - settled.not_worse_count as double)
                / (settled.rank_population - 1) * 100
    end as percentile,
    grouped.performance_group,
    settled.methodology_version,
    settled.geography_version,
    settled.source_document_id,
    settled.locator,
    settled.source_url,
    settled.rank_source_document_id,
    settled.rank_locator,
    settled.correction_id,
    settled.published_at,
    cast(settled.observation_count as int) as observation_count,
    settled.has_conflict,
    settled.conflict_low,
    settled.conflict_high,
    settled.is_synthetic,
    settled.weight_basis,
    settled.predecessor_count,
    settled.predecessor_present_count,
    settled.missing_predecessors_vi,
    settled.missing_predecessors_en
from settled
left join grouped
    on
        settled.unit_code = grouped.unit_code
        and settled.indicator_code = grouped.indicator_code
        and settled.data_year = grouped.data_year
        and settled.boundary = grouped.boundary
