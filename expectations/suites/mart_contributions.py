"""The suites of the marts that say why a total or a rank moved, worked out again from the values and changes."""

from __future__ import annotations

from expectations.rules import Suite
from expectations.suites.mart_rules import grain, mart_rule

_PLACE = "concat_ws(' ', s.unit_code, s.total_code, s.component_code, s.data_year, s.boundary)"

METRIC_CONTRIBUTION = Suite(
    "mart_metric_contribution",
    "metric_contribution",
    (
        grain("unit_code", "total_code", "component_code", "data_year", "boundary"),
        mart_rule(
            "contributions_add_up",
            "reconciliation",
            "cộng các đóng góp không bằng chênh lệch của tổng điểm",
            "the contributions do not add up to the difference of the total",
            """
        select concat_ws(' ', s.unit_code, s.total_code, s.data_year, s.boundary) as place,
               cast(sum(coalesce(s.contribution, 0)) as varchar) as found,
               coalesce(cast(min(n.value - p.value) as varchar), 'both values') as expected
        from subject as s
        left join marts.fct_indicator_value as n
          on n.unit_code = s.unit_code and n.indicator_code = s.total_code and n.data_year = s.data_year
         and n.boundary = s.boundary
        left join marts.fct_indicator_value as p
          on p.unit_code = s.unit_code and p.indicator_code = s.total_code and p.data_year = s.data_year - 1
         and p.boundary = s.boundary
        group by s.unit_code, s.total_code, s.data_year, s.boundary
        having min(n.value - p.value) is null or abs(sum(coalesce(s.contribution, 0)) - min(n.value - p.value)) > 1e-9
           or max(abs(s.total_difference - (n.value - p.value))) > 1e-9""",
            source="plain arithmetic",
            threshold=1e-9,
        ),
        mart_rule(
            "performance_is_a_comparable_change",
            "consistency",
            "đóng góp được coi là kết quả nhưng thành phần không so sánh được, hoặc tính sai",
            "a contribution is offered as performance although the part cannot be compared, or is miscalculated",
            f"""
        select {_PLACE} as place, coalesce(cast(s.comparable_contribution as varchar), 'none') as found,
               coalesce(cast(y.change * s.weight as varchar), 'none') as expected
        from subject as s
        left join marts.metric_yoy as y
          on y.unit_code = s.unit_code and y.indicator_code = s.component_code and y.data_year = s.data_year
         and y.boundary = s.boundary
        where (s.comparable_contribution is not null and y.change is null)
           or (s.weight = s.previous_weight and abs(s.comparable_contribution - y.change * s.weight) > 1e-9)""",
            source="design: the number that misleads is not printed",
            threshold=1e-9,
        ),
        mart_rule(
            "vanished_and_appeared_are_real",
            "consistency",
            "thành phần mới thêm có giá trị năm trước, hoặc thành phần bị bỏ có giá trị trong năm",
            "a part that appeared has a value the year before, or one that vanished has one in the year",
            f"""
        select {_PLACE} as place, s.contribution_kind as found, 'values in one of the two years only' as expected
        from subject as s
        where (s.contribution_kind = 'appeared' and s.component_previous_value is not null)
           or (s.contribution_kind = 'vanished' and s.component_value is not null)""",
            source="data/reference/indicator_period.csv",
        ),
    ),
)

METRIC_RANK_CHANGE = Suite(
    "mart_metric_rank_change",
    "metric_rank_change",
    (
        grain("unit_code", "indicator_code", "data_year", "boundary"),
        mart_rule(
            "rank_split_adds_up",
            "reconciliation",
            "phần của đơn vị và phần của các đơn vị khác không cộng lại thành thay đổi thứ hạng",
            "own and others' part do not add up to the change of rank",
            """
        select concat_ws(' ', s.unit_code, s.indicator_code, s.data_year, s.boundary) as place,
               coalesce(cast(s.rank_change_own + s.rank_change_others as varchar), 'none') as found,
               coalesce(cast(y.rank_change as varchar), 'none') as expected
        from subject as s
        left join marts.metric_yoy as y
          on y.unit_code = s.unit_code and y.indicator_code = s.indicator_code and y.data_year = s.data_year
         and y.boundary = s.boundary
        where (s.no_split_reason is null and s.rank_change_own + s.rank_change_others is distinct from y.rank_change)
           or s.rank_change is distinct from y.rank_change""",
            source="plain arithmetic",
        ),
        mart_rule(
            "who_did_not_move_gains_nothing_itself",
            "consistency",
            "đơn vị giữ nguyên giá trị nhưng có phần tự thay đổi thứ hạng",
            "a unit whose value stood still has a part of its own in its change of rank",
            """
        select concat_ws(' ', s.unit_code, s.indicator_code, s.data_year, s.boundary) as place,
               cast(s.rank_change_own as varchar) as found, '0' as expected
        from subject as s
        join marts.metric_yoy as y
          on y.unit_code = s.unit_code and y.indicator_code = s.indicator_code and y.data_year = s.data_year
         and y.boundary = s.boundary
        where y.change = 0 and s.rank_change_own <> 0""",
            source="plain arithmetic",
        ),
    ),
)
