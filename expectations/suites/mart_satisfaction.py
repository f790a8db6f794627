"""The suites of the survey marts: against the loads, against themselves, and against what may be shown."""

from __future__ import annotations

from expectations.rules import Suite
from expectations.suites.mart_rules import grain, mart_rule

_PLACE = "concat_ws(' ', s.wave_id, s.unit_code, s.measure_code, s.breakdown, s.category)"
_KEY = ("wave_id", "unit_code", "measure_code", "breakdown", "category")
_MEASURED = (
    "share_pct", "standard_error_points", "ci_low_pct", "ci_high_pct", "mean_points", "mean_standard_error",
    "design_effect", "effective_size", "respondents", "answers", "clusters", "rank", "rank_low", "rank_high",
)  # fmt: skip

FCT_SATISFACTION = Suite(
    "mart_fct_satisfaction",
    "fct_satisfaction",
    (
        grain(*_KEY),
        mart_rule(
            "small_cells_are_withheld",
            "validity",
            "ô có ít người trả lời hơn mức được công bố mà vẫn hiện",
            "a cell of fewer respondents than may be published is shown",
            f"""
        select {_PLACE} as place, cast(s.respondents as varchar) as found,
               cast(w.minimum_respondents as varchar) as expected
        from subject as s join raw.survey_wave as w on w.wave_id = s.wave_id
        where s.respondents < w.minimum_respondents""",
            source="data/reference/survey/settings.yaml",
        ),
        mart_rule(
            "withheld_cells_say_nothing",
            "validity",
            "ô không công bố mà còn số liệu",
            "a withheld cell still holds a figure",
            f"""
        select {_PLACE} as place, 'a figure' as found, 'nothing' as expected
        from subject as s where s.is_suppressed and ({" or ".join(f"s.{name} is not null" for name in _MEASURED)})""",
            source="plain arithmetic",
        ),
        mart_rule(
            "one_withheld_cell_is_never_alone",
            "validity",
            "chỉ một ô của cách chia bị ẩn nên suy ra được bằng phép trừ",
            "one cell alone of a breakdown is withheld, so it follows by subtraction",
            """
        select concat_ws(' ', wave_id, unit_code, measure_code, breakdown) as place, 'one withheld' as found,
               'none, or more than one' as expected
        from (
            select s.wave_id, s.unit_code, s.measure_code, s.breakdown,
                   sum(case when s.is_suppressed then 1 else 0 end) as withheld,
                   max(case when everybody.is_suppressed then 1 else 0 end) as is_sum_withheld
            from subject as s
            join subject as everybody on everybody.wave_id = s.wave_id and everybody.unit_code = s.unit_code
                and everybody.measure_code = s.measure_code and everybody.breakdown = 'all'
            where s.breakdown <> 'all'
            group by s.wave_id, s.unit_code, s.measure_code, s.breakdown
        ) where withheld = 1 and is_sum_withheld = 0""",
            source="plain arithmetic",
        ),
        mart_rule(
            "share_lies_in_its_interval",
            "validity",
            "tỷ lệ nằm ngoài khoảng tin cậy hoặc ngoài 0–100",
            "the share lies outside its interval, or outside 0 to 100",
            f"""
        select {_PLACE} as place, concat_ws(' ', ci_low_pct, share_pct, ci_high_pct) as found,
               '0, low, share, high, 100 in order' as expected
        from subject as s
        where not (-1e-9 <= ci_low_pct and ci_low_pct <= share_pct + 1e-9 and share_pct <= ci_high_pct + 1e-9
                   and ci_high_pct <= 100 + 1e-9)""",
            source="plain arithmetic",
        ),
        mart_rule(
            "estimates_are_those_loaded",
            "completeness",
            "số ô khác với kết quả đã ước lượng từ kho",
            "the cells are not those estimated from the lake",
            """
        select coalesce(s.wave_id, r.wave_id) as place, concat_ws(' cells, sum ', s.cells, s.total) as found,
               concat_ws(' cells, sum ', r.cells, r.total) as expected
        from (select wave_id, count(*) as cells, round(sum(share_pct), 3) as total from subject group by wave_id) as s
        full join (select wave_id, count(*) as cells, round(sum(share_pct), 3) as total from raw.survey_estimate
                   group by wave_id) as r on r.wave_id = s.wave_id
        where s.cells is distinct from r.cells or abs(s.total - r.total) > 0.01""",
        ),
    ),
)

METRIC_SATISFACTION_CHANGE = Suite(
    "mart_metric_satisfaction_change",
    "metric_satisfaction_change",
    (
        grain(*_KEY),
        mart_rule(
            "change_is_the_difference_of_the_shares",
            "reconciliation",
            "thay đổi không bằng hiệu hai tỷ lệ trong fct_satisfaction",
            "the change is not the difference of the two shares of fct_satisfaction",
            f"""
        select {_PLACE} as place, cast(s.change_points as varchar) as found,
               cast(now.share_pct - before.share_pct as varchar) as expected
        from subject as s
        join marts.fct_satisfaction as now on {" and ".join(f"now.{key} = s.{key}" for key in _KEY)}
        join marts.fct_satisfaction as before on before.wave_id = s.previous_wave_id
            and {" and ".join(f"before.{key} = s.{key}" for key in _KEY[1:])}
        where s.change_points is not null and abs(s.change_points - (now.share_pct - before.share_pct)) > 1e-9""",
            source="plain arithmetic",
        ),
        mart_rule(
            "what_cannot_be_compared_is_not_printed",
            "consistency",
            "không so sánh được mà vẫn in thay đổi, khoảng tin cậy hoặc kết luận",
            "a change, an interval or a verdict is printed although the years cannot be compared",
            f"""
        select {_PLACE} as place, 'printed' as found, 'empty' as expected
        from subject as s
        where not is_comparable and (change_points is not null or ci_low is not null or is_significant is not null
                                     or rank_change is not null or p_value is not null)""",
        ),
        mart_rule(
            "what_can_be_compared_is_printed",
            "completeness",
            "so sánh được mà không có thay đổi",
            "a change that can be compared is missing",
            f"""
        select {_PLACE} as place, 'no change' as found, 'the change' as expected
        from subject as s where is_comparable and change_points is null""",
        ),
        mart_rule(
            "verdict_agrees_with_the_interval",
            "consistency",
            "kết luận có ý nghĩa trong khi khoảng tin cậy chứa số 0",
            "called significant although the interval holds zero",
            f"""
        select {_PLACE} as place, concat_ws(' to ', ci_low, ci_high) as found, 'an interval without 0' as expected
        from subject as s where is_significant and ci_low < 0 and ci_high > 0""",
            source="the adjusted p value is never below the plain one",
        ),
    ),
)

METRIC_SURVEY_RECONCILIATION = Suite(
    "mart_metric_survey_reconciliation",
    "metric_survey_reconciliation",
    (
        grain("wave_id", "unit_code", "indicator_code"),
        mart_rule(
            "difference_is_estimate_less_published",
            "reconciliation",
            "chênh lệch không bằng ước lượng trừ giá trị công bố",
            "the difference is not the estimate less the published value",
            """
        select concat_ws(' ', wave_id, unit_code, indicator_code) as place, cast(difference_points as varchar) as found,
               cast(share_pct - published_value_pct as varchar) as expected
        from subject where abs(difference_points - (share_pct - published_value_pct)) > 1e-9
           or is_covered_by_interval <> (published_value_pct between ci_low_pct and ci_high_pct)""",
            source="plain arithmetic",
        ),
        mart_rule(
            "every_published_value_estimated_is_beside_it",
            "completeness",
            "chỉ tiêu vừa có ước lượng vừa có giá trị công bố mà không được đối chiếu",
            "an indicator both estimated and published is not reconciled",
            """
        select concat_ws(' ', e.wave_id, e.unit_code, e.measure_code) as place, 'not there' as found,
               'a row' as expected
        from raw.survey_estimate as e
        join marts.fct_indicator_value as v on v.unit_code = e.unit_code and v.indicator_code = e.measure_code
            and v.data_year = e.data_year and v.boundary = 'published' and v.value is not null
        where e.breakdown = 'all' and e.withheld_reason is null and not exists (
            select 1 from subject as s where s.wave_id = e.wave_id and s.unit_code = e.unit_code
                and s.indicator_code = e.measure_code)""",
        ),
    ),
)
