{# Figures and reasons as a sentence prints them; `lang` is `vi` (decimal comma) or `en`. #}

{# A figure of an indicator, rounded for reading: 4 decimals on a scale of 0 to 1, else 2. #}
{% macro figure_text(value, measure_unit, lang) -%}
{%- set mark = ',' if lang == 'vi' else '.' -%}
    case
        when {{ measure_unit }} = 'index_0_1' then {{ number_text('round(' ~ value ~ ', 4)', mark) }}
        else {{ number_text('round(' ~ value ~ ', 2)', mark) }}
    end
{%- endmacro %}

{# What follows a level in a sentence: `83,94%`, `7,12 điểm`, nothing on a scale of 0 to 1. #}
{% macro level_unit(measure_unit, lang) -%}
case {{ measure_unit }}
        when 'percent' then '%'
        when 'points' then '{{ ' điểm' if lang == 'vi' else ' points' }}'
        else ''
    end
{%- endmacro %}

{# What follows a difference: two percentages differ by percentage points. #}
{% macro difference_unit(measure_unit, lang) -%}
case {{ measure_unit }}
        when 'percent' then '{{ ' điểm phần trăm' if lang == 'vi' else ' percentage points' }}'
        when 'points' then '{{ ' điểm' if lang == 'vi' else ' points' }}'
        when 'rank' then '{{ ' bậc' if lang == 'vi' else ' places' }}'
        else ''
    end
{%- endmacro %}

{# How the units of a type are called together. #}
{% macro unit_noun(unit_type, lang) -%}
case {{ unit_type }}
        when 'province' then '{{ 'tỉnh, thành phố' if lang == 'vi' else 'provinces' }}'
        when 'ministry' then '{{ 'bộ, cơ quan' if lang == 'vi' else 'ministries and agencies' }}'
        when 'region' then '{{ 'vùng' if lang == 'vi' else 'regions' }}'
        else '{{ 'đơn vị' if lang == 'vi' else 'units' }}'
    end
{%- endmacro %}

{# A reason of `not_comparable_reasons` in half a sentence, after "because". #}
{% macro reason_phrase(reason, lang) -%}
    {%- set phrases = {
        'boundary_changed': ('địa giới hoặc phạm vi đơn vị đã thay đổi', 'the territory or scope of the unit changed'),
        'population_changed': ('đối tượng điều tra đã thay đổi', 'the people surveyed changed'),
        'definition_changed': ('định nghĩa chỉ tiêu đã thay đổi', 'the definition changed'),
        'method_changed': ('phương pháp hoặc bộ tiêu chí đã thay đổi', 'the method or set of criteria changed'),
        'scale_changed': ('thang điểm đã thay đổi', 'the scale changed'),
        'break_suspected': ('nghi chuỗi số liệu bị gãy', 'a break of the series is suspected'),
        'previous_missing': ('năm đó không có giá trị', 'that year has no value'),
        'suppressed': ('số liệu được ẩn', 'the figure is suppressed')
    } -%}
case {{ reason }}
{%- for code in var('not_comparable_reasons') %}
        when '{{ code }}' then '{{ phrases[code][0 if lang == 'vi' else 1] }}'
{%- endfor %}
    end
{%- endmacro %}
