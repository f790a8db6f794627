"""Sound rows and faults for the suites of the portal's marts (see `test_mart_audit`)."""

from __future__ import annotations

#: Months of two provinces that merged in July 2025 and of the one they made; two fetches of the score; one month of
#: dossiers.
SOUND = """
insert into raw.source_document
    values ('doc_p', repeat('ef', 32), 'portal_standin', 'p.warc.gz', 1, 'application/gzip', now(), 'landing');
insert into raw.batch by name
    select v.*, 'doc_p' as source_document_id, '' as source_key, '' as reader, '' as data_years, '' as sheets_read,
           '' as sheets_skipped, now() as loaded_at, 0 as figure_count, 0 as quarantined_count, '' as content_hash,
           '' as reading_version
    from (values
        ('b_m', 'portal_month', 'portal/report_by_month_sum_service', timestamp '2025-10-15 03:00:00'),
        ('b_s1', 'portal_score', 'portal/report_tinh_766_service', timestamp '2025-10-01 03:00:00'),
        ('b_s2', 'portal_score', 'portal/report_tinh_766_service', timestamp '2025-10-08 03:00:00'))
        as v(batch_id, dataset, layout_id, fetched_at);
create table portal_measure as
    select u.unit_code, m.data_month, c.code as indicator_code, c.value * u.share as value
    from (values ('lao_cai', date '2024-06-01', date '2025-06-01', 2),
                 ('yen_bai', date '2024-06-01', date '2025-06-01', 1),
                 ('lao_cai_2025', date '2025-07-01', date '2025-08-01', 3)) as u(unit_code, first, last, share)
    join (select cast(generate_series as date) as data_month
          from generate_series(date '2024-06-01', date '2025-08-01', interval 1 month)) as m
      on m.data_month between u.first and u.last
    cross join (values ('PORTAL.HS_TOTAL', 100), ('PORTAL.HTDH', 90), ('PORTAL.HTQH', 10),
                       ('PORTAL.HTN_TRUCTUYEN_TOTAL', 60)) as c(code, value);
insert into raw.figure by name
    select 'b_m' as batch_id, row_number() over () as row_id, unit_code, indicator_code, year(data_month) as data_year,
           month(data_month) as data_month, value
    from portal_measure
    union all by name
    select 'b_m' as batch_id, 1000 + row_number() over () as row_id, unit_code, 'PORTAL.HTDH_PCT' as indicator_code,
           year(data_month) as data_year, month(data_month) as data_month, 90.0 as value
    from portal_measure where indicator_code = 'PORTAL.HS_TOTAL';
create table marts.metric_portal_change as
    with carried as (
        select unit_code, indicator_code, data_month, 'published' as boundary, value from portal_measure
        union all
        select 'lao_cai_2025', indicator_code, data_month, '2025', sum(value) from portal_measure
        group by indicator_code, data_month
    ),
    measure as (
        select *, value as part, null::double as whole, 'count' as measure_unit, null::double as printed_value
        from carried
        union all
        select h.unit_code, 'PORTAL.HTDH_PCT', h.data_month, h.boundary, 90.0, h.value, h.value + q.value, 'percent',
               case when h.boundary = 'published' then 90.0 end
        from carried as h join carried as q on q.unit_code = h.unit_code and q.data_month = h.data_month
          and q.boundary = h.boundary and q.indicator_code = 'PORTAL.HTQH'
        where h.indicator_code = 'PORTAL.HTDH'
    )
    select s.*, true as is_synthetic, 'portal_standin' as source, p.value as previous_month_value,
           y.value as same_month_last_year_value, s.value - p.value as month_change, s.value - y.value as year_change,
           case when p.value is null then case when s.data_month = '2024-06-01' then 'previous_missing'
               else 'boundary_changed' end end as month_not_comparable_reason,
           case when y.value is null then case when s.data_month < '2025-07-01' then 'previous_missing'
               else 'boundary_changed' end end as year_not_comparable_reason,
           w.month_count as rolling_month_count,
           case when w.month_count = 12 then coalesce(100.0 * w.part / w.whole, w.part) end as rolling_twelve_value
    from measure as s
    left join measure as p on p.unit_code = s.unit_code and p.indicator_code = s.indicator_code
      and p.boundary = s.boundary and p.data_month = s.data_month - interval 1 month
    left join measure as y on y.unit_code = s.unit_code and y.indicator_code = s.indicator_code
      and y.boundary = s.boundary and y.data_month = s.data_month - interval 1 year
    cross join lateral (
        select count(*) as month_count, sum(x.part) as part, sum(x.whole) as whole from measure as x
        where x.unit_code = s.unit_code and x.indicator_code = s.indicator_code and x.boundary = s.boundary
          and x.data_month <= s.data_month and x.data_month > s.data_month - interval 1 year) as w;
create table marts.fct_portal_month as
    select unit_code, data_month, boundary, is_synthetic, source,
           max(case when indicator_code = 'PORTAL.HS_TOTAL' then value end) as dossiers,
           max(case when indicator_code = 'PORTAL.HTDH' then value end) as returned_on_time,
           max(case when indicator_code = 'PORTAL.HTQH' then value end) as returned_late,
           max(case when indicator_code = 'PORTAL.HTN_TRUCTUYEN_TOTAL' then value end) as filed_online,
           90.0::double as on_time_rate_pct, 60.0::double as filed_online_pct,
           max(case when indicator_code = 'PORTAL.HS_TOTAL' then month_change end) as dossiers_month_change,
           max(case when indicator_code = 'PORTAL.HS_TOTAL' then year_change end) as dossiers_year_change,
           max(month_not_comparable_reason) as month_not_comparable_reason,
           max(year_not_comparable_reason) as year_not_comparable_reason
    from marts.metric_portal_change group by all;
create table marts.fct_qd766_vintage as
    select b.batch_id, b.fetched_at, b.previous_fetched_at, 'son_la' as unit_code, v.code as indicator_code,
           2025 as data_year, v.value, case when v.code = 'QD766' then 83.63 end as parts_sum,
           case when v.code = 'QD766' then false end as is_reconciled, true as is_synthetic, 'portal_standin' as source
    from (values ('b_s1', timestamp '2025-10-01 03:00:00', null::timestamp),
                 ('b_s2', timestamp '2025-10-08 03:00:00', timestamp '2025-10-01 03:00:00'))
        as b(batch_id, fetched_at, previous_fetched_at)
    cross join (values ('QD766.CKMB', 15.3), ('QD766.TDGQ', 16.39), ('QD766.CCDVC', 9.1), ('QD766.TTTT', 5.21),
                       ('QD766.MDHL', 17.88), ('QD766.MDSH', 19.75), ('QD766', 86.94)) as v(code, value);
insert into raw.figure by name
    select batch_id, row_number() over () as row_id, unit_code, indicator_code, data_year, value
    from marts.fct_qd766_vintage;
create table marts.metric_portal_agreement as
    select p.unit_code, p.data_month, p.indicator_code, p.is_synthetic, p.measure_unit, p.value as portal_value,
           p.value as dossier_value, 0.0::double as difference, 0.3::double as tolerance, true as is_agreed
    from marts.metric_portal_change as p
    where p.unit_code = 'lao_cai_2025' and p.boundary = 'published' and p.data_month = '2025-08-01'
      and p.indicator_code in ('PORTAL.HS_TOTAL', 'PORTAL.HTQH');
insert into intermediate.int_dossier_month by name
    select 'lao_cai_2025' as unit_code, 'lao_cai_2025' as unit_on_present_map, date '2025-08-01' as data_month,
           'unit' as breakdown, '' as procedure_field, true as is_synthetic, 300 as dossiers, 300 as returned,
           270 as returned_on_time, 30 as returned_late, 0 as returned_not_judged, 0 as timed, 0 as backlog,
           450 as minutes_per_working_day, 300 as way_known, 180 as online_end_to_end, 0 as fee_known,
           0 as fee_paid_online, 0 as digitised_known, 0 as digitised, 0 as complaint_known, 0 as complaints,
           0 as ratings, 0 as rating_sum;
insert into marts.fct_dossier_month by name
    select unit_code, data_month, breakdown, procedure_field, is_synthetic, dossiers, returned,
           returned_on_time, returned_late, returned_not_judged, backlog, 90.0 as on_time_rate_pct
    from intermediate.int_dossier_month where unit_code = 'lao_cai_2025';
insert into marts.fct_dossier_month by name
    select unit_code, data_month, 'field' as breakdown, 'A' as procedure_field, is_synthetic, dossiers, returned,
           returned_on_time, returned_late, returned_not_judged, backlog, 90.0 as on_time_rate_pct
    from marts.fct_dossier_month where unit_code = 'lao_cai_2025';
insert into intermediate.int_dossier_month by name
    select * replace ('field' as breakdown, 'A' as procedure_field)
    from intermediate.int_dossier_month where unit_code = 'lao_cai_2025';
create table marts.portal_freshness as
    select x.source, s.service, s.due_days, coalesce(b.fetches, 0) as fetch_count, b.last_fetched_at,
           case when b.dataset = 'portal_month' then date '2025-08-01' end as latest_data_month,
           case when b.dataset = 'portal_month' then date '2025-10-16' end as stale_from
    from reference.portal_service as s
    cross join (values ('portal'), ('portal_standin')) as x(source)
    left join (select layout_id, dataset, count(*) as fetches, max(fetched_at) as last_fetched_at from raw.batch
               where layout_id like 'portal/%' group by all) as b
      on b.layout_id = 'portal/' || s.service and x.source = 'portal_standin';
"""

_MONTH, _CHANGE = "mart_fct_portal_month", "mart_metric_portal_change"
_VINTAGE, _AGREEMENT, _FRESHNESS = "mart_fct_qd766_vintage", "mart_metric_portal_agreement", "mart_portal_freshness"
_PLACE = "unit_code = 'lao_cai_2025' and data_month = '2025-08-01' and boundary = '{}'"
_SET_MONTH = "update marts.fct_portal_month set {} where " + _PLACE.format("published")
_SET_SUM = (
    "update marts.fct_portal_month set {} where unit_code = 'lao_cai_2025' and data_month = '2025-06-01' "
    "and boundary = '2025'"
)
_SET_CHANGE = (
    "update marts.metric_portal_change set {} where " + _PLACE.format("2025") + " and indicator_code = 'PORTAL.HTQH'"
)

#: suite, rules, the fault. A fault that breaks several rules by nature names them all.
FAULTS: list[tuple[str, set[str], str]] = [
    (
        _MONTH,
        {"grain_unique"},
        f"insert into marts.fct_portal_month from marts.fct_portal_month where {_PLACE.format('2025')}",
    ),
    (
        _MONTH,
        {"dossiers_are_those_of_the_latest_fetch", "rates_follow_from_counts"},
        _SET_MONTH.format("dossiers = 301"),
    ),
    (
        _MONTH,
        {"merged_province_is_the_sum_of_its_parts"},
        _SET_SUM.format("dossiers = 290, filed_online = 174"),
    ),
    (_MONTH, {"rates_follow_from_counts"}, _SET_MONTH.format("on_time_rate_pct = 91")),
    (
        _MONTH,
        {"merged_unit_is_not_compared_with_its_namesake"},
        _SET_MONTH.format("dossiers_year_change = 100, year_not_comparable_reason = null"),
    ),
    (_MONTH, {"synthetic_says_so"}, _SET_SUM.format("source = 'portal'")),
    (
        _CHANGE,
        {"grain_unique", "twelve_months_are_twelve"},
        f"insert into marts.metric_portal_change from marts.metric_portal_change where {_PLACE.format('2025')}",
    ),
    (_CHANGE, {"compared_value_is_that_of_its_month"}, _SET_CHANGE.format("previous_month_value = 29")),
    (_CHANGE, {"no_change_without_a_reason"}, _SET_CHANGE.format("month_not_comparable_reason = 'previous_missing'")),
    (_CHANGE, {"twelve_months_are_twelve"}, _SET_CHANGE.format("rolling_twelve_value = 30")),
    (
        _CHANGE,
        {"printed_share_is_the_portals"},
        "update marts.metric_portal_change set printed_value = 94 where indicator_code = 'PORTAL.HTDH_PCT' "
        "and unit_code = 'yen_bai' and data_month = '2025-01-01'",
    ),
    (_CHANGE, {"synthetic_says_so"}, _SET_CHANGE.format("source = 'portal'")),
    (
        _VINTAGE,
        {"grain_unique", "every_fetch_is_a_vintage"},
        "insert into marts.fct_qd766_vintage from marts.fct_qd766_vintage where indicator_code = 'QD766'",
    ),
    (_VINTAGE, {"every_fetch_is_a_vintage"}, "delete from marts.fct_qd766_vintage where batch_id = 'b_s2'"),
    (
        _VINTAGE,
        {"sum_of_parts_is_of_its_parts"},
        "update marts.fct_qd766_vintage set is_reconciled = true where batch_id = 'b_s2' and indicator_code = 'QD766'",
    ),
    (
        _VINTAGE,
        {"vintage_before_is_the_one_before"},
        "update marts.fct_qd766_vintage set previous_fetched_at = null where batch_id = 'b_s2'",
    ),
    (_VINTAGE, {"synthetic_says_so"}, "update marts.fct_qd766_vintage set is_synthetic = false"),
    (
        _AGREEMENT,
        {"grain_unique"},
        "insert into marts.metric_portal_agreement from marts.metric_portal_agreement",
    ),
    (
        _AGREEMENT,
        {"both_numbers_are_their_sources"},
        "update marts.metric_portal_agreement set dossier_value = 29, portal_value = 29 "
        "where indicator_code = 'PORTAL.HTQH'",
    ),
    (
        _AGREEMENT,
        {"difference_beyond_tolerance_is_said"},
        "update marts.metric_portal_agreement set is_agreed = false",
    ),
    (_FRESHNESS, {"grain_unique"}, "insert into marts.portal_freshness from marts.portal_freshness"),
    (
        _FRESHNESS,
        {"fetches_equal_raw"},
        "update marts.portal_freshness set fetch_count = 7 where source = 'portal_standin'",
    ),
    (
        _FRESHNESS,
        {"month_after_the_latest_is_due"},
        "update marts.portal_freshness set stale_from = date '2025-12-01' where latest_data_month is not null",
    ),
]
