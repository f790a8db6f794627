"""Rules on what was read from the cell: numbers, names, years, and rows that stand twice."""

from __future__ import annotations

from expectations.rules import Native, Rule

NOT_A_NUMBER = Rule(
    rule_id="not_a_number",
    severity="quarantine",
    owner="data_provider",
    category="validity",
    text_vi="ô điểm số không phải là số",
    text_en="the value cell does not hold a number",
    rule_source="plain arithmetic",
    failing_rows="""
        select batch_id, row_id, coalesce(value_text, cast(value as varchar)) as found, 'a number' as expected
        from subject
        where parse_issue = 'not_a_number' or not isfinite(value)
           or (value is null and trim(value_text) <> '' and parse_issue is distinct from 'field_unknown')""",
    fix_vi="nhập đúng số trong ô, hoặc để trống nếu không có số liệu",
    fix_en="enter the number in that cell, or leave it empty where there is none",
)

RANK_NOT_A_NUMBER = Rule(
    rule_id="rank_not_a_number",
    severity="quarantine",
    owner="data_provider",
    category="validity",
    text_vi="ô xếp hạng không phải là số nguyên",
    text_en="the rank cell does not hold a whole number",
    rule_source="plain arithmetic",
    failing_rows="""
        select batch_id, row_id, coalesce(rank_text, '') as found, 'a whole number' as expected
        from subject
        where parse_issue = 'rank_not_a_number' or ("rank" is null and trim(rank_text) <> '')""",
    fix_vi="nhập đúng thứ hạng trong ô, hoặc để trống",
    fix_en="enter the rank in that cell, or leave it empty",
)

FIGURE_WITHOUT_NUMBER = Rule(
    rule_id="figure_without_number",
    severity="quarantine",
    owner="data_engineer",
    category="completeness",
    text_vi="dòng không có điểm số và cũng không có thứ hạng",
    text_en="the row has neither a value nor a rank",
    rule_source="plain arithmetic (null is not zero)",
    failing_rows="""
        select batch_id, row_id, 'no value and no rank' as found, 'a value or a rank' as expected
        from subject
        where value is null and "rank" is null
          and coalesce(trim(value_text), '') = '' and coalesce(trim(rank_text), '') = ''
          and (parse_issue is null or parse_issue not in ('field_missing', 'field_unknown'))""",
    fix_vi="bổ sung số liệu, hoặc bỏ dòng này khỏi tệp",
    fix_en="supply the figure, or take the row out of the file",
)

NAME_UNRESOLVED = Rule(
    rule_id="name_unresolved",
    severity="quarantine",
    owner="reference_keeper",
    category="identity",
    text_vi="không nhận ra tên đơn vị",
    text_en="the name of the unit is not known",
    rule_source="data/reference/unit_alias.csv",
    failing_rows="""
        select batch_id, row_id, unit_text as found,
               coalesce('one of the nearest names, ' || unit_candidates, 'a name in unit_alias.csv') as expected
        from subject
        where unit_code is null and coalesce(parse_issue, '') not in ('name_ambiguous', 'unit_of_another_time')""",
    fix_vi="sửa tên trong tệp, hoặc thêm cách viết này (kèm nguồn) vào unit_alias.csv",
    fix_en="correct the name in the file, or add this spelling, with its source, to unit_alias.csv",
)

NAME_AMBIGUOUS = Rule(
    rule_id="name_ambiguous",
    severity="quarantine",
    owner="reference_keeper",
    category="identity",
    text_vi="tên có thể chỉ nhiều đơn vị",
    text_en="the name may mean more than one unit",
    rule_source="data/reference/unit_alias.csv",
    failing_rows="""
        select batch_id, row_id, unit_text as found,
               coalesce('one of, ' || unit_candidates, 'a name that means one unit') as expected
        from subject where unit_code is null and parse_issue = 'name_ambiguous'""",
    fix_vi="ghi tên đầy đủ của đơn vị, hoặc nêu rõ năm và địa giới",
    fix_en="write the unit's full name, or state the year and the map it belongs to",
)

UNIT_OF_ANOTHER_TIME = Rule(
    rule_id="unit_of_another_time",
    severity="quarantine",
    owner="data_provider",
    category="identity",
    text_vi="đơn vị mang tên này không tồn tại vào cuối năm của số liệu",
    text_en="the unit of this name did not exist at the end of the figure's year",
    rule_source="data/reference/unit.csv (Resolutions 202/2025/QH15 and 176/2025/QH15)",
    failing_rows="""
        select batch_id, row_id, concat_ws(' ', unit_text, data_year) as found,
               coalesce('a unit of that day; ' || unit_candidates, 'a unit of that day') as expected
        from subject where unit_code is null and parse_issue = 'unit_of_another_time'""",
    fix_vi="xem lại năm của tệp; nếu nguồn muốn nói đơn vị hiện nay, sửa bằng một đính chính có căn cứ, "
    "không gán tên đơn vị cũ cho đơn vị mới",
    fix_en="check the year of the file; where the source means the unit of today, say so in a correction with its "
    "ground, and never give an old unit's name to a new one",
)

YEAR_MISSING = Rule(
    rule_id="year_missing",
    severity="quarantine",
    owner="data_provider",
    category="timeliness",
    text_vi="không biết số liệu của năm nào",
    text_en="the year the figure measures is not known",
    rule_source="design: every figure has a data_year",
    failing_rows="""
        select batch_id, row_id, 'no year' as found, 'the year the figure measures' as expected
        from subject where data_year is null""",
    fix_vi="ghi năm số liệu trong tiêu đề hoặc trong cột năm",
    fix_en="state the year in the title or in a year column",
    native=Native("not_null", ("data_year",)),
)

DUPLICATED_UNIT = Rule(
    rule_id="duplicated_unit",
    severity="quarantine",
    owner="data_provider",
    category="uniqueness",
    text_vi="một đơn vị xuất hiện nhiều lần cho cùng chỉ số và năm",
    text_en="the unit stands more than once for the same indicator and year",
    rule_source="design: grain of a figure",
    # A hash first: grouping millions of rows by one number costs half of grouping them by three texts.
    failing_rows="""
        with keyed as (
            select batch_id, row_id, unit_code, indicator_code, data_year, data_month,
                   coalesce(value_locator, rank_locator, unit_locator) as place,
                   hash(batch_id, unit_code, indicator_code, data_year, data_month) as key_hash
            from subject where unit_code is not null and data_year is not null and figure_status <> 'dropped'
        ),
        suspected as (select key_hash from keyed group by key_hash having count(*) > 1),
        candidate as (select * from keyed where key_hash in (select key_hash from suspected)),
        counted as (
            select batch_id, row_id, count(*) over same_figure as copies,
                   string_agg(place, ', ' order by row_id) over same_figure as places
            from candidate
            window same_figure as (partition by batch_id, unit_code, indicator_code, data_year, data_month)
        )
        select batch_id, row_id, cast(copies as varchar) || ' rows, in ' || places as found, 'one row' as expected
        from counted where copies > 1""",
    fix_vi="giữ dòng đúng, bỏ dòng thừa; nếu là hai đơn vị khác nhau thì sửa tên",
    fix_en="keep the right row and drop the other; if they are two units, correct the name",
)

DECIMAL_MARKS_MIXED = Rule(
    rule_id="decimal_marks_mixed",
    severity="quarantine",
    owner="data_provider",
    category="consistency",
    text_vi="dấu thập phân của ô khác với phần còn lại của tệp (lẫn dấu phẩy và dấu chấm)",
    text_en="the cell's decimal mark differs from the rest of the file (comma and point are mixed)",
    rule_source="Vietnamese convention: decimal comma; one file, one convention",
    failing_rows="""
        select batch_id, row_id, value_text as found,
               'a decimal ' || majority || ', as in ' || cast(others as varchar) || ' other cells' as expected
        from (
            select *, count(*) filter (where decimal_mark = 'comma') over (partition by batch_id) as commas,
                   count(*) filter (where decimal_mark = 'point') over (partition by batch_id) as points,
                   case when commas > points then 'comma' else 'point' end as majority,
                   greatest(commas, points) as others
            from subject
        ) where commas > 0 and points > 0 and commas <> points and decimal_mark <> majority""",
    fix_vi="dùng một loại dấu thập phân trong cả tệp",
    fix_en="use one decimal mark in the whole file",
)

DECIMAL_MARKS_UNDECIDED = Rule(
    rule_id="decimal_marks_undecided",
    severity="block",
    owner="data_provider",
    category="consistency",
    text_vi="một nửa tệp dùng dấu phẩy, một nửa dùng dấu chấm thập phân: không thể biết số nào đọc đúng",
    text_en="half the file uses a decimal comma and half a point: which half is misread cannot be known",
    rule_source="Vietnamese convention: decimal comma; one file, one convention",
    failing_rows="""
        select batch_id, min(row_id) as row_id,
               cast(count(*) filter (where decimal_mark = 'comma') as varchar) || ' cells with a comma and as many '
               || 'with a point' as found,
               'one decimal mark' as expected
        from subject
        group by batch_id
        having count(*) filter (where decimal_mark = 'comma') > 0
           and count(*) filter (where decimal_mark = 'comma') = count(*) filter (where decimal_mark = 'point')""",
    fix_vi="dùng một loại dấu thập phân trong cả tệp rồi gửi lại",
    fix_en="use one decimal mark in the whole file and send it again",
)

READING = (
    NOT_A_NUMBER,
    RANK_NOT_A_NUMBER,
    FIGURE_WITHOUT_NUMBER,
    NAME_UNRESOLVED,
    NAME_AMBIGUOUS,
    UNIT_OF_ANOTHER_TIME,
    YEAR_MISSING,
    DUPLICATED_UNIT,
    DECIMAL_MARKS_MIXED,
    DECIMAL_MARKS_UNDECIDED,
)
