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
        select f.batch_id, f.row_id,
               coalesce(cast(f.value as varchar), 'no value') || ', rank '
               || coalesce(cast(f."rank" as varchar), 'none') as found,
               coalesce(cast(min(k.value) as varchar), 'no value') || ', rank '
               || coalesce(cast(min(k."rank") as varchar), 'none') || ' in ' || min(k.source_key) as expected
        from subject as f
        join known_figure as k
          on k.dataset = 'annex' and k.source_key <> f.source_key
         and regexp_replace(k.source_key, '[.:](xlsx|pdf)$', '') = regexp_replace(f.source_key, '[.:](xlsx|pdf)$', '')
         and k.unit_code = f.unit_code and k.indicator_code = f.indicator_code and k.data_year = f.data_year
        where k.value is distinct from f.value or k."rank" is distinct from f."rank"
        group by f.batch_id, f.row_id, f."rank", f.value""",
    fix_vi="hỏi cơ quan công bố bản nào đúng",
    fix_en="ask the publisher which of the two is right",
)

# Annexes are short, full of conflicts, and some carry no year at all: a larger share may wait and the rest be right.
ANNEX = Suite(
    name="annex",
    table="figure_annex",
    rules=(*common_rules("annex"), SUSPECT_RANK_CONTRADICTS_SCORES, ANNEX_FORMS_AGREE),
    max_bad_share=0.5,
    min_bad_rows=20,
)
