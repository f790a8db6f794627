"""Sound rows and faults for the suites of the breaks (see `test_mart_audit`)."""

from __future__ import annotations

#: One detection whose change is not printed, every reading on record, the breaks somebody declared.
SOUND = """
create table marts.dim_break_detection as
    select indicator_code, data_year, 'tên' as name_vi, 'name' as name_en, false as is_detected,
           verdict as review_verdict, false as is_withheld, null::integer as provinces_compared,
           null::double as median_after
    from reference.break_review;
insert into marts.dim_break_detection values ('PAPI.SC51', 2021, 'tên', 'name', true, 'none', true, 1, 2.6);
create table marts.dim_indicator_break as
    select coalesce(indicator_code, index_code) as indicator_code, first_year, reason, 'declared' as origin,
           indicator_code as cause_indicator_code, change_id, touches
    from reference.methodology_change;
create table marts.dim_criteria_count as
    select index_code, methodology_version, unit_type, 'tên' as name_vi, 'name' as name_en
    from reference.criteria_count;
"""

_DETECTION = "mart_dim_break_detection"
#: suite, rules, the fault.
FAULTS: list[tuple[str, set[str], str]] = [
    (
        "mart_dim_indicator_break",
        {"grain_unique"},
        "insert into marts.dim_indicator_break from marts.dim_indicator_break where change_id = 'papi_2021_d5'",
    ),
    (
        "mart_dim_indicator_break",
        {"touches_known"},
        "update marts.dim_indicator_break set touches = 'scale;taste' where change_id = 'papi_2021_d5'",
    ),
    (
        _DETECTION,
        {"grain_unique"},
        "insert into marts.dim_break_detection from marts.dim_break_detection where indicator_code = 'PAPI.SC71'",
    ),
    (
        _DETECTION,
        {"named_in_both_languages"},
        "update marts.dim_break_detection set name_en = ' ' where indicator_code = 'PAPI.SC71'",
    ),
    (
        _DETECTION,
        {"withheld_is_not_printed"},
        "update marts.metric_yoy set change = 0.6 where indicator_code = 'PAPI.SC51' and data_year = 2021",
    ),
    (
        _DETECTION,
        {"verdict_is_the_reviews"},
        "update marts.dim_break_detection set review_verdict = 'cleared' where indicator_code = 'PAPI.SC71'",
    ),
    (
        _DETECTION,
        {"figures_recomputed"},
        "update marts.dim_break_detection set median_after = 2.7 where is_detected",
    ),
    (
        _DETECTION,
        {"review_still_applies"},
        "insert into marts.fct_indicator_value by name select 'an_giang' as unit_code, 'PAPI.SC71' as indicator_code, "
        "2019 as data_year, 'published' as boundary, 1.0 as value",
    ),
    (
        "mart_dim_criteria_count",
        {"grain_unique"},
        "insert into marts.dim_criteria_count from marts.dim_criteria_count limit 1",
    ),
    (
        "mart_dim_criteria_count",
        {"named_in_both_languages"},
        "update marts.dim_criteria_count set name_vi = null where methodology_version = '2019'",
    ),
    (
        "mart_dim_criteria_count",
        {"version_of_the_set_is_known"},
        "update marts.dim_criteria_count set methodology_version = '1999' where methodology_version = '2019'",
    ),
]
