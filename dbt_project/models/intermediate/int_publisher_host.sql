-- A host belongs to the publisher with the longest domain it ends with: `sonoivu.namdinh.gov.vn` to
-- `namdinh.gov.vn`, and that to `gov.vn` when nothing nearer is known.
with hosts as (
    select {{ url_host('source_url') }} as host
    from {{ ref('stg_figure') }}
    union distinct
    select {{ url_host('source_url') }} as host
    from {{ ref('stg_data_source') }}
),

publishers as (
    select
        {{ url_host('publisher_domain') }} as domain,
        publisher,
        publisher_class
    from {{ ref('stg_publisher') }}
),

matched as (
    select
        hosts.host,
        publishers.publisher,
        publishers.publisher_class,
        row_number() over (
            partition by hosts.host
            order by length(publishers.domain) desc, publishers.publisher_class, publishers.publisher
        ) as match_order
    from hosts
    inner join publishers
        on hosts.host = publishers.domain or hosts.host like concat('%.', publishers.domain)
)

select
    matched.host,
    matched.publisher,
    matched.publisher_class,
    classes.publisher_precedence
from matched
inner join {{ ref('stg_publisher_class') }} as classes
    on matched.publisher_class = classes.publisher_class
where matched.match_order = 1
