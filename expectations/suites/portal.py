"""The suites of the portal: scores of Decision 766, monthly counts, and answers that are archived only.

Each unit is printed in its own way (1.234,5 beside 1234.5), so the rules on one decimal mark a file have no part here:
what a mark means follows from the field (`ingestion.numbers.read_count`).
"""

from __future__ import annotations

from expectations.rules import Rule, Suite
from expectations.suites.identity import IDENTITY
from expectations.suites.partitions import no_figures
from expectations.suites.reading import (
    DUPLICATED_UNIT,
    FIGURE_WITHOUT_NUMBER,
    NAME_AMBIGUOUS,
    NAME_UNRESOLVED,
    NOT_A_NUMBER,
    RANK_NOT_A_NUMBER,
    UNIT_OF_ANOTHER_TIME,
    YEAR_MISSING,
)
from expectations.suites.scores import (
    IDENTICAL_COLUMNS,
    RANK_CONTRADICTS_SCORES,
    RANK_OUT_OF_RANGE,
    VALUE_OUT_OF_RANGE,
)

#: Seven numbers printed with two decimals, each at most half a unit of the last digit off.
_SCORE_TOLERANCE = 0.035


def _whole(count: str) -> str:
    """A count as text; an absurd one must not stop the audit of all the others."""
    return f"coalesce(cast(try_cast({count} as bigint) as varchar), cast({count} as varchar))"


FIELD_MISSING = Rule(
    rule_id="field_missing",
    severity="quarantine",
    owner="data_engineer",
    category="completeness",
    text_vi="một trường luôn có trong câu trả lời của cổng nay không còn (cổng đã thay đổi)",
    text_en="a field that was always in the portal's answer is gone (the portal has changed)",
    rule_source="data/reference/portal/services.yml",
    failing_rows="""
        select batch_id, row_id, 'no field ' || indicator_text as found,
               'the field ' || indicator_text || ', as services.yml describes it' as expected
        from subject where parse_issue = 'field_missing'""",
    fix_vi="xem câu trả lời trong kho lưu trữ; nếu trường đã đổi tên hoặc bị bỏ, sửa services.yml",
    fix_en="look at the archived answer; if the field was renamed or dropped, change services.yml",
)

FIELD_UNKNOWN = Rule(
    rule_id="field_unknown",
    severity="quarantine",
    owner="data_engineer",
    category="identity",
    text_vi="không biết trường này của cổng là gì",
    text_en="it is not known what this field of the portal is",
    rule_source="data/reference/portal/services.yml",
    failing_rows="""
        select batch_id, row_id, indicator_text || ' = ' || coalesce(value_text, '') as found,
               coalesce(note, '') as expected
        from subject where parse_issue = 'field_unknown'""",
    fix_vi="tìm hiểu nghĩa của trường rồi mô tả trong services.yml; kho lưu trữ sẽ được đọc lại",
    fix_en="find out what the field means and describe it in services.yml; the archive is then read again",
)

UNITS_OF_THE_MAP = Rule(
    rule_id="units_of_the_map",
    severity="warn",
    owner="data_provider",
    category="completeness",
    text_vi="câu trả lời không có đủ các tỉnh, thành phố trên bản đồ của kỳ đó (63 hoặc 34)",
    text_en="the answer does not have all provinces of the map of its period (63 or 34)",
    rule_source="data/reference/geography_version.csv; fetches of all units only",
    failing_rows="""
        select f.batch_id, min(f.row_id) as row_id,
               cast(count(distinct coalesce(f.unit_code, f.unit_text)) as varchar) || ' units' as found,
               cast(g.province_count as varchar) || ' provinces on the map' as expected
        from subject as f
        join reference.geography_version as g on g.geography_version = f.geography_version
        where split_part(f.source_key, chr(58), 4) = 'all'
        group by f.batch_id, g.province_count
        having count(distinct coalesce(f.unit_code, f.unit_text)) <> g.province_count""",
    fix_vi="lấy lại kỳ này; nếu cổng thật sự thiếu tỉnh thì giữ nguyên",
    fix_en="fetch the period again; if the portal really leaves provinces out, leave it",
)

SCORE_PARTS_ADD_UP = Rule(
    rule_id="score_parts_add_up",
    severity="warn",
    owner="data_provider",
    category="reconciliation",
    text_vi="sáu nhóm điểm đã in không cộng lại thành tổng điểm đã in",
    text_en="the six printed parts do not add up to the printed total",
    rule_source="Decision 766/QĐ-TTg: 18 + 20 + 12 + 10 + 18 + 22 = 100; both are kept as printed",
    failing_rows=f"""
        with whole as (
            select f.batch_id, f.unit_code, sum(case when f.indicator_code <> 'QD766' then f.value end) as parts,
                   count(case when f.indicator_code <> 'QD766' then f.value end) as part_count
            from subject as f
            join reference.indicator as i on i.indicator_code = f.indicator_code
            where f.unit_code is not null
            group by f.batch_id, f.unit_code
        )
        select f.batch_id, f.row_id, cast(f.value as varchar) || ' for ' || f.unit_text as found,
               cast(round(w.parts, 4) as varchar) || ', the sum of its six parts' as expected
        from subject as f
        join whole as w on w.batch_id = f.batch_id and w.unit_code = f.unit_code and w.part_count = 6
        where f.indicator_code = 'QD766' and abs(f.value - w.parts) > {_SCORE_TOLERANCE}""",
    fix_vi="hỏi đơn vị vận hành cổng vì sao tổng điểm khác các nhóm điểm; không sửa số",
    fix_en="ask the portal's keeper why the total differs from its parts; the figures stay as they are",
    threshold=_SCORE_TOLERANCE,
)

MONTH_IN_FUTURE = Rule(
    rule_id="month_in_future",
    severity="quarantine",
    owner="data_provider",
    category="timeliness",
    text_vi="tháng số liệu sau ngày nhận tài liệu",
    text_en="the month begins after the day the document was received",
    rule_source="plain arithmetic",
    failing_rows="""
        select batch_id, row_id, cast(data_month as varchar) || '/' || cast(data_year as varchar) as found,
               'no later than ' || left(received_at, 10) as expected
        from subject
        where data_year * 12 + data_month
              > year(cast(left(received_at, 10) as date)) * 12 + month(cast(left(received_at, 10) as date))""",
    fix_vi="lấy lại tháng đã kết thúc",
    fix_en="fetch a month that is over",
)

MONTH_MISSING = Rule(
    rule_id="month_missing",
    severity="quarantine",
    owner="data_engineer",
    category="timeliness",
    text_vi="số liệu tháng không ghi tháng",
    text_en="a monthly figure does not say its month",
    rule_source="design: grain of a monthly figure",
    failing_rows="""
        select batch_id, row_id, coalesce(cast(data_month as varchar), 'no month') as found, '1 to 12' as expected
        from subject where data_month is null or data_month not between 1 and 12""",
    fix_vi="báo cho người bảo trì trình đọc",
    fix_en="tell the maintainers of the reader",
)

WAYS_ADD_UP = Rule(
    rule_id="ways_of_filing_add_up",
    severity="warn",
    owner="data_provider",
    category="reconciliation",
    text_vi="số hồ sơ theo hình thức nộp không cộng lại thành tổng số hồ sơ",
    text_en="the dossiers by way of filing do not add up to all dossiers",
    rule_source="plain arithmetic, where all four ways are printed",
    failing_rows=f"""
        with ways as (
            select batch_id, unit_code, data_year, data_month, sum(value) as together
            from subject
            where unit_code is not null
              and indicator_code in ('PORTAL.HTN_TRUCTIEP_TOTAL', 'PORTAL.HTN_BUUCHINH_TOTAL',
                                     'PORTAL.HTN_TRUCTUYEN_TOTAL', 'PORTAL.HTN_TRUCTUYEN_KHONGCHUAN_TOTAL')
            group by batch_id, unit_code, data_year, data_month
            having count(value) = 4
        )
        select f.batch_id, f.row_id, {_whole("f.value")} || ' dossiers of ' || f.unit_text as found,
               {_whole("w.together")} || ', the sum by way of filing' as expected
        from subject as f
        join ways as w
          on w.batch_id = f.batch_id and w.unit_code = f.unit_code and w.data_year = f.data_year
         and w.data_month = f.data_month
        where f.indicator_code = 'PORTAL.HS_TOTAL' and f.value <> w.together""",
    fix_vi="hỏi đơn vị vận hành cổng; không sửa số",
    fix_en="ask the portal's keeper; the figures stay as they are",
)

SHARES_OF_WAYS_ADD_UP = Rule(
    rule_id="shares_of_filing_add_up",
    severity="warn",
    owner="data_provider",
    category="reconciliation",
    text_vi="các tỷ lệ theo hình thức nộp không cộng lại thành 100%",
    text_en="the shares by way of filing do not add up to 100 percent",
    rule_source="plain arithmetic: four shares, each at most half a unit of its last printed digit off",
    failing_rows="""
        with ways as (
            select batch_id, unit_code, data_year, data_month, min(row_id) as row_id, any_value(unit_text) as unit_text,
                   sum(value) as together,
                   sum(0.5 * power(10, -least(2, length(regexp_extract(value_text, '[.,]([0-9]+)$', 1))))) as rounding
            from subject
            where unit_code is not null
              and indicator_code in ('PORTAL.HTN_TRUCTIEP', 'PORTAL.HTN_BUUCHINH', 'PORTAL.HTN_TRUCTUYEN',
                                     'PORTAL.HTN_TRUCTUYEN_KHONGCHUAN')
            group by batch_id, unit_code, data_year, data_month
            having count(value) = 4
        )
        select batch_id, row_id, cast(round(together, 4) as varchar) || ' percent of ' || unit_text as found,
               '100 percent' as expected
        from ways where together > 0 and abs(together - 100) > rounding + 1e-9""",
    fix_vi="hỏi đơn vị vận hành cổng; không sửa số",
    fix_en="ask the portal's keeper; the figures stay as they are",
)

PAYMENTS_ADD_UP = Rule(
    rule_id="payments_add_up",
    severity="warn",
    owner="data_provider",
    category="reconciliation",
    text_vi="thanh toán qua cổng quốc gia và cổng địa phương không cộng lại thành tổng số giao dịch",
    text_en="payments through the national and the local portal do not add up to all payments",
    rule_source="plain arithmetic; that the two are all of them is how the portal's page shows it",
    failing_rows=f"""
        with parts as (
            select batch_id, unit_code, data_year, data_month, sum(value) as together
            from subject
            where unit_code is not null and indicator_code in ('PORTAL.GDTTQG', 'PORTAL.GDTTDP')
            group by batch_id, unit_code, data_year, data_month
            having count(value) = 2
        )
        select f.batch_id, f.row_id, {_whole("f.value")} || ' payments of ' || f.unit_text as found,
               {_whole("p.together")} || ', the sum of both portals' as expected
        from subject as f
        join parts as p
          on p.batch_id = f.batch_id and p.unit_code = f.unit_code and p.data_year = f.data_year
         and p.data_month = f.data_month
        where f.indicator_code = 'PORTAL.GDTT_TOTAL' and f.value <> p.together""",
    fix_vi="hỏi đơn vị vận hành cổng; không sửa số",
    fix_en="ask the portal's keeper; the figures stay as they are",
)

PRINTED_SHARE_DIFFERS = Rule(
    rule_id="printed_share_differs",
    severity="warn",
    owner="data_provider",
    category="reconciliation",
    text_vi="tỷ lệ cổng in khác với tỷ lệ tính lại từ số đếm",
    text_en="the share the portal prints is not that of its counts",
    rule_source="data/reference/portal/portal_rate.csv; to half a unit of the last printed digit",
    failing_rows=f"""
        with counted as (
            select f.batch_id, f.unit_code, f.data_year, f.data_month, r.rate_code,
                   sum(case when r.count_role = 'part' then f.value end) as part,
                   sum(case when r.count_role = 'whole' then f.value end) as whole,
                   count(*) as counts
            from subject as f
            join reference.portal_rate as r on r.count_code = f.indicator_code
            where f.unit_code is not null and f.value is not null
            group by f.batch_id, f.unit_code, f.data_year, f.data_month, r.rate_code
        ),
        needed as (select rate_code, count(*) as counts from reference.portal_rate group by rate_code)
        select f.batch_id, f.row_id,
               f.value_text || ' printed for ' || f.indicator_text || ' of ' || f.unit_text as found,
               cast(round(100.0 * c.part / c.whole, 4) as varchar) || ', ' || {_whole("c.part")}
               || ' of ' || {_whole("c.whole")} as expected
        from subject as f
        join counted as c
          on c.batch_id = f.batch_id and c.unit_code = f.unit_code and c.data_year = f.data_year
         and c.data_month = f.data_month and c.rate_code = f.indicator_code
        join needed as n on n.rate_code = c.rate_code and n.counts = c.counts
        where c.whole > 0
          and abs(f.value - 100.0 * c.part / c.whole)
              > 0.5 * power(10, -least(4, length(regexp_extract(f.value_text, '[.,]([0-9]+)$', 1)))) + 1e-6""",
    fix_vi="hỏi đơn vị vận hành cổng; tỷ lệ in được giữ bên cạnh tỷ lệ tính lại",
    fix_en="ask the portal's keeper; the printed share is kept beside the recomputed one",
)

NOTHING_READ = Rule(
    rule_id="no_figures_in_an_archived_answer",
    severity="block",
    owner="data_engineer",
    category="consistency",
    text_vi="câu trả lời chỉ để lưu trữ nhưng lại có số liệu",
    text_en="an answer that is archived only gave figures",
    rule_source="data/reference/portal/services.yml, reading none",
    failing_rows="""
        select batch_id, min(row_id) as row_id, 'figures' as found, 'none' as expected
        from subject group by batch_id""",
    fix_vi="báo cho người bảo trì",
    fix_en="tell the maintainers",
)

_READING = (
    NOT_A_NUMBER,
    FIELD_MISSING,
    FIELD_UNKNOWN,
    FIGURE_WITHOUT_NUMBER,
    NAME_UNRESOLVED,
    NAME_AMBIGUOUS,
    UNIT_OF_ANOTHER_TIME,
    YEAR_MISSING,
    DUPLICATED_UNIT,
)

# Two of a row's seven figures wait where two fields cannot be told apart: that alone must not block the rest.
PORTAL_SCORE = Suite(
    name="portal_score",
    table="figure_portal_score",
    rules=(
        no_figures("portal_score"),
        *_READING,
        RANK_NOT_A_NUMBER,
        *IDENTITY,
        VALUE_OUT_OF_RANGE,
        RANK_OUT_OF_RANGE,
        RANK_CONTRADICTS_SCORES,
        IDENTICAL_COLUMNS,
        SCORE_PARTS_ADD_UP,
        UNITS_OF_THE_MAP,
    ),
    max_bad_share=0.4,
)
PORTAL_MONTH = Suite(
    name="portal_month",
    table="figure_portal_month",
    rules=(
        no_figures("portal_month"),
        *_READING,
        *IDENTITY,
        MONTH_MISSING,
        MONTH_IN_FUTURE,
        VALUE_OUT_OF_RANGE,
        WAYS_ADD_UP,
        SHARES_OF_WAYS_ADD_UP,
        PAYMENTS_ADD_UP,
        PRINTED_SHARE_DIFFERS,
        UNITS_OF_THE_MAP,
    ),
)
PORTAL_ARCHIVED = Suite(name="portal_archived", table="figure_portal_archived", rules=(NOTHING_READ,))

PORTAL_SUITES: tuple[Suite, ...] = (PORTAL_SCORE, PORTAL_MONTH, PORTAL_ARCHIVED)
