-- Figures on which valid sources differ by more than rounding: what each says, and which one is used.
with stated as (
    select
        observation.unit_code,
        observation.indicator_code,
        observation.data_year,
        observation.value,
        observation.publisher_class,
        choice.is_contradicted,
        choice.is_chosen,
        -- The same word of the same publisher class counts once: an annex and its PDF are not two opinions.
        row_number() over (
            partition by
                observation.unit_code,
                observation.indicator_code,
                observation.data_year,
                observation.value,
                observation.publisher_class
            order by observation.choice_order
        ) as copy_order
    from {{ ref('int_observation') }} as observation
    inner join {{ ref('int_observation_choice') }} as choice
        on observation.batch_id = choice.batch_id and observation.row_id = choice.row_id
    where observation.value is not null
),

listed as (
    select
        unit_code,
        indicator_code,
        data_year,
        count(*) as statement_count,
        sum(case when is_contradicted then 1 else 0 end) as contradicted_count,
        {{ labels("concat(" ~ number_text('value', ',') ~ ", ' (', publisher_class, ')')",
            'value, publisher_class') }} as statements_vi,
        {{ labels("concat(" ~ number_text('value') ~ ", ' (', publisher_class, ')')",
            'value, publisher_class') }} as statements_en
    from stated
    where copy_order = 1
    group by unit_code, indicator_code, data_year
)

select
    fact.unit_code,
    fact.indicator_code,
    fact.data_year,
    fact.index_code,
    fact.value,
    fact.value_basis,
    fact.source_document_id,
    fact.conflict_high - fact.conflict_low as conflict_spread,
    cast(listed.statement_count as bigint) as statement_count,
    cast(listed.contradicted_count as bigint) as contradicted_count,
    listed.statements_vi,
    listed.statements_en
from {{ ref('int_value_published') }} as fact
inner join listed
    on
        fact.unit_code = listed.unit_code
        and fact.indicator_code = listed.indicator_code
        and fact.data_year = listed.data_year
where fact.has_conflict
