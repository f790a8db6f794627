"""Rules against the years before and after: what a table without totals and ranks can still be held against.

All of them warn. A province may truly leap, so a person looks; what the thresholds let through on the real files is
measured in docs/mutations.md. "Near" is the mean of the years beside the figure's own that the same dataset has.
"""

from __future__ import annotations

from expectations.rules import Rule

#: Fewer provinces than this say nothing about what is usual.
_ENOUGH_UNITS = 20
_ENOUGH_INDICATORS = 8

# Each figure with its change against one neighbouring year, in robust standard deviations of that change over all
# provinces. The middle change is taken out first, so a new method that moves everybody moves nobody.
_JUMPS = f"""
    with beside as (
        select f.batch_id, f.row_id, f.indicator_code, f.data_year, f.value, k.data_year as other_year,
               k.value as other_value, f.value - k.value as change
        from subject as f
        join known_figure as k
          on k.dataset = f.dataset and k.unit_code = f.unit_code and k.indicator_code = f.indicator_code
         and abs(k.data_year - f.data_year) = 1
        where f.unit_type = 'province' and isfinite(f.value) and isfinite(k.value)
    ),
    centred as (
        select *, change - median(change) over series as leap, count(*) over series as units
        from beside
        window series as (partition by batch_id, indicator_code, data_year, other_year)
    ),
    scaled as (
        select *, 1.4826 * median(abs(leap)) over (
                   partition by batch_id, indicator_code, data_year, other_year) as usual
        from centred
    ),
    judged as (
        select batch_id, row_id, value, min(abs(leap) / usual) as least, count(distinct other_year) as years,
               arg_max(other_value, other_year) as other_value, max(other_year) as other_year, min(usual) as usual
        from scaled
        where units >= {_ENOUGH_UNITS} and usual > 0
        group by batch_id, row_id, value
    )
    select batch_id, row_id, cast(value as varchar) || ', ' || cast(round(least, 1) as varchar)
           || ' times the usual spread of the change' as found,
           'near ' || cast(other_value as varchar) || ' of ' || cast(other_year as varchar)
           || ' (usual spread ' || cast(round(usual, 4) as varchar) || ')' as expected
    from judged
    where least > case when years > 1 then 4 else 6 end"""

JUMP_BEYOND_HISTORY = Rule(
    rule_id="jump_beyond_history",
    severity="warn",
    owner="data_provider",
    category="consistency",
    text_vi="điểm thay đổi so với năm liền kề nhiều hơn hẳn mức thay đổi của chỉ số này ở các tỉnh khác",
    text_en="the score differs from the year beside it far more than this indicator's scores ever do",
    rule_source="four robust standard deviations against both neighbouring years, six where only one is known",
    failing_rows=_JUMPS,
    fix_vi="đối chiếu ô này với bản gốc; nếu đúng thì giữ nguyên",
    fix_en="compare the cell with the original; if it is right, leave it",
    threshold=4,
)

# Own and near scores of every province and part of the index, both as distances from the middle of their year.
_PROFILES = """
    with known as (
        select dataset, unit_code, indicator_code, data_year,
               avg(value) - median(avg(value)) over (partition by dataset, indicator_code, data_year) as score
        from known_figure
        where unit_type = 'province' and isfinite(value)
        group by dataset, unit_code, indicator_code, data_year
    ),
    near as (
        select f.batch_id, f.row_id, f.dataset, f.unit_code, f.unit_locator, f.indicator_code, f.data_year,
               f.value - median(f.value) over series as own, avg(k.score) as near
        from subject as f
        join reference.indicator as i on i.indicator_code = f.indicator_code and i.parent_code is not null
        join known as k
          on k.dataset = f.dataset and k.unit_code = f.unit_code and k.indicator_code = f.indicator_code
         and abs(k.data_year - f.data_year) = 1
        where f.unit_type = 'province' and isfinite(f.value)
        group by f.batch_id, f.row_id, f.dataset, f.unit_code, f.unit_locator, f.indicator_code, f.data_year, f.value
        window series as (partition by f.batch_id, f.indicator_code, f.data_year)
    )"""

PROVINCES_EXCHANGED = Rule(
    rule_id="provinces_exchanged",
    severity="warn",
    owner="data_provider",
    category="consistency",
    text_vi="hai tỉnh có vẻ bị đổi chỗ: điểm của mỗi tỉnh khớp với các năm liền kề của tỉnh kia",
    text_en="two provinces look exchanged: the scores of each fit the neighbouring years of the other",
    rule_source="how the two differ, correlated over n indicators with how they differ beside it: under -2.75/sqrt(n)",
    failing_rows=f"""{_PROFILES},
    profile as (
        select batch_id, row_id, unit_code, unit_locator, data_year, indicator_code,
               own / nullif(stddev_pop(own) over series, 0) as own,
               near / nullif(stddev_pop(near) over series, 0) as near
        from near
        window series as (partition by batch_id, indicator_code, data_year)
    ),
    compared as (
        select a.batch_id, min(a.row_id) as row_id, a.data_year, a.unit_code, b.unit_code as other_unit,
               sum((a.own - b.own) * (a.near - b.near))
               / sqrt(sum((a.own - b.own) * (a.own - b.own)) * sum((a.near - b.near) * (a.near - b.near))) as likeness,
               count(*) as indicators
        from profile as a
        join profile as b
          on b.batch_id = a.batch_id and b.data_year = a.data_year and b.indicator_code = a.indicator_code
         and b.unit_code <> a.unit_code
        group by a.batch_id, a.data_year, a.unit_code, b.unit_code
        having count(*) >= {_ENOUGH_INDICATORS} and sum(abs(a.own - b.own)) > 0 and sum(abs(a.near - b.near)) > 0
    )
    select batch_id, row_id,
           unit_code || ' and ' || arg_min(other_unit, likeness) || ' in ' || cast(data_year as varchar) as found,
           'scores nearer to the province''s own of the years beside it' as expected
    from compared where likeness * sqrt(indicators) < -2.75
    group by batch_id, row_id, data_year, unit_code""",
    fix_vi="kiểm tra tên tỉnh của hai dòng này với bản gốc",
    fix_en="compare the names of these two rows with the original",
    threshold=-2.75,
)

COLUMNS_EXCHANGED = Rule(
    rule_id="columns_exchanged",
    severity="warn",
    owner="data_provider",
    category="consistency",
    text_vi="hai cột có vẻ bị đổi chỗ: số liệu của mỗi cột khớp với các năm liền kề của cột kia",
    text_en="two columns look exchanged: the scores of each fit the neighbouring years of the other",
    rule_source="squared distance to the years beside it, for both columns two thirds of it or less crosswise",
    failing_rows=f"""
    with beside as (
        select f.batch_id, f.unit_code, f.indicator_code, f.data_year, min(f.row_id) as row_id, min(f.value) as own,
               avg(k.value) as near
        from subject as f
        join known_figure as k
          on k.dataset = f.dataset and k.unit_code = f.unit_code and k.indicator_code = f.indicator_code
         and abs(k.data_year - f.data_year) = 1
        join reference.indicator as i on i.indicator_code = f.indicator_code and i.parent_code is not null
        where f.unit_type = 'province' and isfinite(f.value) and isfinite(k.value)
        group by f.batch_id, f.unit_code, f.indicator_code, f.data_year
    ),
    crossed as (
        select a.batch_id, a.data_year, a.indicator_code, b.indicator_code as other_code, min(a.row_id) as row_id,
               sum((a.own - a.near) * (a.own - a.near)) as straight,
               sum((a.own - b.near) * (a.own - b.near)) as crosswise,
               sum((b.own - b.near) * (b.own - b.near)) as other_straight,
               sum((b.own - a.near) * (b.own - a.near)) as other_crosswise
        from beside as a
        join beside as b
          on b.batch_id = a.batch_id and b.data_year = a.data_year and b.unit_code = a.unit_code
         and b.indicator_code <> a.indicator_code
        group by a.batch_id, a.data_year, a.indicator_code, b.indicator_code
        having count(*) >= {_ENOUGH_UNITS}
    )
    select batch_id, row_id, indicator_code || ' and ' || arg_min(other_code, crosswise) || ' in '
           || cast(data_year as varchar) as found,
           'scores nearer to the indicator''s own of the years beside it' as expected
    from crossed where crosswise < 0.65 * straight and other_crosswise < 0.65 * other_straight
    group by batch_id, row_id, data_year, indicator_code""",
    fix_vi="kiểm tra tiêu đề của hai cột này với bản gốc",
    fix_en="compare the headers of these two columns with the original",
    threshold=0.65,
)

# Over the rows in their order: how much better a score fits the near score of the row above (below) than its own. The
# sum from some row on, in standard deviations, is large when the column slid by a row from there on.
COLUMN_SLID = Rule(
    rule_id="column_slid",
    severity="warn",
    owner="data_provider",
    category="consistency",
    text_vi="cột số liệu có vẻ bị lệch một dòng so với tên tỉnh",
    text_en="the column looks slid by a row against the names of the provinces",
    rule_source="fits the years beside it better by one row off, 2.05 standard deviations, in ten rows or more",
    failing_rows=f"""{_PROFILES},
    moved as (
        select batch_id, row_id, indicator_code, data_year, own, near, direction,
               case when direction = 1 then lag(near) over reading else lead(near) over reading end as moved
        from near cross join (values (1), (-1)) as sides (direction)
        window reading as (partition by batch_id, indicator_code, data_year, direction order by row_id)
    ),
    gained as (
        select batch_id, row_id, indicator_code, data_year, direction,
               (own - near) * (own - near) - (own - moved) * (own - moved) as gain
        from moved where moved is not null
    ),
    summed as (
        select batch_id, row_id, indicator_code, data_year, direction,
               sum(gain) over onward / nullif(sqrt(sum(gain * gain) over onward), 0) as strength,
               count(*) over onward as in_rows
        from gained
        window onward as (
            partition by batch_id, indicator_code, data_year, direction order by row_id desc
            rows between unbounded preceding and current row)
    )
    select batch_id, arg_max(row_id, strength) as row_id,
           indicator_code || ' in ' || cast(data_year as varchar) || ', from here on '
           || cast(round(max(strength), 1) as varchar) || ' standard deviations' as found,
           'scores nearer to the province''s own of the years beside it' as expected
    from summed where in_rows >= 10
    group by batch_id, indicator_code, data_year
    having max(strength) > 2.05""",
    fix_vi="đối chiếu cột này với bản gốc từ dòng đã nêu trở xuống",
    fix_en="compare the column with the original from the row named on",
    threshold=2.05,
)

HISTORY = (JUMP_BEYOND_HISTORY, PROVINCES_EXCHANGED, COLUMNS_EXCHANGED, COLUMN_SLID)
