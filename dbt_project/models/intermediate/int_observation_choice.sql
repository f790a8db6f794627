-- Why each observation was chosen or not: the first criterion of the rule that separates it from its rival.
-- The rival of the winner is the runner-up; the rival of every other is the winner.
with current_observation as (
    select *
    from {{ ref('int_observation') }}
    where not is_superseded
),

paired as (
    select
        mine.batch_id,
        mine.row_id,
        mine.value,
        mine.value_decimals,
        mine.rank,
        mine.status_precedence,
        mine.publisher,
        mine.publisher_precedence,
        mine.media_precedence,
        mine.published_at,
        mine.choice_order,
        rival.batch_id as rival_batch_id,
        rival.value as rival_value,
        rival.value_decimals as rival_decimals,
        rival.rank as rival_rank,
        rival.status_precedence as rival_status,
        rival.publisher as rival_publisher_name,
        rival.publisher_precedence as rival_publisher,
        rival.media_precedence as rival_media,
        rival.published_at as rival_at,
        chosen.value as chosen_value,
        chosen.value_decimals as chosen_decimals,
        chosen.value_basis
    from current_observation as mine
    left join current_observation as rival
        on
            mine.unit_code = rival.unit_code
            and mine.indicator_code = rival.indicator_code
            and mine.data_year = rival.data_year
            and rival.choice_order = case when mine.choice_order = 1 then 2 else 1 end
    inner join {{ ref('int_value_chosen') }} as chosen
        on
            mine.unit_code = chosen.unit_code
            and mine.indicator_code = chosen.indicator_code
            and mine.data_year = chosen.data_year
)

select
    batch_id,
    row_id,
    choice_order = 1 and value_basis = 'published' as is_chosen,
    coalesce(
        value is not null
        and chosen_value is not null
        and not ({{ agree('value', 'value_decimals', 'chosen_value', 'chosen_decimals') }}),
        false
    ) as is_contradicted,
    case
        when choice_order = 1 and value_basis = 'derived' and status_precedence = 3 then 'suspect'
        when choice_order = 1 and value_basis = 'derived' then 'components_sum'
        when rival_batch_id is null then 'only_source'
        when value is null and rival_value is null and rank = rival_rank then 'tie_agree'
        when (value is null) <> (rival_value is null) then 'rank_only'
        when {{ agree('value', 'value_decimals', 'rival_value', 'rival_decimals') }} then 'tie_agree'
        when status_precedence = 3 and rival_status < 3 then 'suspect'
        when status_precedence <> rival_status then 'figure_status'
        when
            publisher = rival_publisher_name
            and coalesce(published_at, date '1900-01-01') <> coalesce(rival_at, date '1900-01-01')
            then 'later'
        when publisher_precedence <> rival_publisher then 'precedence'
        when media_precedence <> rival_media then 'media_type'
        else 'fixed_order'
    end as choice_reason
from paired
