"""Rules on the numbers themselves: ranges, ranks against scores, columns and years that are copies."""

from __future__ import annotations

from expectations.rules import Rule

VALUE_OUT_OF_RANGE = Rule(
    rule_id="value_out_of_range",
    severity="quarantine",
    owner="data_provider",
    category="validity",
    text_vi="điểm số nằm ngoài thang điểm",
    text_en="the value is outside its scale",
    rule_source="maximum in the code book (data/reference/indicator_max.csv); 0 to 100 for a percentage",
    failing_rows="""
        with limits as (
            select s.indicator_code, s.data_year, coalesce(
                max(m.max_value),
                max(case when coalesce(i.measure_unit, d.measure_unit) = 'percent' then 100 end)) as max_value
            from (select distinct indicator_code, data_year from subject) as s
            left join reference.indicator as i on i.indicator_code = s.indicator_code
            left join reference.index_definition as d on d.index_code = i.index_code
            left join reference.indicator_max as m
              on m.indicator_code = s.indicator_code
             and s.data_year between coalesce(m.year_from, 0) and coalesce(m.year_to, 9999)
            group by s.indicator_code, s.data_year
        )
        select f.batch_id, f.row_id, cast(f.value as varchar) as found,
               '0 to ' || coalesce(cast(k.max_value as varchar), 'any number') as expected
        from subject as f
        join limits as k on k.indicator_code = f.indicator_code and k.data_year is not distinct from f.data_year
        where isfinite(f.value) and (f.value < 0 or f.value > k.max_value + 1e-6)""",
    fix_vi="kiểm tra dấu thập phân và cột; sửa số, hoặc sửa thang điểm (kèm nguồn) trong indicator_max.csv",
    fix_en="check decimal mark and column; correct the number, or the maximum in indicator_max.csv with a source",
    threshold=1e-6,
)

RANK_OUT_OF_RANGE = Rule(
    rule_id="rank_out_of_range",
    severity="quarantine",
    owner="data_provider",
    category="validity",
    text_vi="thứ hạng không nằm trong khoảng từ 1 đến số đơn vị",
    text_en="the rank is not between 1 and the number of units",
    rule_source="plain arithmetic; number of units from data/reference",
    failing_rows="""
        select f.batch_id, f.row_id, cast(f."rank" as varchar) as found,
               '1 to ' || coalesce(cast(n.units as varchar), 'any number') as expected
        from subject as f
        left join (
            select 'province' as unit_type, geography_version, province_count as units from reference.geography_version
            union all
            select unit_type, null, count(*) from reference.unit
            where unit_type in ('ministry', 'region') group by unit_type
        ) as n
          on n.unit_type = f.unit_type
         and (f.unit_type <> 'province' or n.geography_version = f.geography_version)
        where f."rank" < 1 or f."rank" > n.units""",
    fix_vi="sửa thứ hạng, hoặc kiểm tra có phải cột xếp hạng không",
    fix_en="correct the rank, or check that the column is a rank",
)

# Of two rows that contradict each other the one that contradicts more others is the wrong one; a tie is both.
_CONTRADICTIONS = """
    with ranked as (
        select f.batch_id, f.row_id, f.unit_text, f.value, f."rank", f.figure_status, f.indicator_code, f.data_year,
               f.unit_type, coalesce(f.geography_version, '') as geography,
               case when d.higher_is_better then f.value else -f.value end as score
        from subject as f
        join reference.indicator as i on i.indicator_code = f.indicator_code
        join reference.index_definition as d on d.index_code = i.index_code
        where f.value is not null and f."rank" is not null and f.unit_code is not null
          and f.unit_type in ('province', 'ministry') and f.figure_status <> 'dropped'
    ),
    pairs as (
        select a.batch_id, a.row_id, a.value, a."rank", a.figure_status, b.row_id as other_row,
               b.unit_text as other_unit, b.value as other_value, b."rank" as other_rank,
               b.figure_status as other_status
        from ranked as a
        join ranked as b
          on a.batch_id = b.batch_id and a.indicator_code = b.indicator_code and a.data_year = b.data_year
         and a.unit_type = b.unit_type and a.geography = b.geography and a.row_id <> b.row_id
         and ((a."rank" < b."rank" and a.score < b.score) or (a."rank" > b."rank" and a.score > b.score)
              or (a."rank" = b."rank" and abs(a.score - b.score) > 0.01))
        where {pair}
    ),
    counted as (select batch_id, row_id, count(*) as contradictions from pairs group by batch_id, row_id)
    select p.batch_id, p.row_id,
           'rank ' || cast(any_value(p."rank") as varchar) || ' with ' || cast(any_value(p.value) as varchar) as found,
           'a rank that fits the scores, as ' || arg_min(p.other_unit, p.other_row) || ' has rank '
           || cast(arg_min(p.other_rank, p.other_row) as varchar) || ' with '
           || cast(arg_min(p.other_value, p.other_row) as varchar) as expected
    from pairs as p
    join counted as mine on mine.batch_id = p.batch_id and mine.row_id = p.row_id
    left join counted as theirs on theirs.batch_id = p.batch_id and theirs.row_id = p.other_row
    where mine.contradictions >= coalesce(theirs.contradictions, 0)
    group by p.batch_id, p.row_id"""

RANK_CONTRADICTS_SCORES = Rule(
    rule_id="rank_contradicts_scores",
    severity="quarantine",
    owner="data_provider",
    category="consistency",
    text_vi="thứ hạng mâu thuẫn với điểm số",
    text_en="the rank contradicts the scores",
    rule_source="plain arithmetic: a better rank has no lower score, equal ranks have equal scores",
    failing_rows=_CONTRADICTIONS.replace("{pair}", "a.figure_status <> 'suspect' and b.figure_status <> 'suspect'"),
    fix_vi="đối chiếu điểm và thứ hạng với bản gốc đã công bố",
    fix_en="compare value and rank with the published original",
    threshold=0.01,
)

SUSPECT_RANK_CONTRADICTS_SCORES = Rule(
    rule_id="suspect_rank_contradicts_scores",
    severity="warn",
    owner="data_provider",
    category="consistency",
    text_vi="thứ hạng mâu thuẫn với điểm số, ở một dòng mà chính tài liệu đã ghi là đáng ngờ",
    text_en="the rank contradicts the scores, in a row its own document calls suspect",
    rule_source="plain arithmetic; such a row is kept as an observation and never chosen over a printed one",
    failing_rows=_CONTRADICTIONS.replace("{pair}", "a.figure_status = 'suspect'"),
    fix_vi="tìm bản gốc đã công bố để thay số đáng ngờ",
    fix_en="find the published original of the suspect number",
    threshold=0.01,
)

IDENTICAL_COLUMNS = Rule(
    rule_id="identical_columns",
    severity="block",
    owner="data_provider",
    category="consistency",
    text_vi="hai chỉ số có số liệu giống hệt nhau ở mọi đơn vị: một cột đã bị sao chép",
    text_en="two indicators have the same values for every unit: a column was copied",
    rule_source="plain arithmetic: 20 or more units never agree by chance",
    failing_rows="""
        with columns as (
            select batch_id, data_year, unit_type, indicator_code, count(*) as units, min(row_id) as row_id,
                   list(unit_code || '=' || cast(value as varchar) order by unit_code, value) as cells
            from subject where value is not null and unit_code is not null
            group by batch_id, data_year, unit_type, indicator_code
            having count(*) >= 20 and count(distinct value) > 1
        )
        select later.batch_id, later.row_id,
               later.indicator_code || ' equals ' || min(earlier.indicator_code) || ' in all '
               || cast(later.units as varchar) || ' units, ' || coalesce(cast(later.data_year as varchar), '')
               as found,
               'two different columns' as expected
        from columns as later
        join columns as earlier
          on earlier.batch_id = later.batch_id and earlier.data_year is not distinct from later.data_year
         and earlier.unit_type = later.unit_type and earlier.cells = later.cells
         and earlier.indicator_code < later.indicator_code
        group by later.batch_id, later.row_id, later.indicator_code, later.units, later.data_year""",
    fix_vi="lấy lại cột đúng từ bản gốc rồi gửi lại tệp",
    fix_en="take the right column from the original, send it again",
    threshold=20,
)

COPIED_YEAR = Rule(
    rule_id="copied_year",
    severity="block",
    owner="data_provider",
    category="consistency",
    text_vi="số liệu của chỉ số giống hệt một năm khác: năm này đã bị sao chép",
    text_en="the indicator's values equal those of another year: a year was copied",
    rule_source="plain arithmetic: nine tenths of 20 or more units never repeat by chance",
    failing_rows="""
        select f.batch_id, min(f.row_id) as row_id,
               f.indicator_code || ' ' || cast(f.data_year as varchar) || ' equals '
               || cast(k.data_year as varchar) || ' in ' || cast(count(*) filter (where f.value = k.value) as varchar)
               || ' of ' || cast(count(*) as varchar) || ' units' as found,
               'the values of ' || cast(f.data_year as varchar) as expected
        from subject as f
        join known_figure as k
          on k.dataset = f.dataset and k.indicator_code = f.indicator_code and k.unit_code = f.unit_code
         and k.data_year <> f.data_year and (k.is_loaded or k.data_year < f.data_year)
        where f.value is not null and k.value is not null
        group by f.batch_id, f.indicator_code, f.data_year, k.data_year
        having count(*) >= 20 and count(*) filter (where f.value = k.value) >= 0.9 * count(*)""",
    fix_vi="gửi lại tệp với số liệu đúng năm",
    fix_en="send the file again with the values of its own year",
    threshold=20,
)

SCORES = (VALUE_OUT_OF_RANGE, RANK_OUT_OF_RANGE, RANK_CONTRADICTS_SCORES, IDENTICAL_COLUMNS, COPIED_YEAR)
