{% macro worked(moment, is_working_day) %}
case
    when {{ is_working_day }}
        then least(greatest(date_part('hour', {{ moment }}) * 60 + date_part('minute', {{ moment }}) - 450, 0), 240)
            + least(greatest(date_part('hour', {{ moment }}) * 60 + date_part('minute', {{ moment }}) - 810, 0), 210)
    else 0
end
{% endmacro %}
