-- The parts and the remainder of a total are its difference, whatever came, went or was not published.
select
    unit_code,
    total_code,
    data_year,
    boundary
from {{ ref('metric_contribution') }}
group by unit_code, total_code, data_year, boundary
having abs(sum(coalesce(contribution, 0)) - max(total_difference)) > 0.000000001
