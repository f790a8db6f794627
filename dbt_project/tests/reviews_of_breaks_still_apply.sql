-- A reading of a break that is no longer found: the figures were corrected or the method was stated since.
-- Only where the figures are loaded, and never for a year whose change is known. It warns: the release says
-- what was found (dim_break_detection), and a person takes the reading out of break_review.csv.
{{ config(severity='warn') }}
select
    review.indicator_code,
    review.data_year,
    review.review_verdict
from {{ ref('stg_break_review') }} as review
inner join {{ ref('int_break_signal') }} as signal
    on review.indicator_code = signal.indicator_code and review.data_year = signal.data_year
left join {{ ref('int_break_detected') }} as detected
    on review.indicator_code = detected.indicator_code and review.data_year = detected.data_year
where detected.indicator_code is null
