{# The schemas are exactly `staging`, `intermediate` and `marts`: users' tools name them, so no target prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
