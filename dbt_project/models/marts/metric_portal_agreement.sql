{%- set counts = {
    'PORTAL.HS_TOTAL': ('dossiers', 'dossiers'),
    'PORTAL.HTN_TRUCTUYEN_TOTAL': ('online_end_to_end', 'filed_online'),
    'PORTAL.HTDH': ('returned_on_time', 'returned_on_time'),
    'PORTAL.HTQH': ('returned_late', 'returned_late'),
    'PORTAL.HTDH_PCT': ('on_time_rate_pct', 'on_time_rate_pct')
} -%}
-- The same unit, month and thing counted twice: from the dossiers themselves, and by the portal.
with paired as (
    {%- for code, (dossier_column, portal_column) in counts.items() %}
    {% if not loop.first %}union all
    {% endif -%}
    select
        dossier.unit_code,
        dossier.data_month,
        '{{ code }}' as indicator_code,
        dossier.is_synthetic,
        cast(dossier.{{ dossier_column }} as double) as dossier_value,
        cast(portal.{{ portal_column }} as double) as portal_value,
        portal.source,
        portal.source_document_id,
        portal.batch_id,
        portal.fetched_at
    from {{ ref('fct_dossier_month') }} as dossier
    inner join {{ ref('fct_portal_month') }} as portal
        on
            dossier.unit_code = portal.unit_code
            and dossier.data_month = portal.data_month
            and dossier.is_synthetic = portal.is_synthetic
            and portal.boundary = 'published'
    where dossier.breakdown = 'unit'
    {%- endfor %}
)

select
    paired.unit_code,
    paired.data_month,
    paired.indicator_code,
    paired.is_synthetic,
    indicator.measure_unit,
    paired.dossier_value,
    paired.portal_value,
    paired.portal_value - paired.dossier_value as difference,
    case
        when indicator.measure_unit = 'count'
            then 100.0 * (paired.portal_value - paired.dossier_value) / nullif(paired.portal_value, 0)
    end as difference_pct,
    case
        when indicator.measure_unit = 'count'
            then {{ var('portal_agreement_count_pct') }} * paired.portal_value / 100.0
        else {{ var('portal_agreement_rate_points') }}
    end as tolerance,
    case
        when indicator.measure_unit = 'count'
            then
                abs(paired.portal_value - paired.dossier_value)
                <= {{ var('portal_agreement_count_pct') }} * paired.portal_value / 100.0
        else
            abs(paired.portal_value - paired.dossier_value) <= {{ var('portal_agreement_rate_points') }}
    end as is_agreed,
    paired.source,
    paired.source_document_id,
    paired.batch_id,
    paired.fetched_at
from paired
inner join {{ ref('stg_indicator') }} as indicator on paired.indicator_code = indicator.indicator_code
order by paired.unit_code, paired.data_month, paired.indicator_code, paired.is_synthetic
