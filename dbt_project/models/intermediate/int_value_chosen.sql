-- One value per unit, indicator and year: the best observation, or the sum of the components where that is
-- better. The sum climbs one level a step, so that a total can stand on dimensions that are sums
-- themselves.
with level_0 as (
    select
        unit_code,
        indicator_code,
        data_year,
        unit_type,
        geography_version,
        value,
        value_decimals,
        status_precedence,
        publisher_precedence,
        is_synthetic,
        source_document_id,
        published_at,
        cast(null as int) as n_components,
        cast(null as double) as components_sum
    from {{ ref('int_observation') }}
    where choice_order = 1 and not is_superseded
),

components as (
    select
        indicator_code,
        data_year,
        parent_code,
        count(*) over (partition by parent_code, data_year) as n_components
    from {{ ref('int_indicator_year') }}
    where parent_total_rule = 'sum_of_children'
),
{% for level in range(1, var('hierarchy_depth') | int + 1) %}
-- A component that was not published that year leaves no sum: null is not zero.
sum_{{ level }} as (
    select
        part.unit_code,
        components.parent_code as indicator_code,
        part.data_year,
        components.n_components,
        max(part.unit_type) as unit_type,
        max(part.geography_version) as geography_version,
        {{ exact_sum('part.value') }} as value,
        greatest(2, max(part.status_precedence)) as status_precedence,
        max(part.publisher_precedence) as publisher_precedence,
        max(case when part.is_synthetic then 1 else 0 end) = 1 as is_synthetic,
        case
            when count(part.source_document_id) = count(*)
                and min(part.source_document_id) = max(part.source_document_id)
                then min(part.source_document_id)
        end as source_document_id,
        max(part.published_at) as published_at
    from level_{{ level - 1 }} as part
    inner join components
        on part.indicator_code = components.indicator_code and part.data_year = components.data_year
    where part.value is not null
    group by part.unit_code, components.parent_code, part.data_year, components.n_components
    having count(*) = components.n_components
),

compared_{{ level }} as (
    select
        coalesce(printed.unit_code, total.unit_code) as unit_code,
        coalesce(printed.indicator_code, total.indicator_code) as indicator_code,
        coalesce(printed.data_year, total.data_year) as data_year,
        coalesce(printed.unit_type, total.unit_type) as unit_type,
        coalesce(printed.geography_version, total.geography_version) as geography_version,
        printed.value as printed_value,
        printed.value_decimals as printed_decimals,
        printed.status_precedence as printed_status,
        printed.publisher_precedence as printed_publisher,
        printed.is_synthetic as printed_synthetic,
        printed.source_document_id as printed_document,
        printed.published_at as printed_at,
        total.value as components_sum,
        total.n_components,
        total.status_precedence as sum_status,
        total.publisher_precedence as sum_publisher,
        total.is_synthetic as sum_synthetic,
        total.source_document_id as sum_document,
        total.published_at as sum_at,
        -- The sum counts where nothing was printed, where what was printed is suspect, and where the
        -- components come from a better class of publisher than the printed total; never when a component
        -- itself is suspect.
        total.value is not null
        and (
            printed.value is null
            or (
                total.status_precedence < 3
                and (
                    printed.status_precedence = 3
                    or printed.publisher_precedence > total.publisher_precedence
                )
            )
        ) as is_sum
    from level_0 as printed
    full outer join sum_{{ level }} as total
        on
            printed.unit_code = total.unit_code
            and printed.indicator_code = total.indicator_code
            and printed.data_year = total.data_year
),

level_{{ level }} as (
    select
        unit_code,
        indicator_code,
        data_year,
        unit_type,
        geography_version,
        case when is_sum then components_sum else printed_value end as value,
        case when is_sum then 12 else printed_decimals end as value_decimals,
        case when is_sum then sum_status else printed_status end as status_precedence,
        case when is_sum then sum_publisher else printed_publisher end as publisher_precedence,
        case when is_sum then sum_synthetic else printed_synthetic end as is_synthetic,
        case when is_sum then sum_document else printed_document end as source_document_id,
        case when is_sum then sum_at else printed_at end as published_at,
        case when is_sum then n_components end as n_components,
        components_sum
    from compared_{{ level }}
){{ ',' if not loop.last }}
{% endfor %}
select
    unit_code,
    indicator_code,
    data_year,
    unit_type,
    geography_version,
    value,
    value_decimals,
    case when n_components is null then 'published' else 'derived' end as value_basis,
    case status_precedence when 1 then 'printed' when 2 then 'derived' else 'suspect' end as figure_status,
    n_components,
    components_sum,
    publisher_precedence,
    source_document_id,
    published_at,
    is_synthetic
from level_{{ var('hierarchy_depth') }}
