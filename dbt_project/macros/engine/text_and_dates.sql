{# What engines spell differently. Models call these; where Spark's own version differs it stands beside the default.
   Each has a test in `tests/engine` that runs on both engines. #}

{# The host of a web address in lower case, without scheme, port, `www.` and path; NULL when there is none. #}
{% macro url_host(url) -%}
    {{ return(adapter.dispatch('url_host', 'reform_indicators')(url)) }}
{%- endmacro %}

{% macro default__url_host(url) -%}
    nullif(regexp_extract(lower(trim({{ url }})), '^(?:https?://)?(?:www[0-9]*[.])?([^/:?#]+)', 1), '')
{%- endmacro %}

{# How many digits after the decimal mark a cell shows, either mark, a percent sign allowed; 0 when none. #}
{% macro decimals_shown(value_text) -%}
    {{ return(adapter.dispatch('decimals_shown', 'reform_indicators')(value_text)) }}
{%- endmacro %}

{% macro default__decimals_shown(value_text) -%}
    coalesce(length(regexp_extract({{ value_text }}, '[.,]([0-9]+)[ %]*$', 1)), 0)
{%- endmacro %}

{# Text of a number for a sentence: `2.5`, `10`; with `mark=','` as Vietnamese writes it. #}
{% macro number_text(value, mark='.') -%}
    {{ return(adapter.dispatch('number_text', 'reform_indicators')(value, mark)) }}
{%- endmacro %}

{% macro default__number_text(value, mark) -%}
    replace(regexp_replace(cast({{ value }} as string), '[.]0$', ''), '.', '{{ mark }}')
{%- endmacro %}

{# Spark writes numbers from ten million on as `1.0E7`. #}
{% macro spark__number_text(value, mark) -%}
    replace(
        regexp_replace(
            regexp_replace(cast(cast({{ value }} as decimal(28, 6)) as string), '0+$', ''), '[.]$', ''
        ),
        '.', '{{ mark }}'
    )
{%- endmacro %}

{# Labels in one text, in the order of `order_by`, a column or several. An aggregate. #}
{% macro labels(label, order_by) -%}
    {{ return(adapter.dispatch('labels', 'reform_indicators')(label, order_by)) }}
{%- endmacro %}

{% macro default__labels(label, order_by) -%}
    {{ dbt.listagg(label, "', '", "order by " ~ order_by) }}
{%- endmacro %}

{% macro spark__labels(label, order_by) -%}
    array_join(
        transform(sort_array(collect_list(struct({{ order_by }}, {{ label }} as label))), one -> one.label), ', '
    )
{%- endmacro %}

{# The value below which a share `p` of the rows lies, interpolated; NULLs do not count. An aggregate. #}
{% macro quantile(value, p) -%}
    {{ return(adapter.dispatch('quantile', 'reform_indicators')(value, p)) }}
{%- endmacro %}

{% macro default__quantile(value, p) -%}
    percentile_cont({{ p }}) within group (order by {{ value }})
{%- endmacro %}

{# Text of a number with so many decimals: `0.40`; with `mark=','` as Vietnamese writes it. #}
{% macro fixed_text(value, decimals, mark='.') -%}
    {{ return(adapter.dispatch('fixed_text', 'reform_indicators')(value, decimals, mark)) }}
{%- endmacro %}

{% macro default__fixed_text(value, decimals, mark) -%}
    replace(cast(cast({{ value }} as decimal(18, {{ decimals }})) as string), '.', '{{ mark }}')
{%- endmacro %}

{# A date so many months later; `months` is a number, not a column. #}
{% macro months_later(date, months) -%}
    {{ return(adapter.dispatch('months_later', 'reform_indicators')(date, months)) }}
{%- endmacro %}

{% macro default__months_later(date, months) -%}
    cast({{ date }} + interval '{{ months }} month' as date)
{%- endmacro %}

{% macro spark__months_later(date, months) -%}
    add_months(cast({{ date }} as date), {{ months }})
{%- endmacro %}

{# A date so many days later; `days` may be a column of whole numbers. #}
{% macro days_later(date, days) -%}
    {{ return(adapter.dispatch('days_later', 'reform_indicators')(date, days)) }}
{%- endmacro %}

{% macro default__days_later(date, days) -%}
    cast({{ date }} + {{ days }} as date)
{%- endmacro %}

{% macro spark__days_later(date, days) -%}
    date_add(cast({{ date }} as date), cast({{ days }} as int))
{%- endmacro %}

{# The Monday of a moment's week. #}
{% macro monday_of(moment) -%}
    {{ return(adapter.dispatch('monday_of', 'reform_indicators')(moment)) }}
{%- endmacro %}

{% macro default__monday_of(moment) -%}
    cast(date_trunc('week', {{ moment }}) as date)
{%- endmacro %}
