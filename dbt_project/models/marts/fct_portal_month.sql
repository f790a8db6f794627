{%- set counts = {
    'dossiers': 'HS_TOTAL',
    'synchronised': 'DB_TOTAL',
    'filed_at_counter': 'HTN_TRUCTIEP_TOTAL',
    'filed_by_post': 'HTN_BUUCHINH_TOTAL',
    'filed_online': 'HTN_TRUCTUYEN_TOTAL',
    'filed_online_nonstandard': 'HTN_TRUCTUYEN_KHONGCHUAN_TOTAL',
    'returned_on_time': 'HTDH',
    'returned_late': 'HTQH',
    'processed_on_time': 'DXLTH',
    'processed_late': 'DXLQH',
    'payments': 'GDTT_TOTAL',
    'payments_national': 'GDTTQG',
    'payments_local': 'GDTTDP',
    'petitions_on_time': 'NTTDXLTH',
    'petitions_late': 'NTTDXLQH',
    'tntk_total': 'TNTK_TOTAL',
    'nttqg_total': 'NTTQG_TOTAL',
    'tnktcs_total': 'TNKTCS_TOTAL'
} -%}
{%- set rates = {
    'on_time_rate_pct': 'HTDH_PCT',
    'filed_online_pct': 'HTN_TRUCTUYEN',
    'filed_at_counter_pct': 'HTN_TRUCTIEP',
    'synchronised_pct': 'TILE_DB',
    'processed_on_time_pct': 'DXLTH_PCT',
    'payments_national_pct': 'GDTTQG_PCT',
    'petitions_on_time_pct': 'NTTDXLTH_PCT'
} -%}
{%- set printed = {
    'on_time_rate_printed_pct': 'TILE',
    'filed_online_printed_pct': 'HTN_TRUCTUYEN',
    'filed_at_counter_printed_pct': 'HTN_TRUCTIEP',
    'synchronised_printed_pct': 'TILE_DB'
} -%}
{%- set compared = {'dossiers': 'HS_TOTAL', 'on_time_rate': 'HTDH_PCT', 'filed_online': 'HTN_TRUCTUYEN'} -%}
-- A month of a unit in one row: the measures of `metric_portal_change`, side by side.
with pivoted as (
    select
        unit_code,
        data_month,
        boundary,
        is_synthetic,
        {%- for name, code in counts.items() %}
        cast(max(case when indicator_code = 'PORTAL.{{ code }}' then value end) as bigint) as {{ name }},
        {%- endfor %}
        {%- for name, code in rates.items() %}
        max(case when indicator_code = 'PORTAL.{{ code }}' then value end) as {{ name }},
        {%- endfor %}
        {%- for name, code in printed.items() %}
        max(case when indicator_code = 'PORTAL.{{ code }}' then printed_value end) as {{ name }},
        {%- endfor %}
        max(abs(printed_difference_points)) as largest_printed_difference_points,
        {%- for name, code in compared.items() %}
        max(case when indicator_code = 'PORTAL.{{ code }}' then previous_month_value end)
            as {{ name }}_previous_month,
        max(case when indicator_code = 'PORTAL.{{ code }}' then month_change end) as {{ name }}_month_change,
        max(case when indicator_code = 'PORTAL.{{ code }}' then same_month_last_year_value end)
            as {{ name }}_same_month_last_year,
        max(case when indicator_code = 'PORTAL.{{ code }}' then year_change end) as {{ name }}_year_change,
        max(case when indicator_code = 'PORTAL.{{ code }}' then rolling_twelve_value end)
            as {{ name }}_rolling_twelve,
        {%- endfor %}
        max(case when indicator_code = 'PORTAL.HS_TOTAL' then month_change_pct end)
            as dossiers_month_change_pct,
        max(case when indicator_code = 'PORTAL.HS_TOTAL' then year_change_pct end)
            as dossiers_year_change_pct,
        max(case when indicator_code = 'PORTAL.HS_TOTAL' then month_not_comparable_reason end)
            as month_not_comparable_reason,
        max(case when indicator_code = 'PORTAL.HS_TOTAL' then year_not_comparable_reason end)
            as year_not_comparable_reason,
        max(case when indicator_code = 'PORTAL.HS_TOTAL' then rolling_month_count end) as rolling_month_count,
        max(predecessor_count) as predecessor_count,
        case when min(batch_id) = max(batch_id) then min(batch_id) end as batch_id,
        case
            when min(source_document_id) = max(source_document_id) then min(source_document_id)
        end as source_document_id,
        min(source) as source,
        min(fetched_at) as fetched_at
    from {{ ref('metric_portal_change') }}
    group by unit_code, data_month, boundary, is_synthetic
)

select
    unit_code,
    data_month,
    boundary,
    is_synthetic,
    {%- for name in counts %}
    {{ name }},
    {%- endfor %}
    {%- for name in rates %}
    {{ name }},
    {%- endfor %}
    {%- for name in printed %}
    {{ name }},
    {%- endfor %}
    largest_printed_difference_points,
    {%- for name in compared %}
    {{ name }}_previous_month,
    {{ name }}_month_change,
    {{ name }}_same_month_last_year,
    {{ name }}_year_change,
    {{ name }}_rolling_twelve,
    {%- endfor %}
    dossiers_month_change_pct,
    dossiers_year_change_pct,
    month_not_comparable_reason,
    year_not_comparable_reason,
    rolling_month_count,
    predecessor_count,
    batch_id,
    source_document_id,
    source,
    fetched_at
from pivoted
order by unit_code, data_month, boundary, is_synthetic
