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
