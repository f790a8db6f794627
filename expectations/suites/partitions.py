"""Rules on the file as a whole: are all units and figures of every year there, and no others."""

from __future__ import annotations

from expectations.rules import Rule

# A unit counts once whether its name was resolved or not, and a doubled row counts once: wrong names and doubled rows
# have rules of their own, and one fault should be reported as one.
_COMPARED = """
    with seen as (
        select batch_id, data_year, min(row_id) as row_id, count(distinct coalesce(unit_code, unit_text)) as units,
               count(distinct coalesce(unit_code, unit_text) || ' ' || indicator_code) as figures
        from subject where data_year is not null group by batch_id, data_year
    ),
    expected_here as (
        select b.batch_id, e.data_year, e.expected_units, e.expected_figures
        from (select distinct batch_id, source_key from subject) as b
        join reference.expected_rows as e on e.source_key = b.source_key
        where e.data_year is not null
    ),
    compared as (
        select coalesce(s.batch_id, e.batch_id) as batch_id, coalesce(s.row_id, 0) as row_id,
               coalesce(s.data_year, e.data_year) as data_year,
               coalesce(s.units, 0) as units, coalesce(s.figures, 0) as figures,
               coalesce(e.expected_units, 0) as expected_units, coalesce(e.expected_figures, 0) as expected_figures
        from seen as s
        full join expected_here as e on e.batch_id = s.batch_id and e.data_year = s.data_year
        where coalesce(s.batch_id, e.batch_id) in (select batch_id from expected_here)
    )
    select batch_id, row_id,
           cast(data_year as varchar) || ' has ' || cast(units as varchar) || ' units with '
           || cast(figures as varchar) || ' figures' as found,
           cast(expected_units as varchar) || ' units with ' || cast(expected_figures as varchar) || ' figures'
           as expected
    from compared where """

FIGURES_MISSING = Rule(
    rule_id="figures_missing",
    severity="block",
    owner="data_provider",
    category="completeness",
    text_vi="thiếu đơn vị hoặc số liệu so với số đã biết của tài liệu này",
    text_en="units or figures are missing that this document is known to have",
    rule_source="data/reference/expected_rows.csv",
    failing_rows=_COMPARED + "units < expected_units or figures < expected_figures",
    fix_vi="gửi lại tệp đầy đủ; nếu nguồn thật sự bỏ trống, sửa expected_rows.csv (kèm ghi chú)",
    fix_en="send the whole file; if the source really left them out, change expected_rows.csv with a note",
)

FIGURES_EXTRA = Rule(
    rule_id="figures_extra",
    severity="block",
    owner="data_provider",
    category="completeness",
    text_vi="thừa đơn vị hoặc số liệu so với số đã biết của tài liệu này (dòng tổng hợp bị đọc nhầm?)",
    text_en="there are more units or figures than this document is known to have (a summary row read as a unit?)",
    rule_source="data/reference/expected_rows.csv",
    failing_rows=_COMPARED + "units > expected_units or figures > expected_figures",
    fix_vi="bỏ dòng thừa; nếu tài liệu thật sự có thêm, sửa expected_rows.csv (kèm ghi chú)",
    fix_en="take the extra rows out; if the document really has more, change expected_rows.csv with a note",
)

NO_EXPECTATION_ON_RECORD = Rule(
    rule_id="no_expectation_on_record",
    severity="warn",
    owner="reference_keeper",
    category="completeness",
    text_vi="chưa có số dòng dự kiến cho tài liệu này",
    text_en="nobody has recorded how many rows this document has",
    rule_source="data/reference/expected_rows.csv",
    failing_rows="""
        select batch_id, min(row_id) as row_id,
               source_key || ' with ' || cast(count(distinct coalesce(unit_code, unit_text)) as varchar)
               || ' units and ' || cast(count(*) as varchar) || ' figures' as found,
               'a line in expected_rows.csv' as expected
        from subject where source_key not in (select source_key from reference.expected_rows)
        group by batch_id, source_key""",
    fix_vi="đối chiếu với bản gốc rồi thêm dòng vào expected_rows.csv",
    fix_en="count in the original, then add the lines to expected_rows.csv",
)

PARTITIONS = (FIGURES_MISSING, FIGURES_EXTRA, NO_EXPECTATION_ON_RECORD)


def no_figures(dataset: str) -> Rule:
    """The rule that a batch of `dataset` (a constant of ours) holds at least one figure."""
    return Rule(
        rule_id="no_figures",
        severity="block",
        owner="data_provider",
        category="completeness",
        text_vi="không đọc được số liệu nào từ tệp",
        text_en="not one figure could be read from the file",
        rule_source="plain arithmetic",
        failing_rows=f"""
            select b.batch_id, 0 as row_id, 'no figure' as found, 'at least one figure' as expected
            from pending_batch as b
            where b.dataset = '{dataset}' and b.batch_id not in (select batch_id from subject)""",
        fix_vi="kiểm tra tệp có đúng bảng số liệu không",
        fix_en="check that the file holds the table it should",
    )
