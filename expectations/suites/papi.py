"""The suites of PAPI: the yearly CSV files and the 2011-2016 workbook, which must agree where they overlap.

The workbook prints totals, so a wrong cell in it shows by itself (`components_add_up`); the CSV files print none. That
is why a disagreement sets the CSV's row aside and only warns in the workbook: one bad CSV file must not empty the
good workbook.
"""

from __future__ import annotations

from dataclasses import replace

from expectations.rules import Rule, Suite
from expectations.suites.common import common_rules
from expectations.suites.history import HISTORY

_TOLERANCE = 0.001

# The index is held against its dimensions, a dimension against its sub-dimensions. If both are off, the dimension
# is wrong; if only its own sum is off, one of its sub-dimensions is; if only the index is off, the index is.
_COMPONENTS = f"""
    with part as (
        select f.batch_id, f.row_id, f.unit_code, f.data_year, f.indicator_code, f.value, i.parent_code,
               i.indicator_level,
               count(f.value) over (
                   partition by f.batch_id, f.unit_code, f.data_year, i.parent_code, i.indicator_level) as parts
        from subject as f
        join reference.indicator as i on i.indicator_code = f.indicator_code
        where f.unit_code is not null and f.value is not null
    ),
    whole as (
        select p.batch_id, p.unit_code, p.data_year, p.parent_code, p.indicator_level, sum(p.value) as total, parts,
               max(parts) over (partition by p.batch_id, p.data_year, p.parent_code, p.indicator_level) as full_parts
        from part as p where p.parent_code is not null
        group by p.batch_id, p.unit_code, p.data_year, p.parent_code, p.indicator_level, parts
    ),
    gap as (
        select p.*, w.total, abs(p.value - w.total) > {_TOLERANCE} as is_off
        from part as p
        join whole as w
          on w.batch_id = p.batch_id and w.unit_code = p.unit_code and w.data_year = p.data_year
         and w.parent_code = p.indicator_code and w.parts = w.full_parts
    ),
    judged as (
        select g.batch_id, g.unit_code, g.data_year, g.row_id, g.indicator_code, g.indicator_level, g.value, g.total,
               g.is_off, coalesce(t.is_off, false) as index_is_off,
               bool_or(g.is_off and g.indicator_level = 'dimension')
                   over (partition by g.batch_id, g.unit_code, g.data_year) as some_dimension_is_off
        from gap as g
        left join gap as t
          on t.batch_id = g.batch_id and t.unit_code = g.unit_code and t.data_year = g.data_year
         and t.indicator_code = g.parent_code
    )
    select batch_id, row_id, cast(value as varchar) as found,
           cast(round(total, 6) as varchar) || ', the sum of its parts' as expected
    from judged
    where is_off and case when indicator_level = 'total' then not some_dimension_is_off else index_is_off end
    union all
    select p.batch_id, p.row_id, cast(p.value as varchar) as found,
           'parts that add up to ' || cast(j.value as varchar) || ' (they add up to '
           || cast(round(j.total, 6) as varchar) || ')' as expected
    from judged as j
    join part as p
      on p.batch_id = j.batch_id and p.unit_code = j.unit_code and p.data_year = j.data_year
     and p.parent_code = j.indicator_code
    where j.is_off and j.indicator_level <> 'total' and not j.index_is_off"""

COMPONENTS_ADD_UP = Rule(
    rule_id="components_add_up",
    severity="quarantine",
    owner="data_provider",
    category="reconciliation",
    text_vi="các thành phần không cộng thành điểm đã công bố",
    text_en="the components do not add up to the printed score",
    rule_source="plain arithmetic: PAPI's dimensions are sums of sub-dimensions, its index a sum of dimensions",
    failing_rows=_COMPONENTS,
    fix_vi="đối chiếu các ô này với bản gốc của PAPI",
    fix_en="compare these cells with PAPI's original",
    threshold=_TOLERANCE,
)


def _sources_agree(other: str) -> str:
    return f"""
        select f.batch_id, f.row_id, cast(f.value as varchar) as found,
               cast(min(k.value) as varchar) || ' in ' || min(k.source_key) as expected
        from subject as f
        join known_figure as k
          on k.dataset = '{other}' and k.unit_code = f.unit_code and k.indicator_code = f.indicator_code
         and k.data_year = f.data_year
        where abs(f.value - k.value) > 0.000001
        group by f.batch_id, f.row_id, f.value"""


PAPI_SOURCES_AGREE = Rule(
    rule_id="papi_sources_agree",
    severity="quarantine",
    owner="data_provider",
    category="reconciliation",
    text_vi="tệp CSV và bảng tính PAPI không khớp nhau",
    text_en="PAPI's CSV file and its workbook disagree",
    rule_source="the same publication in two forms (2011-2016); they agree to nine decimals",
    failing_rows=_sources_agree("papi_workbook"),
    fix_vi="đối chiếu cả hai tệp với bản công bố của PAPI",
    fix_en="compare both files with what PAPI published",
    threshold=0.000001,
)

# PAPI's workbook of 2014 prints the index as 0 for two provinces all of whose parts are blank: a formula over nothing.
_WITHOUT_PARTS = """
    with part as (
        select distinct f.batch_id, f.unit_code, f.data_year, i.parent_code
        from subject as f
        join reference.indicator as i on i.indicator_code = f.indicator_code
        where f.value is not null and i.parent_code is not null
    )
    select f.batch_id, f.row_id, cast(f.value as varchar) as found,
           'no score where no part of it has one' as expected
    from subject as f
    where f.value is not null and f.unit_code is not null
      and exists (select 1 from part as p where p.batch_id = f.batch_id and p.data_year = f.data_year
                  and p.parent_code = f.indicator_code)
      and not exists (select 1 from part as p where p.batch_id = f.batch_id and p.data_year = f.data_year
                      and p.parent_code = f.indicator_code and p.unit_code = f.unit_code)"""

SCORE_WITHOUT_PARTS = Rule(
    rule_id="score_without_parts",
    severity="quarantine",
    owner="data_provider",
    category="reconciliation",
    text_vi="có điểm tổng nhưng không có điểm thành phần nào",
    text_en="a score is printed where none of its parts has one",
    rule_source="plain arithmetic: the sum of nothing is not a score of 0",
    failing_rows=_WITHOUT_PARTS,
    fix_vi="để trống ô này, hoặc gửi các điểm thành phần",
    fix_en="leave the cell empty, or send the parts",
)

# The survey's programme writes single-precision numbers with nine decimals. Of the decimals a person may type, one in
# fifty is such a number by chance.
NOT_AS_COMPUTED = Rule(
    rule_id="not_as_computed",
    severity="warn",
    owner="data_provider",
    category="validity",
    text_vi="số này không phải do chương trình tính điểm ghi ra như các số khác trong tệp: có thể đã bị sửa tay",
    text_en="the number is not one the survey's programme writes, as all others in the file are: it was typed by hand",
    rule_source="98 in 100 or more of the file's figures are single-precision numbers to nine decimals",
    failing_rows="""
        select batch_id, row_id, value_text as found, nearest || ', the nearest single-precision number' as expected
        from (
            select batch_id, row_id, value_text, is_single, cast(round(nearest, 9) as varchar) as nearest,
                   count(*) over (partition by batch_id) as figures,
                   count(*) filter (where is_single) over (partition by batch_id) as singles
            from (
                select *, cast(cast(value as float) as double) as nearest,
                       abs(value - cast(cast(value as float) as double)) < 0.0000000006 as is_single
                from subject where isfinite(value)
            ) as compared
        ) as counted
        where figures >= 100 and singles >= 0.98 * figures and not is_single""",
    fix_vi="đối chiếu ô này với tệp gốc của PAPI",
    fix_en="compare the cell with PAPI's original file",
    threshold=0.0000000006,
)

PAPI_CSV = Suite(
    name="papi_csv",
    table="figure_papi_csv",
    rules=(*common_rules("papi_csv"), PAPI_SOURCES_AGREE, NOT_AS_COMPUTED, *HISTORY),
)
PAPI_WORKBOOK = Suite(
    name="papi_workbook",
    table="figure_papi_workbook",
    rules=(
        *common_rules("papi_workbook"),
        COMPONENTS_ADD_UP,
        SCORE_WITHOUT_PARTS,
        replace(PAPI_SOURCES_AGREE, severity="warn", failing_rows=_sources_agree("papi_csv")),
    ),
)
