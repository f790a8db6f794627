{{ config(materialized='view') }}
-- Each value with its places, its change and the verdict the written rule gives.
with gathered as (
    select
        fact.unit_code,
        fact.indicator_code,
        fact.data_year,
        fact.boundary,
        fact.index_code,
        fact.unit_type,
        fact.value,
        fact.figure_status,
        fact.max_value,
        fact.value_pct,
        fact.rank,
        fact.rank_out_of,
        fact.has_conflict,
        fact.is_synthetic,
        fact.source_document_id,
        indicator.indicator_level,
        indicator.measure_unit,
        own.own_criteria_count,
        own.rank_among_own_criteria,
        own.own_standing,
        -- Where too few values are published for a place of our own, the printed place still is one.
        coalesce(
            standing.standing,
            case when fact.rank_out_of > 1 then (fact.rank - 1) * 1.0 / (fact.rank_out_of - 1) end
        ) as peer_standing
    from {{ ref('int_indicator_value') }} as fact
    inner join {{ ref('stg_indicator') }} as indicator on fact.indicator_code = indicator.indicator_code
    left join {{ ref('int_peer_standing') }} as standing
        on
            fact.unit_code = standing.unit_code
            and fact.indicator_code = standing.indicator_code
            and fact.data_year = standing.data_year
            and fact.boundary = standing.boundary
            and standing.peer_group = 'all'
    left join {{ ref('int_own_criteria') }} as own
        on
            fact.unit_code = own.unit_code
            and fact.indicator_code = own.indicator_code
            and fact.data_year = own.data_year
            and fact.boundary = own.boundary
),

withheld as (
    select
        *,
        case
            when figure_status = 'suspect' then 'figure_suspect'
            when value is null and rank is null then 'value_missing'
            when unit_type = 'national' then 'no_peers'
            when peer_standing is null then 'too_few_peers'
            when indicator_level = 'total' then null
            when max_value is null then 'maximum_unknown'
            when own_standing is null then 'own_criteria_missing'
        end as verdict_withheld_reason
    from gathered
)

select
    unit_code,
    indicator_code,
    data_year,
    boundary,
    index_code,
    unit_type,
    indicator_level,
    measure_unit,
    value,
    figure_status,
    max_value,
    value_pct,
    rank,
    rank_out_of,
    has_conflict,
    is_synthetic,
    source_document_id,
    own_criteria_count,
    rank_among_own_criteria,
    verdict_withheld_reason,
    case
        when verdict_withheld_reason is not null then 'cannot_be_said'
        when
            peer_standing <= {{ var('verdict_peer_share') }}
            and (indicator_level = 'total' or own_standing <= {{ var('verdict_own_share') }})
            then 'strength'
        when
            peer_standing >= 1 - {{ var('verdict_peer_share') }}
            and (indicator_level = 'total' or own_standing >= 1 - {{ var('verdict_own_share') }})
            then 'weakness'
        else 'neutral'
    end as verdict
from withheld
