"""The rules of the common map: every back-cast value worked out again from the published ones and the lineage."""

from __future__ import annotations

from expectations.rules import Rule
from expectations.suites.mart_rules import KEY, mart_rule

_LINEAGE = "data/reference/unit_lineage.csv; Resolution 202/2025/QH15"

#: The whole way from a published value to the common map, written with a recursion where the models count steps.
_PREDECESSORS = """
        with recursive made_of(target_code, source_code, weight) as (
            select unit_code, unit_code, cast(1 as double) from marts.dim_unit
            where unit_type = 'province' and coalesce(valid_to, date '9999-12-31') >= date '2025-07-01'
            union all
            select m.target_code, l.predecessor_code, m.weight * l.weight
            from made_of as m join marts.bridge_unit_lineage as l on l.successor_code = m.source_code
        ),
        carried as (
            select m.target_code as unit_code, v.indicator_code, v.data_year,
                   case when min(i.backcast_rule) = 'sum' then sum(v.value) else sum(v.value * m.weight) end as value,
                   sum(m.weight) as weight_sum, count(*) as units
            from made_of as m
            join marts.fct_indicator_value as v
              on v.unit_code = m.source_code and v.boundary = 'published' and v.value is not null
            join marts.dim_indicator as i on i.indicator_code = v.indicator_code
            group by all
        )"""

COMMON_MAP: tuple[Rule, ...] = (
    mart_rule(
        "common_map_value_is_worked_out_right",
        "reconciliation",
        "giá trị trên bản đồ 2025 khác với giá trị tính lại từ các tỉnh cũ",
        "a value on the 2025 map is not what its predecessors give",
        f"""{_PREDECESSORS}
        select concat_ws(' ', s.unit_code, s.indicator_code, s.data_year, s.boundary) as place,
               coalesce(cast(s.value as varchar), 'none') as found, cast(c.value as varchar) as expected
        from subject as s
        join carried as c using (unit_code, indicator_code, data_year)
        where s.boundary = '2025' and s.geography_version = '34' and abs(c.weight_sum - 1) < 1e-6
          and (s.value is null or abs(s.value - c.value) > 1e-9)""",
        source=_LINEAGE,
        threshold=1e-9,
    ),
    mart_rule(
        "partial_lineage_is_not_averaged",
        "completeness",
        "bình quân trên bản đồ 2025 khi thiếu một tỉnh cũ",
        "a value on the 2025 map although a predecessor has none that year",
        f"""{_PREDECESSORS}
        select concat_ws(' ', s.unit_code, s.indicator_code, s.data_year, s.boundary) as place,
               coalesce(cast(s.value as varchar), 'no value, and no predecessor named') as found,
               'no value, and the missing predecessors named' as expected
        from subject as s
        join carried as c using (unit_code, indicator_code, data_year)
        where s.boundary = '2025' and c.weight_sum < 1 - 1e-6
          and (s.value is not null or s.missing_predecessors_vi is null)""",
        source=_LINEAGE,
    ),
    mart_rule(
        "common_map_ranks_among_its_own",
        "validity",
        "trên bản đồ 2025 có đơn vị không thuộc 34 tỉnh, hoặc xếp hạng trên số đơn vị khác",
        "on the 2025 map a unit is not one of the 34, or is ranked among another number of units",
        f"""
        select {KEY} as place, concat_ws(', ', unit_code, cast(rank_out_of as varchar)) as found,
               'one of 34, ranked among 34 at most' as expected
        from subject
        where boundary = '2025' and (rank_out_of > 34 or rank_basis = 'published' or unit_code not in (
            select unit_code from marts.dim_unit where unit_type = 'province'
            and coalesce(valid_from, date '1900-01-01') <= date '2025-07-01'
            and coalesce(valid_to, date '9999-12-31') >= date '2025-07-01'))""",
        source=_LINEAGE,
    ),
)
