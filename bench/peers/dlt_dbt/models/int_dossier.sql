with state as (
    select *, row_number() over (
        partition by unit_name, dossier_id order by export_month desc, source_row desc
    ) as place
    from {{ ref('stg_dossier') }}
    where filed_at is not null and dossier_id is not null
),

placed as (
    select
        u.unit_code,
        s.*,
        cast(date_trunc('month', s.filed_at) as date) as filed_month,
        cast(date_trunc('month', s.returned_at) as date) as returned_month,
        s.returned_at >= s.filed_at or (
            s.returned_at = date_trunc('day', s.returned_at) and cast(s.returned_at as date) = cast(s.filed_at as date)
        ) as is_in_order,
        f.minutes_before + {{ worked('s.filed_at', 'f.is_working_day') }} as filed_position,
        r.minutes_before + {{ worked('s.returned_at', 'r.is_working_day') }} as returned_position,
        case
            when not d.is_working_day or date_trunc('day', s.due_at) = s.due_at then d.due_until
            else d.minutes_before + {{ worked('s.due_at', 'd.is_working_day') }}
        end as due_position
    from state as s
    inner join raw.unit as u on s.unit_name = u.unit_name
    left join raw.working_day as f on f.day = cast(s.filed_at as date)
    left join raw.working_day as d on d.day = cast(s.due_at as date)
    left join raw.working_day as r on r.day = cast(s.returned_at as date)
    where s.place = 1
)

select
    unit_code,
    filed_month,
    case
        when returned_at is not null then greatest(returned_month, filed_month)
        when result in ('returned', 'refused', 'withdrawn') then greatest(export_month, filed_month)
    end as closed_month,
    returned_at is not null as is_returned,
    case when is_in_order then greatest(returned_position - filed_position, 0) end as minutes,
    case when is_in_order then returned_position > due_position end as is_late,
    is_online,
    rating
from placed
