-- Every day from 2000 to 2049, whatever was loaded: from before the first index (2005) to beyond the
-- last target (2030), the same in every installation. By day, because dbt takes no coarser time spine.
with digit as (
    select 0 as digit
    union all
    select 1 as digit
    union all
    select 2 as digit
    union all
    select 3 as digit
    union all
    select 4 as digit
    union all
    select 5 as digit
    union all
    select 6 as digit
    union all
    select 7 as digit
    union all
    select 8 as digit
    union all
    select 9 as digit
),

hundred as (
    select 10 * tens.digit + ones.digit as number
    from digit as tens
    cross join digit as ones
),

year_of_spine as (
    select
        2000 + number as data_year,
        mod(number, 4) = 0 as is_leap_year
    from hundred
    where number < 50
),

-- Only days that exist may be cast to a date: not every engine gives NULL for 30 February.
day_of_spine as (
    select
        year_of_spine.data_year,
        month_of_year.number as month_number,
        day_of_month.number as day_number
    from year_of_spine
    cross join hundred as month_of_year
    cross join hundred as day_of_month
    where
        month_of_year.number between 1 and 12
        and day_of_month.number >= 1
        and day_of_month.number <= case
            when month_of_year.number = 2 and year_of_spine.is_leap_year then 29
            when month_of_year.number = 2 then 28
            when month_of_year.number in (4, 6, 9, 11) then 30
            else 31
        end
)

select
    cast(
        concat(
            cast(data_year as string),
            case when month_number < 10 then '-0' else '-' end,
            cast(month_number as string),
            case when day_number < 10 then '-0' else '-' end,
            cast(day_number as string)
        ) as date
    ) as date_day,
    cast(data_year as int) as data_year
from day_of_spine
