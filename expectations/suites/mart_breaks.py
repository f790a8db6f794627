"""The suites of the breaks: what was found in the figures is found in them again, and nothing withheld is printed."""

from __future__ import annotations

from expectations.rules import Rule, Suite
from expectations.suites.mart_rules import grain, mart_rule, named

_KEY = "concat_ws(' ', indicator_code, data_year)"
_SOURCE = "docs/decisions/0008-break-detector.md"

DIM_INDICATOR_BREAK = Suite(
    "mart_dim_indicator_break",
    "dim_indicator_break",
    (
        grain("indicator_code", "first_year", "reason", "origin", "cause_indicator_code", "change_id"),
        mart_rule(
            "touches_known",
            "validity",
            "touches có từ ngoài danh sách, hoặc trống",
            "touches holds a word that is not of the list, or none",
            """
        select concat_ws(' ', indicator_code, first_year, reason) as place, coalesce(touches, 'empty') as found,
               'words of the list, with semicolons between' as expected
        from subject
        where not regexp_full_match(coalesce(touches, ''),
            '((scale|population|questions|weights|components_added|components_dropped|territory|publication|unknown)'
            || '(;|$))+') or touches like '%;'""",
            source="data/reference/methodology/methodology_change.csv",
        ),
    ),
)

DIM_BREAK_DETECTION = Suite(
    "mart_dim_break_detection",
    "dim_break_detection",
    (
        grain("indicator_code", "data_year"),
        named(_KEY),
        mart_rule(
            "withheld_is_not_printed",
            "consistency",
            "có mức thay đổi dù điểm gãy bị giữ lại",
            "a change is printed although the break is withheld",
            """
        select distinct concat_ws(' ', d.indicator_code, d.data_year) as place, cast(y.change as varchar) as found,
               'no change' as expected
        from subject as d
        join marts.metric_yoy as y on y.indicator_code = d.indicator_code and y.data_year = d.data_year
        where d.is_withheld and y.change is not null""",
            source=_SOURCE,
        ),
        mart_rule(
            "verdict_is_the_reviews",
            "reconciliation",
            "kết luận khác với break_review.csv",
            "the verdict is not that of break_review.csv",
            """
        select concat_ws(' ', coalesce(d.indicator_code, r.indicator_code),
                         coalesce(d.data_year, r.data_year)) as place,
               coalesce(d.review_verdict, 'no row') as found, coalesce(r.verdict, 'none') as expected
        from subject as d
        full join reference.break_review as r on r.indicator_code = d.indicator_code and r.data_year = d.data_year
        where d.review_verdict is distinct from coalesce(r.verdict, 'none')
           or (r.verdict = 'cleared' and d.is_withheld)""",
            source="data/reference/methodology/break_review.csv",
        ),
        mart_rule(
            "figures_recomputed",
            "reconciliation",
            "số liệu của phát hiện khác với tính lại từ các giá trị",
            "the figures of a detection are not those computed again from the values",
            """
        with again as (
            select n.indicator_code, n.data_year, count(*) as provinces, median(n.value) as median_after
            from marts.fct_indicator_value as n
            join marts.fct_indicator_value as p
              on p.unit_code = n.unit_code and p.indicator_code = n.indicator_code and p.boundary = n.boundary
             and p.data_year = n.data_year - 1
            join reference.unit as u on u.unit_code = n.unit_code and u.unit_type = 'province'
            where n.boundary = 'published' and n.value is not null and p.value is not null
            group by n.indicator_code, n.data_year
        )
        select concat_ws(' ', d.indicator_code, d.data_year) as place,
               concat_ws(' provinces, median ', d.provinces_compared, d.median_after) as found,
               coalesce(concat_ws(' provinces, median ', a.provinces, a.median_after), 'no pair of years') as expected
        from subject as d
        left join again as a on a.indicator_code = d.indicator_code and a.data_year = d.data_year
        where d.is_detected
          and (d.provinces_compared is distinct from a.provinces
               or not abs(d.median_after - a.median_after) <= 1e-6)""",
            source="plain arithmetic",
            threshold=1e-6,
        ),
        Rule(
            rule_id="review_still_applies",
            severity="warn",
            owner="reference_keeper",
            category="consistency",
            text_vi="nhận định về một điểm gãy mà số liệu hiện tại không còn cho thấy",
            text_en="a reading of a break that the figures loaded now do not show",
            rule_source="data/reference/methodology/break_review.csv",
            failing_rows=f"""
        select {_KEY.replace("indicator_code", "d.indicator_code").replace("data_year", "d.data_year")} as place,
               d.review_verdict as found, 'a detection, or no reading' as expected
        from subject as d
        where not d.is_detected and exists (
            select 1 from marts.fct_indicator_value as v
            where v.indicator_code = d.indicator_code and v.data_year = d.data_year)""",
            fix_vi="xem lại số liệu; nếu không còn điểm gãy thì bỏ dòng đó khỏi break_review.csv",
            fix_en="look at the figures again; where there is no break any more, take the row out of break_review.csv",
        ),
    ),
)

DIM_CRITERIA_COUNT = Suite(
    "mart_dim_criteria_count",
    "dim_criteria_count",
    (
        grain("index_code", "methodology_version", "unit_type"),
        named("concat_ws(' ', index_code, methodology_version, unit_type)"),
        mart_rule(
            "version_of_the_set_is_known",
            "identity",
            "bộ tiêu chí thuộc một phiên bản phương pháp không có trong methodology_version",
            "a criteria set is of a version that methodology_version does not hold",
            """
        select concat_ws(' ', c.index_code, c.methodology_version) as place, c.methodology_version as found,
               'a version of the index' as expected
        from subject as c
        left join reference.methodology_version as v
          on v.index_code = c.index_code and v.methodology_version = c.methodology_version
        where v.index_code is null""",
            source="data/reference/methodology/methodology_version.csv",
        ),
    ),
)

#: In the order they are built.
BREAK_SUITES = (DIM_CRITERIA_COUNT, DIM_BREAK_DETECTION, DIM_INDICATOR_BREAK)
