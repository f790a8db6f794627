"""Sound rows and faults for the suite of the months of dossiers (see `test_mart_audit`)."""

from __future__ import annotations

#: One real month of one unit with two fields, the second with few ratings and complaints.
SOUND = """
insert into raw.dossier_document
    select 'doc_d', repeat('cd', 32), 'a_2025-09.csv', timestamp '2025-10-01', date '2025-09-01', 'portal', false,
           10, 0, 0, 'v', 'v';
create schema intermediate;
create table intermediate.int_dossier_month as
    select 'an_giang_2025' as unit_code, 'an_giang_2025' as unit_on_present_map, date '2025-09-01' as data_month,
           v.*, false as is_synthetic, 0 as returned_not_judged, 900 as median_working_minutes,
           1350 as p90_working_minutes, 450 as minutes_per_working_day, returned as timed, dossiers as way_known,
           dossiers as online_end_to_end, 0 as fee_known, 0 as fee_paid_online, 0 as digitised_known, 0 as digitised,
           dossiers as complaint_known, 1 as complaints, returned as ratings, returned * 4 as rating_sum
    from (values ('unit', '', 120, 110, 100, 10, 12), ('field', 'A', 100, 90, 82, 8, 10),
                 ('field', 'B', 20, 20, 18, 2, 2))
        as v(breakdown, procedure_field, dossiers, returned, returned_on_time, returned_late, backlog);
create table marts.fct_dossier_month as
    select unit_code, data_month, breakdown, procedure_field, is_synthetic, dossiers, returned,
           returned_on_time, returned_late, returned_not_judged, backlog,
           100.0 * returned_on_time / returned as on_time_rate_pct,
           median_working_minutes / 450.0 as median_working_days,
           p90_working_minutes / 450.0 as p90_working_days,
           case when breakdown = 'unit' then ratings end as ratings,
           case when breakdown = 'unit' then 4.0::double end as rating_mean,
           case when breakdown = 'unit' then complaints end as complaints
    from intermediate.int_dossier_month;
"""

_SUITE = "mart_fct_dossier_month"
_CHANGE = "update marts.fct_dossier_month set {} where breakdown = 'field' and procedure_field = 'B'"
_TWIN = "from marts.fct_dossier_month where breakdown = 'field' and procedure_field = 'B'"

#: suite, rule, the fault. A fault that breaks several rules by nature names them all.
FAULTS: list[tuple[str, set[str], str]] = [
    (
        _SUITE,
        {"grain_unique", "months_are_those_measured", "fields_add_up_to_the_unit"},
        f"insert into marts.fct_dossier_month {_TWIN}",
    ),
    (
        _SUITE,
        {"months_are_those_measured"},
        "insert into marts.fct_dossier_month by name select * replace ('Z' as procedure_field, 0 as dossiers, "
        f"0 as returned, 0 as returned_on_time, 0 as returned_late, 0 as backlog) {_TWIN}",
    ),
    (_SUITE, {"fields_add_up_to_the_unit"}, _CHANGE.format("backlog = 3")),
    (_SUITE, {"returned_is_on_time_late_or_not_judged"}, _CHANGE.format("returned_late = 3")),
    (_SUITE, {"on_time_rate_recomputed"}, _CHANGE.format("on_time_rate_pct = 91")),
    (_SUITE, {"median_is_not_above_the_ninth_decile"}, _CHANGE.format("median_working_days = 4")),
    (_SUITE, {"few_answers_are_withheld"}, _CHANGE.format("rating_mean = 4, ratings = 20")),
    (_SUITE, {"synthetic_months_say_so"}, "update raw.dossier_document set is_synthetic = true"),
]
