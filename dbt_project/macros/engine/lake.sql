{# The rows of the lake's files that this build has to read. Whoever starts dbt makes the view first: in DuckDB it
   stands in the schema `raw`; in Spark it belongs to the session, because no stored view may name several folders. #}
{% macro lake_rows(table) -%}
    {{ return(adapter.dispatch('lake_rows', 'reform_indicators')(table)) }}
{%- endmacro %}

{% macro default__lake_rows(table) -%}
    raw.lake_{{ table }}
{%- endmacro %}

{% macro spark__lake_rows(table) -%}
    lake_{{ table }}
{%- endmacro %}

{# Before an incremental model adds the stale months: remove what it holds of them. Parquet has no `delete`, so Spark
   builds these models whole. #}
{% macro forget_stale_months(column) -%}
    {{ return(adapter.dispatch('forget_stale_months', 'reform_indicators')(column)) }}
{%- endmacro %}

{% macro default__forget_stale_months(column) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ column }} in (select data_month from {{ ref('stg_dossier_stale_month') }})
    {%- endif -%}
{%- endmacro %}

{% macro spark__forget_stale_months(column) -%}
{%- endmacro %}

{# The same for what changes with every later month too: all months since the first stale one. #}
{% macro forget_months_since_stale(column) -%}
    {{ return(adapter.dispatch('forget_months_since_stale', 'reform_indicators')(column)) }}
{%- endmacro %}

{% macro default__forget_months_since_stale(column) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ column }} >= (select min(data_month) from {{ ref('stg_dossier_stale_month') }})
    {%- endif -%}
{%- endmacro %}

{% macro spark__forget_months_since_stale(column) -%}
{%- endmacro %}
