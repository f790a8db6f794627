{% macro moment(cell) %}
coalesce(
    try_strptime({{ cell }}, ['%Y-%m-%d %H:%M', '%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M:%S', '%Y-%m-%dT%H:%M:%S', '%d/%m/%Y',
                              '%d-%m-%Y %H:%M']),
    timestamp '1899-12-30' + to_seconds(cast(round(try_cast({{ cell }} as double) * 86400) as bigint)))
{% endmacro %}
