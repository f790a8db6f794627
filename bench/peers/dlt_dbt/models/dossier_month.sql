with covered as (
    select distinct u.unit_code, s.export_month as data_month
    from {{ ref('stg_dossier') }} as s
    inner join raw.unit as u on s.unit_name = u.unit_name
),

filed as (
    select
        unit_code,
        filed_month as data_month,
        count(*) as dossiers,
        count(*) filter (where is_online) as online_end_to_end
    from {{ ref('int_dossier') }}
    group by unit_code, filed_month
),

closed as (
    select
        unit_code,
        closed_month as data_month,
        count(*) filter (where is_returned) as returned,
        count(*) filter (where not is_late) as returned_on_time,
        count(*) filter (where is_late) as returned_late,
        quantile_disc(minutes, 0.5) as median_working_minutes,
        count(rating) as ratings,
        sum(rating) as rating_sum
    from {{ ref('int_dossier') }}
    where closed_month is not null
    group by unit_code, closed_month
),

backlog as (
    select c.unit_code, c.data_month, count(*) as backlog
    from covered as c
    inner join {{ ref('int_dossier') }} as s
        on c.unit_code = s.unit_code and s.filed_month <= c.data_month
        and (s.closed_month is null or s.closed_month > c.data_month)
    group by c.unit_code, c.data_month
)

select
    c.unit_code,
    c.data_month,
    coalesce(f.dossiers, 0) as dossiers,
    coalesce(f.online_end_to_end, 0) as online_end_to_end,
    coalesce(x.returned, 0) as returned,
    coalesce(x.returned_on_time, 0) as returned_on_time,
    coalesce(x.returned_late, 0) as returned_late,
    x.median_working_minutes,
    coalesce(b.backlog, 0) as backlog,
    coalesce(x.ratings, 0) as ratings,
    coalesce(x.rating_sum, 0) as rating_sum
from covered as c
left join filed as f on c.unit_code = f.unit_code and c.data_month = f.data_month
left join closed as x on c.unit_code = x.unit_code and c.data_month = x.data_month
left join backlog as b on c.unit_code = b.unit_code and c.data_month = b.data_month
