{{ config(materialized='ephemeral') }}

-- A dossier with one of the results below is done, also where its date of return is missing.
with dossier as (
    select
        *,
        cast(date_trunc('month', filed_at) as date) as filed_month,
        case
            when returned_at is not null
                then
                    greatest(
                        cast(date_trunc('month', returned_at) as date),
                        cast(date_trunc('month', filed_at) as date)
                    )
            when result in ('returned', 'refused', 'withdrawn')
                then greatest(export_month, cast(date_trunc('month', filed_at) as date))
        end as closed_month,
        -- A date without a time means some time of that day, so it is not before an hour of it.
        returned_at >= filed_at
        or (
            returned_at = date_trunc('day', returned_at)
            and cast(returned_at as date) = cast(filed_at as date)
        ) as is_in_order
    from {{ ref('stg_dossier') }}
),

placed as (
    select
        dossier.*,
        {{ working_position('dossier.filed_at', 'filed_day') }} as filed_position,
        {{ working_position('dossier.returned_at', 'returned_day') }} as returned_position,
        -- A limit without a time, or on a day off, has the whole day.
        case
            when not due_day.is_working_day or date_trunc('day', dossier.due_at) = dossier.due_at
                then due_day.due_until
            else {{ working_position('dossier.due_at', 'due_day') }}
        end as due_position
    from dossier
    left join {{ ref('stg_working_day') }} as filed_day on cast(dossier.filed_at as date) = filed_day.day
    left join {{ ref('stg_working_day') }} as due_day on cast(dossier.due_at as date) = due_day.day
    left join {{ ref('stg_working_day') }} as returned_day
        on cast(dossier.returned_at as date) = returned_day.day
)

select
    unit_code,
    coalesce(procedure_field, '') as procedure_field,
    is_synthetic,
    filed_month,
    closed_month,
    returned_at is not null as is_returned,
    case
        when is_in_order and returned_position < filed_position then 0
        when is_in_order then returned_position - filed_position
    end as working_minutes,
    case when is_in_order then returned_position > due_position end as is_late,
    way_of_filing,
    fee_paid_online,
    digitised,
    has_complaint,
    rating
from placed
