"""The suites of the portal's marts: recomputed from raw figures, from the reference tables, or from themselves."""

from __future__ import annotations

from expectations.rules import Suite
from expectations.suites.mart_rules import grain, mart_rule

_MONTH = "concat_ws(' ', s.unit_code, s.data_month, s.boundary)"
_MEASURE = "concat_ws(' ', s.unit_code, s.indicator_code, s.data_month, s.boundary)"
_SAME = (
    "{0}.unit_code = s.unit_code and {0}.indicator_code = s.indicator_code and {0}.boundary = s.boundary "
    "and {0}.is_synthetic = s.is_synthetic"
)
#: Fetches that stand, with the kind of their data, from the raw tables alone.
_FETCHES = """
            select b.batch_id, b.fetched_at, b.dataset, b.superseded_by_batch_id, b.layout_id, b.figure_count, d.source,
                   x.is_synthetic
            from raw.batch as b
            join raw.source_document as d on d.source_document_id = b.source_document_id
            join reference.data_source as x on x.source = d.source"""

_SYNTHETIC_SAYS_SO = mart_rule(
    "synthetic_says_so",
    "identity",
    "số liệu do dự án tự tạo không được đánh dấu, hoặc số liệu thật bị đánh dấu là tự tạo",
    "figures made up by this project are not marked, or real ones are",
    """
        select concat_ws(' ', s.unit_code, s.source) as place, cast(s.is_synthetic as varchar) as found,
               cast(x.is_synthetic as varchar) as expected
        from subject as s join reference.data_source as x on x.source = s.source
        where s.is_synthetic is distinct from x.is_synthetic""",
    source="data/reference/data_source.csv",
)

FCT_PORTAL_MONTH = Suite(
    "mart_fct_portal_month",
    "fct_portal_month",
    (
        grain("unit_code", "data_month", "boundary", "is_synthetic"),
        mart_rule(
            "dossiers_are_those_of_the_latest_fetch",
            "reconciliation",
            "số hồ sơ không phải là số của lần lấy mới nhất còn hiệu lực",
            "the dossiers are not those of the latest fetch that stands",
            f"""
        with taken as ({_FETCHES}
        ),
        printed as (
            select f.unit_code, make_date(f.data_year, f.data_month, 1) as data_month, taken.is_synthetic,
                   arg_max(f.value, taken.fetched_at) as dossiers
            from raw.figure as f join taken on taken.batch_id = f.batch_id and taken.superseded_by_batch_id is null
            where f.indicator_code = 'PORTAL.HS_TOTAL' and taken.dataset = 'portal_month'
            group by all
        )
        select concat_ws(' ', coalesce(s.unit_code, p.unit_code), coalesce(s.data_month, p.data_month)) as place,
               coalesce(cast(s.dossiers as varchar), 'no row') as found,
               coalesce(cast(p.dossiers as varchar), 'no row') as expected
        from (select * from subject where boundary = 'published' and dossiers is not null) as s
        full join printed as p
          on p.unit_code = s.unit_code and p.data_month = s.data_month and p.is_synthetic = s.is_synthetic
        where s.dossiers is distinct from p.dossiers""",
        ),
        mart_rule(
            "merged_province_is_the_sum_of_its_parts",
            "reconciliation",
            "số hồ sơ của tỉnh sáp nhập trên bản đồ 2025 không bằng tổng các tỉnh cũ",
            "on the map of 2025 the dossiers of a merged province are not the sum of the provinces it was made of",
            f"""
        with parts as (
            select l.successor_code as unit_code, p.data_month, p.is_synthetic, sum(p.dossiers) as dossiers,
                   count(*) as part_count,
                   (select count(*) from reference.unit_lineage as a where a.successor_code = l.successor_code)
                       as needed
            from subject as p
            join reference.unit_lineage as l on l.predecessor_code = p.unit_code
            where p.boundary = 'published' and p.data_month < l.effective_date and l.effective_date = date '2025-07-01'
            group by l.successor_code, p.data_month, p.is_synthetic
        )
        select {_MONTH} as place, coalesce(cast(s.dossiers as varchar), 'none') as found,
               case when p.part_count = p.needed then cast(p.dossiers as varchar) else 'no row' end as expected
        from subject as s
        join parts as p on p.unit_code = s.unit_code and p.data_month = s.data_month
          and p.is_synthetic = s.is_synthetic
        where s.boundary = '2025' and (p.part_count <> p.needed or s.dossiers is distinct from p.dossiers)""",
            source="data/reference/unit_lineage.csv",
        ),
        mart_rule(
            "rates_follow_from_counts",
            "reconciliation",
            "tỷ lệ không khớp với số đếm trong cùng dòng",
            "a rate is not that of the counts in its row",
            f"""
        select {_MONTH} as place, concat_ws(' and ', s.on_time_rate_pct, s.filed_online_pct) as found,
               concat_ws(' and ', 100.0 * s.returned_on_time / nullif(s.returned_on_time + s.returned_late, 0),
                         100.0 * s.filed_online / nullif(s.dossiers, 0)) as expected
        from subject as s
        where abs(s.on_time_rate_pct
                  - 100.0 * s.returned_on_time / nullif(s.returned_on_time + s.returned_late, 0)) > 1e-9
           or abs(s.filed_online_pct - 100.0 * s.filed_online / nullif(s.dossiers, 0)) > 1e-9
           or (s.on_time_rate_pct is null and s.returned_on_time + s.returned_late > 0)
           or (s.filed_online_pct is null and s.filed_online is not null and s.dossiers > 0)""",
            source="data/reference/portal/portal_rate.csv",
            threshold=1e-9,
        ),
        mart_rule(
            "merged_unit_is_not_compared_with_its_namesake",
            "consistency",
            "đơn vị mới lập được so với thời gian trước khi lập",
            "a unit is compared with a month before it was formed",
            f"""
        select {_MONTH} as place, concat_ws(' and ', s.dossiers_month_change, s.dossiers_year_change) as found,
               'no change, formed on ' || cast(u.valid_from as varchar) as expected
        from subject as s join reference.unit as u on u.unit_code = s.unit_code
        where s.boundary = 'published'
          and ((u.valid_from > s.data_month - interval 1 month
                and (s.dossiers_month_change is not null
                     or s.month_not_comparable_reason is distinct from 'boundary_changed'))
            or (u.valid_from > s.data_month - interval 12 month
                and (s.dossiers_year_change is not null
                     or s.year_not_comparable_reason is distinct from 'boundary_changed')))
          and s.dossiers is not null""",
            source="data/reference/unit.csv",
        ),
        _SYNTHETIC_SAYS_SO,
    ),
)

METRIC_PORTAL_CHANGE = Suite(
    "mart_metric_portal_change",
    "metric_portal_change",
    (
        grain("unit_code", "indicator_code", "data_month", "boundary", "is_synthetic"),
        mart_rule(
            "compared_value_is_that_of_its_month",
            "reconciliation",
            "giá trị so sánh không phải của tháng trước hoặc cùng tháng năm trước",
            "a value compared with is not that of the month before or of the same month of the year before",
            f"""
        select {_MEASURE} as place, concat_ws(' and ', s.previous_month_value, s.same_month_last_year_value) as found,
               concat_ws(' and ', p.value, y.value) as expected
        from subject as s
        left join subject as p on {_SAME.format("p")} and p.data_month = s.data_month - interval 1 month
        left join subject as y on {_SAME.format("y")} and y.data_month = s.data_month - interval 1 year
        where s.previous_month_value is distinct from p.value or s.same_month_last_year_value is distinct from y.value
           or s.month_change is distinct from s.value - p.value or s.year_change is distinct from s.value - y.value""",
            source="plain arithmetic",
        ),
        mart_rule(
            "no_change_without_a_reason",
            "consistency",
            "thiếu mức thay đổi nhưng không nêu lý do, hoặc ngược lại",
            "a change is missing without a reason, or there with one",
            f"""
        select {_MEASURE} as place,
               concat_ws(' / ', s.month_change, s.month_not_comparable_reason, s.year_change,
                         s.year_not_comparable_reason) as found, 'a change or a reason' as expected
        from subject as s
        where (s.month_change is null) <> (s.month_not_comparable_reason is not null)
           or (s.year_change is null) <> (s.year_not_comparable_reason is not null)""",
        ),
        mart_rule(
            "twelve_months_are_twelve",
            "reconciliation",
            "số liệu mười hai tháng không phải là của mười hai tháng",
            "a figure of twelve months is not that of twelve months",
            f"""
        with summed as (
            select s.unit_code, s.indicator_code, s.data_month, s.boundary, s.is_synthetic, count(*) as month_count,
                   sum(w.part) as part, sum(w.whole) as whole
            from subject as s
            join subject as w
              on {_SAME.format("w")} and w.data_month <= s.data_month and w.data_month > s.data_month - interval 1 year
            group by all
        )
        select {_MEASURE} as place, coalesce(cast(s.rolling_twelve_value as varchar), 'none') as found,
               concat_ws(' of ', w.part, w.whole, w.month_count) as expected
        from subject as s
        join summed as w on {_SAME.format("w")} and w.data_month = s.data_month
        where s.rolling_month_count <> w.month_count
           or (w.month_count < 12 and s.rolling_twelve_value is not null)
           or (w.month_count = 12 and (w.whole is null or w.whole > 0)
               and (s.rolling_twelve_value is null
                    or abs(s.rolling_twelve_value - coalesce(100.0 * w.part / w.whole, w.part)) > 1e-6))""",
            source="plain arithmetic",
            threshold=1e-6,
        ),
        mart_rule(
            "printed_share_is_the_portals",
            "reconciliation",
            "tỷ lệ đã in không phải là tỷ lệ cổng in",
            "the printed share is not what the portal printed",
            f"""
        with taken as ({_FETCHES}
        ),
        printed as (
            select f.unit_code, f.indicator_code, make_date(f.data_year, f.data_month, 1) as data_month,
                   taken.is_synthetic, arg_max(f.value, taken.fetched_at) as value
            from raw.figure as f join taken on taken.batch_id = f.batch_id and taken.superseded_by_batch_id is null
            where taken.dataset = 'portal_month'
            group by all
        )
        select {_MEASURE} as place, coalesce(cast(s.printed_value as varchar), 'none') as found,
               coalesce(cast(p.value as varchar), 'none') as expected
        from subject as s
        left join printed as p
          on p.unit_code = s.unit_code and p.indicator_code = s.indicator_code and p.data_month = s.data_month
         and p.is_synthetic = s.is_synthetic
        where s.measure_unit = 'percent' and s.boundary = 'published' and s.printed_value is distinct from p.value""",
        ),
        _SYNTHETIC_SAYS_SO,
    ),
)

FCT_QD766_VINTAGE = Suite(
    "mart_fct_qd766_vintage",
    "fct_qd766_vintage",
    (
        grain("batch_id", "unit_code", "indicator_code"),
        mart_rule(
            "every_fetch_is_a_vintage",
            "completeness",
            "số dòng của một lần lấy khác với số liệu đã nạp",
            "a fetch does not have the figures that were loaded from it",
            """
        select coalesce(s.batch_id, r.batch_id) as place, concat_ws(' rows, sum ', s.figures, s.total) as found,
               concat_ws(' rows, sum ', r.figures, r.total) as expected
        from (select batch_id, count(*) as figures, round(sum(value), 6) as total from subject group by batch_id) as s
        full join (
            select f.batch_id, count(*) as figures, round(sum(f.value), 6) as total
            from raw.figure as f join raw.batch as b on b.batch_id = f.batch_id
            where b.dataset = 'portal_score' group by f.batch_id) as r on r.batch_id = s.batch_id
        where s.figures is distinct from r.figures or s.total is distinct from r.total""",
        ),
        mart_rule(
            "sum_of_parts_is_of_its_parts",
            "reconciliation",
            "tổng sáu nhóm điểm tính sai, hoặc thiếu cảnh báo khi không khớp tổng đã in",
            "the sum of the six parts is miscalculated, or a total it differs from is said to agree",
            """
        with parts as (
            select batch_id, unit_code, sum(value) as together
            from subject
            where indicator_code in ('QD766.CKMB', 'QD766.TDGQ', 'QD766.CCDVC', 'QD766.TTTT', 'QD766.MDHL',
                                     'QD766.MDSH')
            group by batch_id, unit_code having count(value) = 6
        )
        select concat_ws(' ', s.unit_code, s.fetched_at) as place,
               concat_ws(' / ', s.value, s.parts_sum, s.is_reconciled) as found,
               coalesce(cast(round(p.together, 6) as varchar), 'no sum') as expected
        from subject as s left join parts as p on p.batch_id = s.batch_id and p.unit_code = s.unit_code
        where s.indicator_code = 'QD766'
          and ((s.parts_sum is null) <> (p.together is null) or abs(s.parts_sum - p.together) > 1e-6
               or (s.is_reconciled and abs(s.value - p.together) > 0.035 + 1e-9)
               or (not s.is_reconciled and abs(s.value - p.together) < 0.035 - 1e-9))""",
            source="Decision 766/QĐ-TTg: six parts make the total",
            threshold=0.035,
        ),
        mart_rule(
            "vintage_before_is_the_one_before",
            "reconciliation",
            "mức thay đổi không phải so với lần lấy ngay trước",
            "a change is not against the fetch right before",
            """
        select concat_ws(' ', s.unit_code, s.indicator_code, s.fetched_at) as place,
               coalesce(cast(s.previous_fetched_at as varchar), 'none') as found,
               coalesce(cast(max(p.fetched_at) as varchar), 'none') as expected
        from subject as s
        left join subject as p
          on p.unit_code = s.unit_code and p.indicator_code = s.indicator_code and p.data_year = s.data_year
         and p.is_synthetic = s.is_synthetic and p.fetched_at < s.fetched_at
        group by s.unit_code, s.indicator_code, s.fetched_at, s.previous_fetched_at, s.batch_id
        having s.previous_fetched_at is distinct from max(p.fetched_at)""",
            source="plain arithmetic",
        ),
        _SYNTHETIC_SAYS_SO,
    ),
)

METRIC_PORTAL_AGREEMENT = Suite(
    "mart_metric_portal_agreement",
    "metric_portal_agreement",
    (
        grain("unit_code", "data_month", "indicator_code", "is_synthetic"),
        mart_rule(
            "both_numbers_are_their_sources",
            "reconciliation",
            "một trong hai số không phải là số của nguồn",
            "one of the two numbers is not that of its source",
            """
        with counted as (
            select unit_code, data_month, is_synthetic, v.indicator_code, v.number
            from intermediate.int_dossier_month
            cross join lateral (values ('PORTAL.HS_TOTAL', dossiers), ('PORTAL.HTDH', returned_on_time),
                                       ('PORTAL.HTQH', returned_late),
                                       ('PORTAL.HTN_TRUCTUYEN_TOTAL', online_end_to_end))
                as v(indicator_code, number)
            where breakdown = 'unit'
        )
        select concat_ws(' ', s.unit_code, s.data_month, s.indicator_code) as place,
               concat_ws(' and ', s.dossier_value, s.portal_value) as found,
               concat_ws(' and ', c.number, p.value) as expected
        from subject as s
        left join counted as c
          on c.unit_code = s.unit_code and c.data_month = s.data_month and c.is_synthetic = s.is_synthetic
         and c.indicator_code = s.indicator_code
        left join marts.metric_portal_change as p
          on p.unit_code = s.unit_code and p.data_month = s.data_month and p.is_synthetic = s.is_synthetic
         and p.indicator_code = s.indicator_code and p.boundary = 'published'
        where s.portal_value is distinct from p.value
           or (s.measure_unit = 'count' and s.dossier_value is distinct from c.number)""",
            source="intermediate.int_dossier_month, metric_portal_change",
        ),
        mart_rule(
            "difference_beyond_tolerance_is_said",
            "consistency",
            "chênh lệch quá mức cho phép nhưng vẫn ghi là khớp, hoặc ngược lại",
            "a difference beyond the tolerance is said to agree, or one within it is not",
            """
        select concat_ws(' ', s.unit_code, s.data_month, s.indicator_code) as place,
               concat_ws(' / ', s.difference, s.tolerance, s.is_agreed) as found,
               cast(abs(s.portal_value - s.dossier_value) <= s.tolerance as varchar) as expected
        from subject as s
        where s.is_agreed is distinct from (abs(s.portal_value - s.dossier_value) <= s.tolerance)
           or s.difference is distinct from s.portal_value - s.dossier_value""",
        ),
    ),
)

PORTAL_FRESHNESS = Suite(
    "mart_portal_freshness",
    "portal_freshness",
    (
        grain("source", "service"),
        mart_rule(
            "fetches_equal_raw",
            "reconciliation",
            "số lần lấy hoặc thời điểm lấy cuối khác với số đã nạp",
            "the fetches or the time of the last are not those loaded",
            f"""
        with taken as ({_FETCHES}
        ),
        counted as (
            select source, substr(layout_id, 8) as service, count(*) as fetches, max(fetched_at) as last_fetched_at
            from taken where layout_id like 'portal/%' group by all
        )
        select concat_ws(' ', coalesce(s.source, r.source), coalesce(s.service, r.service)) as place,
               concat_ws(', last ', s.fetch_count, s.last_fetched_at) as found,
               concat_ws(', last ', coalesce(r.fetches, 0), r.last_fetched_at) as expected
        from subject as s full join counted as r on r.source = s.source and r.service = s.service
        where s.fetch_count is distinct from coalesce(r.fetches, 0)
           or s.last_fetched_at is distinct from r.last_fetched_at""",
        ),
        mart_rule(
            "month_after_the_latest_is_due",
            "timeliness",
            "ngày bị coi là cũ không phải là hạn của tháng kế tiếp tháng mới nhất",
            "the day figures become stale is not when the month after the latest is due",
            """
        select concat_ws(' ', s.source, s.service) as place, coalesce(cast(s.stale_from as varchar), 'none') as found,
               cast(cast(s.latest_data_month + interval 2 month as date) + s.due_days as varchar) as expected
        from subject as s
        where s.latest_data_month is not null
          and s.stale_from is distinct from cast(s.latest_data_month + interval 2 month as date) + s.due_days""",
            source="data/reference/portal/portal_service.csv",
        ),
    ),
)

PORTAL_MART_SUITES: tuple[Suite, ...] = (
    FCT_PORTAL_MONTH,
    METRIC_PORTAL_CHANGE,
    FCT_QD766_VINTAGE,
    METRIC_PORTAL_AGREEMENT,
    PORTAL_FRESHNESS,
)
