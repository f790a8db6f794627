"""The suite of annexes: what ministries and the press printed, often a few rows, with conflicts between documents."""

from __future__ import annotations

from expectations.rules import Rule, Suite
from expectations.suites.common import common_rules
from expectations.suites.scores import SUSPECT_RANK_CONTRADICTS_SCORES

ANNEX_FORMS_AGREE = Rule(
    rule_id="annex_forms_agree",
    severity="warn",
    owner="data_provider",
    category="reconciliation",
    text_vi="bản XLSX và bản PDF của cùng phụ lục không khớp nhau",
    text_en="the XLSX and the PDF of the same annex disagree",
    rule_source="the same document in two forms",
    failing_rows="""
        with one_document as (
            select *, regexp_replace(source_key, '[.:](xlsx|pdf)', '') as annex
            from known_figure where dataset = 'annex'
        ),
        other_form as (
            select f.batch_id, f.row_id, f.value, f."rank", f.figure_status, f.unit_code, f.indicator_code, f.data_year,
                   k.source_key
            from subject as f
            join (select distinct source_key, annex from one_document) as k
              on k.source_key <> f.source_key and k.annex = regexp_replace(f.source_key, '[.:](xlsx|pdf)', '')
            where f.unit_code is not null and f.data_year is not null
        )
        select f.batch_id, f.row_id,
               coalesce(cast(f.value as varchar), 'no value') || ', rank '
               || coalesce(cast(f."rank" as varchar), 'none') || ', ' || f.figure_status as found,
               coalesce(min(case when k.row_id is not null then coalesce(cast(k.value as varchar), 'no value')
                   || ', rank ' || coalesce(cast(k."rank" as varchar), 'none') || ', ' || k.figure_status end),
                   'no such row') || ' in ' || f.source_key as expected
        from other_form as f
        left join one_document as k
          on k.source_key = f.source_key and k.unit_code = f.unit_code and k.indicator_code = f.indicator_code
         and k.data_year = f.data_year
        where k.row_id is null or k.value is distinct from f.value or k."rank" is distinct from f."rank"
           or k.figure_status is distinct from f.figure_status
        group by f.batch_id, f.row_id, f."rank", f.value, f.figure_status, f.source_key""",
    fix_vi="hỏi cơ quan công bố bản nào đúng",
    fix_en="ask the publisher which of the two is right",
)

AVERAGE_DIFFERS = Rule(
    rule_id="average_differs",
    severity="warn",
    owner="data_provider",
    category="reconciliation",
    text_vi="trung bình đã công bố khác với trung bình của các tỉnh được công bố",
    text_en="the published average is not the average of the published provinces",
    rule_source="plain arithmetic, where every province of the map is printed; to half of the second decimal",
    failing_rows="""
        with complete as (
            select f.batch_id, f.indicator_code, f.data_year, avg(f.value) as average
            from subject as f
            join reference.geography_version as g on g.geography_version = f.geography_version
            where f.unit_type = 'province' and f.unit_code is not null and isfinite(f.value)
            group by f.batch_id, f.indicator_code, f.data_year, g.province_count
            having count(distinct f.unit_code) = g.province_count
        )
        select f.batch_id, f.row_id, cast(f.value as varchar) as found,
               cast(round(c.average, 4) as varchar) || ', the average of the provinces printed' as expected
        from subject as f
        join complete as c
          on c.batch_id = f.batch_id and c.indicator_code = f.indicator_code and c.data_year = f.data_year
        where f.unit_code = 'vn_provinces_average' and abs(f.value - c.average) > 0.0051""",
    fix_vi="đối chiếu trung bình và điểm các tỉnh với bản gốc",
    fix_en="compare the average and the provinces' scores with the original",
    threshold=0.0051,
)

# Annexes are short, full of conflicts, and some carry no year at all: a larger share may wait and the rest be right.
ANNEX = Suite(
    name="annex",
    table="figure_annex",
    rules=(*common_rules("annex"), SUSPECT_RANK_CONTRADICTS_SCORES, ANNEX_FORMS_AGREE, AVERAGE_DIFFERS),
    max_bad_share=0.5,
    min_bad_rows=20,
)
