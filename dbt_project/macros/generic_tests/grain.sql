{# The grain a description promises: no column of the key is empty and no key occurs twice.
   `counted_month`: the key's column of a table of which a build makes only the stale months again. Then those months
   are looked at, old rows beside new ones, so that a month more costs the same after ten years; all of them where no
   build is under way. #}
{% test grain(model, columns, counted_month=none) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    {% if counted_month -%}
    where {{ counted_month }} in (select stale.data_month from {{ ref('stg_dossier_stale_month') }} as stale)
        or not exists (select 1 from {{ ref('stg_dossier_stale_month') }})
    {% endif -%}
    group by {{ columns | join(', ') }}
    having count(*) > 1
        {%- for column in columns %} or {{ column }} is null{% endfor %}
{% endtest %}
