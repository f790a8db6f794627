-- A count below the limit is withheld; where it is the only one of its unit and month, the next smallest is
-- too, because the total less the others would tell it.
with counted as (
    select
        unit_code,
        data_month,
        breakdown,
        procedure_field,
        is_synthetic,
        ratings,
        complaint_known,
        case
            when ratings between 1 and {{ var('dossier_minimum_answers') }} - 1 then 1
            else 0
        end as is_few_ratings,
        case
            when complaint_known between 1 and {{ var('dossier_minimum_answers') }} - 1 then 1
            else 0
        end as is_few_complaints
    from {{ ref('int_dossier_month') }}
),

placed as (
    select
        *,
        sum(is_few_ratings) over (
            partition by unit_code, data_month, breakdown, is_synthetic
        ) as few_ratings_together,
        sum(is_few_complaints) over (
            partition by unit_code, data_month, breakdown, is_synthetic
        ) as few_complaints_together,
        row_number() over (
            partition by unit_code, data_month, breakdown, is_synthetic, is_few_ratings, ratings = 0
            order by ratings, procedure_field
        ) as place_by_ratings,
        row_number() over (
            partition by
                unit_code, data_month, breakdown, is_synthetic, is_few_complaints, complaint_known = 0
            order by complaint_known, procedure_field
        ) as place_by_complaints
    from counted
)

select
    unit_code,
    data_month,
    breakdown,
    procedure_field,
    is_synthetic,
    is_few_ratings = 1
    or (few_ratings_together = 1 and is_few_ratings = 0 and ratings > 0 and place_by_ratings = 1)
        as is_rating_suppressed,
    is_few_complaints = 1
    or (
        few_complaints_together = 1
        and is_few_complaints = 0
        and complaint_known > 0
        and place_by_complaints = 1
    )
        as is_complaint_suppressed
from placed
