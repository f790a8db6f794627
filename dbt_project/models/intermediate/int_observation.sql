-- Every accepted figure with what the choice between sources looks at, and its place in that choice.
with publisher_names as (
    select
        publishers.publisher,
        publishers.publisher_class,
        classes.publisher_precedence,
        row_number() over (
            partition by publishers.publisher
            order by classes.publisher_precedence, publishers.publisher_class
        ) as class_order
    from {{ ref('stg_publisher') }} as publishers
    inner join {{ ref('stg_publisher_class') }} as classes
        on publishers.publisher_class = classes.publisher_class
),

figures as (
    select
        figure.*,
        {{ url_host('figure.source_url') }} as host,
        greatest(2, least(12, {{ decimals_shown('figure.value_text') }})) as value_decimals,
        case figure.figure_status when 'printed' then 1 when 'derived' then 2 else 3 end as status_precedence
    from {{ ref('stg_figure') }} as figure
),

-- Who says it: the page the figure names, else the publisher the document names, else where the source is
-- kept.
sourced as (
    select
        figures.*,
        document.source_document_id,
        document.source,
        batch.published_at,
        data_source.is_synthetic,
        batch.superseded_by_batch_id is not null as is_superseded,
        case when document.media_type = 'application/pdf' then 2 else 1 end as media_precedence,
        coalesce(figure_host.publisher, batch.publisher, source_host.publisher, document.source_document_id)
            as publisher,
        coalesce(figure_host.publisher_class, by_name.publisher_class, source_host.publisher_class)
            as publisher_class,
        coalesce(
            figure_host.publisher_precedence,
            by_name.publisher_precedence,
            source_host.publisher_precedence,
            99
        ) as publisher_precedence
    from figures
    inner join {{ ref('stg_batch') }} as batch on figures.batch_id = batch.batch_id
    inner join {{ ref('stg_source_document') }} as document
        on batch.source_document_id = document.source_document_id
    left join {{ ref('stg_data_source') }} as data_source on document.source = data_source.source
    left join {{ ref('int_publisher_host') }} as figure_host on figures.host = figure_host.host
    left join publisher_names as by_name
        on batch.publisher = by_name.publisher and by_name.class_order = 1
    left join {{ ref('int_publisher_host') }} as source_host
        on source_host.host = {{ url_host('data_source.source_url') }}
    -- Monthly figures have marts of their own, and what was made up by us is never the value of an index.
    where figures.data_month is null and not coalesce(data_source.is_synthetic, false)
),

-- What each publisher says in the end: its later word stands for its earlier one, whoever else speaks.
own_word as (
    select
        sourced.*,
        row_number() over (
            partition by
                sourced.unit_code,
                sourced.indicator_code,
                sourced.data_year,
                sourced.is_superseded,
                sourced.publisher
            order by
                case when sourced.value is null then 1 else 0 end,
                sourced.status_precedence,
                sourced.published_at desc nulls last,
                sourced.publisher_precedence,
                sourced.media_precedence,
                sourced.source_document_id,
                sourced.batch_id,
                sourced.row_id
        ) as own_order
    from sourced
)

select
    batch_id,
    row_id,
    source_document_id,
    source,
    unit_code,
    unit_type,
    unit_text,
    indicator_code,
    indicator_text,
    data_year,
    geography_version,
    value,
    value_text,
    value_decimals,
    rank,
    rank_text,
    coalesce(value_locator, rank_locator) as locator,
    rank_locator,
    figure_status,
    status_precedence,
    publisher,
    publisher_class,
    publisher_precedence,
    media_precedence,
    published_at,
    source_url,
    note,
    correction_id,
    coalesce(is_synthetic, false) as is_synthetic,
    is_superseded,
    -- The written rule. Superseded figures take no part: their place is counted apart and never used.
    row_number() over (
        partition by unit_code, indicator_code, data_year, is_superseded
        order by
            case when value is null then 1 else 0 end,
            status_precedence,
            case when own_order > 1 then 1 else 0 end,
            publisher_precedence,
            media_precedence,
            source_document_id,
            batch_id,
            row_id
    ) as choice_order
from own_word
