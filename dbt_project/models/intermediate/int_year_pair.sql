-- Each value beside the one of the year before, with everything that decides whether the two may be
-- compared. The year before is the row before in the series, where that row is of that year: one pass over
-- the values, where a join of the table with itself would hold all of it in memory. Sentences are added in
-- `metric_yoy`.
with series as (
    select
        unit_code,
        indicator_code,
        data_year,
        boundary,
        index_code,
        unit_type,
        value,
        value_pct,
        rank,
        rank_out_of,
        geography_version,
        methodology_version,
        source_document_id,
        figure_status,
        has_conflict,
        is_synthetic,
        weight_basis,
        correction_id,
        missing_predecessors_vi,
        missing_predecessors_en,
        lag(data_year) over series_order as row_before_year,
        lag(value) over series_order as row_before_value,
        lag(value_pct) over series_order as row_before_value_pct,
        lag(rank) over series_order as row_before_rank,
        lag(rank_out_of) over series_order as row_before_rank_out_of,
        lag(geography_version) over series_order as row_before_geography_version,
        lag(figure_status) over series_order as row_before_figure_status,
        lag(has_conflict) over series_order as row_before_has_conflict,
        lag(is_synthetic) over series_order as row_before_is_synthetic,
        lag(weight_basis) over series_order as row_before_weight_basis,
        lag(correction_id) over series_order as row_before_correction_id,
        lag(missing_predecessors_vi) over series_order as row_before_missing_vi,
        lag(missing_predecessors_en) over series_order as row_before_missing_en
    from {{ ref('int_indicator_value') }}
    window series_order as (partition by unit_code, indicator_code, boundary order by data_year)
),

paired as (
    select
        *,
        data_year - 1 as previous_year,
        coalesce(row_before_year = data_year - 1, false) as has_year_before
    from series
),

-- At most one break a year forbids a series, and one more a national or regional figure.
break_of_the_year as (
    select
        indicator_code,
        first_year,
        max(case when reason = 'boundary_changed' then 1 else 0 end) as is_remapped,
        max(case when reason <> 'boundary_changed' then reason end) as reason,
        max(case when reason <> 'boundary_changed' and is_beyond_scale then 1 else 0 end) as is_beyond_scale
    from {{ ref('int_indicator_break') }}
    where break_order = 1
    group by indicator_code, first_year
),

judged as (
    select
        paired.*,
        break_of_the_year.reason as break_reason,
        coalesce(break_of_the_year.is_beyond_scale, 0) = 1 as is_beyond_scale,
        coalesce(break_of_the_year.is_remapped, 0) = 1 and paired.unit_type in ('national', 'region')
            as is_remapped,
        paired.has_year_before
        and paired.value is not null
        and paired.row_before_value is not null as has_both,
        -- The unit came into being since: its predecessors have last year's figures, under other codes.
        coalesce(
            paired.boundary = 'published'
            and not (paired.has_year_before and paired.row_before_value is not null)
            and formation.formed_on > {{ year_end('paired.previous_year') }},
            false
        ) as is_new_territory
    from paired
    left join break_of_the_year
        on
            paired.indicator_code = break_of_the_year.indicator_code
            and paired.data_year = break_of_the_year.first_year
    left join {{ ref('int_unit_formation') }} as formation on paired.unit_code = formation.unit_code
)

select
    unit_code,
    indicator_code,
    data_year,
    boundary,
    index_code,
    unit_type,
    previous_year,
    value,
    case when has_year_before then row_before_value end as previous_value,
    value_pct,
    case when has_year_before then row_before_value_pct end as previous_value_pct,
    rank,
    case when has_year_before then row_before_rank end as previous_rank,
    rank_out_of,
    case when has_year_before then row_before_rank_out_of end as previous_rank_out_of,
    geography_version,
    case when has_year_before then row_before_geography_version end as previous_geography_version,
    methodology_version,
    source_document_id,
    case
        when is_new_territory or is_remapped then 'boundary_changed'
        when break_reason is not null then break_reason
        when not has_both then 'previous_missing'
    end as not_comparable_reason,
    -- Where a territory came between, the reason is the territory alone, whatever else changed that year.
    is_beyond_scale,
    is_new_territory,
    not (is_new_territory or is_remapped) and break_reason is null and has_both as is_comparable,
    -- The worse of the two years: a change stands on both.
    case
        when
            figure_status = 'suspect' or (has_year_before and row_before_figure_status = 'suspect')
            then 'suspect'
        when
            figure_status = 'derived' or (has_year_before and row_before_figure_status = 'derived')
            then 'derived'
        else 'printed'
    end as value_status,
    coalesce(has_conflict, false)
    or (has_year_before and coalesce(row_before_has_conflict, false)) as has_conflict,
    coalesce(is_synthetic, false)
    or (has_year_before and coalesce(row_before_is_synthetic, false)) as is_synthetic,
    weight_basis,
    case when has_year_before then row_before_weight_basis end as previous_weight_basis,
    correction_id,
    case when has_year_before then row_before_correction_id end as previous_correction_id,
    missing_predecessors_vi,
    missing_predecessors_en,
    case when has_year_before then row_before_missing_vi end as previous_missing_predecessors_vi,
    case when has_year_before then row_before_missing_en end as previous_missing_predecessors_en
from judged
