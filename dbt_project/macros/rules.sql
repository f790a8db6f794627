{# Rules used by more than one model, each written once. #}

{# Position of a reason in `not_comparable_reasons`: the smallest of several is the one printed. #}
{% macro reason_precedence(reason) -%}
    case {{ reason }}
    {%- for code in var('not_comparable_reasons') %} when '{{ code }}' then {{ loop.index }}{% endfor %}
    end
{%- endmacro %}

{# Whether two numbers, shown with so many decimals each, can be the same number rounded: at most half a unit of the
   coarser last digit apart. #}
{% macro agree(left_value, left_decimals, right_value, right_decimals) -%}
    abs({{ left_value }} - {{ right_value }})
    <= 0.5 * power(10, -least({{ left_decimals }}, {{ right_decimals }})) + 0.000000001
{%- endmacro %}

{# Sum that does not depend on the order of its rows: exact to 12 decimals, so equal input gives equal bytes. #}
{% macro exact_sum(value) -%}
    cast(sum(cast({{ value }} as decimal(28, 12))) as double)
{%- endmacro %}

{# 31 December of a year, the day the geography of a year is taken on. #}
{% macro year_end(year) -%}
    cast(concat(cast({{ year }} as string), '-12-31') as date)
{%- endmacro %}

{# Place of a value among its group, doubled so that ties, which share the mean of their places, stay whole numbers. #}
{% macro doubled_place(value, group) -%}
    2 * rank() over (partition by {{ group }} order by {{ value }})
    + count(*) over (partition by {{ group }}, {{ value }}) - 1
{%- endmacro %}

{# Rank correlation (Spearman, -1 to 1) of two whole-number places, an aggregate; NULL where one of them is the same
   for all. The sums are of whole numbers, so the order of the rows changes no digit. #}
{% macro place_correlation(left_place, right_place) -%}
    cast(
        count(*) * sum(cast({{ left_place }} * {{ right_place }} as bigint))
        - sum(cast({{ left_place }} as bigint)) * sum(cast({{ right_place }} as bigint)) as double
    )
    / nullif(
        sqrt(
            cast(
                count(*) * sum(cast({{ left_place }} * {{ left_place }} as bigint))
                - sum(cast({{ left_place }} as bigint)) * sum(cast({{ left_place }} as bigint)) as double
            )
            * cast(
                count(*) * sum(cast({{ right_place }} * {{ right_place }} as bigint))
                - sum(cast({{ right_place }} as bigint)) * sum(cast({{ right_place }} as bigint)) as double
            )
        ),
        0
    )
{%- endmacro %}

{# A correlation on the scale on which its sampling noise is the same everywhere (Fisher); 0.95 and beyond count as
   0.95, so that one perfect pair of years does not decide. #}
{% macro fisher(correlation) -%}
    0.5 * ln(
        (1 + least(0.95, greatest(-0.95, {{ correlation }})))
        / (1 - least(0.95, greatest(-0.95, {{ correlation }})))
    )
{%- endmacro %}

{# What is usual for one series: its own figure, weighed by the years it rests on, with the figure of the whole index
   counting as `break_prior_years` more. Few years must not make a quiet accident the rule. #}
{% macro shrunk(own, own_years, whole) -%}
    (
        coalesce({{ own }} * {{ own_years }}, 0)
        + coalesce({{ whole }} * {{ var('break_prior_years') }}, 0)
    )
    / (
        case when {{ own }} is null then 0 else {{ own_years }} end
        + case when {{ whole }} is null then 0 else {{ var('break_prior_years') }} end
    )
{%- endmacro %}

{# A change for a sentence, its sign always shown: `+0.398`, `−0.309`. #}
{% macro signed_text(value, decimals, mark='.') -%}
    concat(
        case when {{ value }} < 0 then '−' else '+' end, {{ fixed_text('abs(' ~ value ~ ')', decimals, mark) }}
    )
{%- endmacro %}

{# The correlation a `fisher` figure stands for. #}
{% macro unfisher(strength) -%}
    (exp(2 * ({{ strength }})) - 1) / (exp(2 * ({{ strength }})) + 1)
{%- endmacro %}

{# Position of a moment on the scale of working minutes: those of all days before, and of its day up to it. `day` is
   the alias of its row of `stg_working_day`, whose spans of hours are empty on a day off. #}
{% macro working_position(moment, day) -%}
    {%- set minute = '(extract(hour from ' ~ moment ~ ') * 60 + extract(minute from ' ~ moment ~ '))' -%}
    {{ day }}.minutes_before
    + least(greatest({{ minute }} - {{ day }}.first_from, 0), {{ day }}.first_to - {{ day }}.first_from)
    + least(greatest({{ minute }} - {{ day }}.second_from, 0), {{ day }}.second_to - {{ day }}.second_from)
{%- endmacro %}
