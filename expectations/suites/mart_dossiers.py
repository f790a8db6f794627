"""The suite of the months of dossiers: recomputed from what the loads put down, and against itself."""

from __future__ import annotations

from expectations.rules import Suite
from expectations.suites.mart_rules import grain, mart_rule

_PLACE = "concat_ws(' ', s.unit_code, s.data_month, s.breakdown, s.procedure_field)"
_SAME = (
    "r.unit_code = s.unit_code and r.data_month = s.data_month and r.breakdown = s.breakdown "
    "and r.procedure_field = s.procedure_field and r.is_synthetic = s.is_synthetic"
)

FCT_DOSSIER_MONTH = Suite(
    "mart_fct_dossier_month",
    "fct_dossier_month",
    (
        grain("unit_code", "data_month", "breakdown", "procedure_field", "is_synthetic"),
        mart_rule(
            "months_are_those_measured",
            "completeness",
            "số dòng hoặc số hồ sơ khác với kết quả đã tính từ kho",
            "rows or dossiers differ from what was computed from the lake",
            """
        select coalesce(s.unit_code, r.unit_code) as place, concat_ws(' rows, dossiers ', s.rows, s.dossiers) as found,
               concat_ws(' rows, dossiers ', r.rows, r.dossiers) as expected
        from (select unit_code, count(*) as rows, sum(dossiers) as dossiers from subject group by unit_code) as s
        full join (select unit_code, count(*) as rows, sum(dossiers) as dossiers
                   from intermediate.int_dossier_month group by unit_code) as r on r.unit_code = s.unit_code
        where s.rows is distinct from r.rows or s.dossiers is distinct from r.dossiers""",
        ),
        mart_rule(
            "fields_add_up_to_the_unit",
            "reconciliation",
            "tổng các lĩnh vực không bằng số của đơn vị",
            "the fields do not add up to the unit",
            """
        select concat_ws(' ', unit_code, data_month) as place, cast(by_field as varchar) as found,
               cast(by_unit as varchar) as expected
        from (
            select unit_code, data_month, is_synthetic,
                   sum(case when breakdown = 'field' then dossiers + returned + backlog else 0 end) as by_field,
                   sum(case when breakdown = 'unit' then dossiers + returned + backlog else 0 end) as by_unit
            from subject group by unit_code, data_month, is_synthetic
        ) where by_field <> by_unit""",
            source="plain arithmetic",
        ),
        mart_rule(
            "returned_is_on_time_late_or_not_judged",
            "reconciliation",
            "số đã trả không bằng tổng đúng hạn, quá hạn và không đánh giá được",
            "what was returned is not on time, late and not judged together",
            f"""
        select {_PLACE} as place, concat_ws(' + ', returned_on_time, returned_late, returned_not_judged) as found,
               cast(returned as varchar) as expected
        from subject as s where returned <> returned_on_time + returned_late + returned_not_judged""",
            source="plain arithmetic",
        ),
        mart_rule(
            "on_time_rate_recomputed",
            "reconciliation",
            "tỷ lệ đúng hạn tính sai",
            "the rate of dossiers on time is miscalculated",
            f"""
        select {_PLACE} as place, coalesce(cast(s.on_time_rate_pct as varchar), 'none') as found,
               coalesce(cast(100.0 * r.returned_on_time / nullif(r.returned - r.returned_not_judged, 0) as varchar),
                        'none') as expected
        from subject as s join intermediate.int_dossier_month as r on {_SAME}
        where (s.on_time_rate_pct is null) <> (r.returned - r.returned_not_judged = 0)
           or abs(s.on_time_rate_pct
                  - 100.0 * r.returned_on_time / nullif(r.returned - r.returned_not_judged, 0)) > 1e-9""",
            source="docs/dossiers.md",
            threshold=1e-9,
        ),
        mart_rule(
            "median_is_not_above_the_ninth_decile",
            "consistency",
            "trung vị lớn hơn phân vị 90, hoặc khác với kết quả đã tính",
            "the median exceeds the ninth decile, or differs from what was computed",
            f"""
        select {_PLACE} as place, concat_ws(' and ', s.median_working_days, s.p90_working_days) as found,
               concat_ws(' and ', r.median_working_minutes / 450.0, r.p90_working_minutes / 450.0) as expected
        from subject as s join intermediate.int_dossier_month as r on {_SAME}
        where s.median_working_days > s.p90_working_days
           or (s.median_working_days is null) <> (r.timed = 0)
           or abs(s.median_working_days * r.minutes_per_working_day - r.median_working_minutes) > 1e-6""",
            source="docs/dossiers.md",
            threshold=1e-6,
        ),
        mart_rule(
            "few_answers_are_withheld",
            "consistency",
            "đánh giá hoặc phản ánh của ít hơn 30 hồ sơ bị công bố",
            "ratings or complaints of fewer than 30 dossiers are shown",
            f"""
        select {_PLACE} as place, concat_ws(' and ', s.rating_mean, s.complaints) as found, 'nothing' as expected
        from subject as s join intermediate.int_dossier_month as r on {_SAME}
        where (r.ratings < 30 and (s.rating_mean is not null or s.ratings > 0))
           or (r.complaint_known < 30 and s.complaints is not null)""",
            source="docs/decisions/0014",
            threshold=30,
        ),
        mart_rule(
            "synthetic_months_say_so",
            "identity",
            "tháng chỉ có kết xuất tự tạo nhưng không được đánh dấu",
            "a month of synthetic exports only is not marked",
            f"""
        select {_PLACE} as place, 'is_synthetic = false' as found, 'a real export of the month' as expected
        from subject as s
        where not s.is_synthetic and s.data_month not in (
            select export_month from raw.dossier_document where not is_synthetic)""",
        ),
    ),
)
