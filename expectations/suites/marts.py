"""The suites of the marts: what dbt built, checked once more by another program before anybody may read it.

Where dbt tests a model against its own inputs, these rules go round it: they compare with the raw figures and with the
reference tables, so that a fault in a model and in its test cannot hide each other.
"""

from __future__ import annotations

from expectations.rules import Native, Suite
from expectations.suites.mart_breaks import BREAK_SUITES
from expectations.suites.mart_contributions import METRIC_CONTRIBUTION, METRIC_RANK_CHANGE
from expectations.suites.mart_dossiers import FCT_DOSSIER_MONTH
from expectations.suites.mart_maps import COMMON_MAP
from expectations.suites.mart_portal import PORTAL_MART_SUITES
from expectations.suites.mart_quality import QUALITY_SUITES
from expectations.suites.mart_rules import KEY, REASONS, grain, mart_rule, named
from expectations.suites.mart_satisfaction import (
    FCT_SATISFACTION,
    METRIC_SATISFACTION_CHANGE,
    METRIC_SURVEY_RECONCILIATION,
)
from expectations.suites.mart_strengths import METRIC_STRENGTH_WEAKNESS
from expectations.suites.mart_targets import DIM_TARGET, METRIC_TARGET_PROGRESS

DIM_UNIT = Suite(
    "mart_dim_unit",
    "dim_unit",
    (
        grain("unit_code"),
        named("unit_code"),
        mart_rule(
            "provinces_on_each_map",
            "completeness",
            "số tỉnh, thành phố trên bản đồ không đúng (64, 63 hoặc 34)",
            "a map does not have its number of provinces (64, 63 or 34)",
            """
        select 'map of ' || g.geography_version as place, cast(count(u.unit_code) as varchar) as found,
               cast(g.province_count as varchar) || ' provinces' as expected
        from reference.geography_version as g
        left join subject as u
          on u.unit_type = 'province' and coalesce(u.valid_from, date '0001-01-01') <= g.as_of
         and coalesce(u.valid_to, date '9999-12-31') >= g.as_of
        group by g.geography_version, g.province_count
        having count(u.unit_code) <> g.province_count""",
            source="data/reference/geography_version.csv (National Assembly resolutions)",
        ),
    ),
)

BRIDGE_UNIT_LINEAGE = Suite(
    "mart_bridge_unit_lineage",
    "bridge_unit_lineage",
    (
        grain("predecessor_code", "successor_code"),
        mart_rule(
            "lineage_weights_add_up",
            "reconciliation",
            "tổng trọng số của các đơn vị cũ không bằng 1",
            "the weights of a unit's predecessors do not add up to 1",
            """
        select successor_code as place, cast(sum(weight) as varchar) as found, '1' as expected
        from subject group by successor_code having sum(weight) is null or abs(sum(weight) - 1) > 1e-9""",
            source="plain arithmetic",
            threshold=1e-9,
        ),
        mart_rule(
            "lineage_units_known",
            "identity",
            "đơn vị trong phả hệ không có trong dim_unit",
            "a unit of the lineage is not in dim_unit",
            """
        select code as place, code as found, 'a unit of dim_unit' as expected
        from (select predecessor_code as code from subject union select successor_code from subject)
        where code not in (select unit_code from marts.dim_unit)""",
        ),
    ),
)

DIM_INDEX = Suite("mart_dim_index", "dim_index", (grain("index_code"), named("index_code")))
DIM_INDICATOR = Suite("mart_dim_indicator", "dim_indicator", (grain("indicator_code"), named("indicator_code")))
DIM_METHODOLOGY = Suite(
    "mart_dim_methodology",
    "dim_methodology",
    (
        grain("index_code", "methodology_version"),
        named("concat_ws(' ', index_code, methodology_version)"),
    ),
)

DIM_SOURCE_DOCUMENT = Suite(
    "mart_dim_source_document",
    "dim_source_document",
    (
        grain("source_document_id"),
        mart_rule(
            "document_has_hash",
            "validity",
            "tài liệu không có mã SHA-256",
            "a document has no SHA-256",
            """
        select source_document_id as place, coalesce(sha256, '') as found, '64 hexadecimal digits' as expected
        from subject where not regexp_full_match(coalesce(sha256, ''), '[0-9a-f]+') or length(sha256) <> 64""",
        ),
    ),
)

FCT_OBSERVATION = Suite(
    "mart_fct_observation",
    "fct_observation",
    (
        grain("batch_id", "row_id"),
        mart_rule(
            "one_chosen",
            "uniqueness",
            "một giá trị đã công bố không dựa trên đúng một số liệu được chọn",
            "a published value does not rest on exactly one chosen observation",
            """
        with chosen as (
            select unit_code, indicator_code, data_year, count(*) filter (where is_chosen) as observations,
                   count(*) filter (where is_chosen and is_superseded) as superseded
            from subject group by unit_code, indicator_code, data_year
        )
        select concat_ws(' ', c.unit_code, c.indicator_code, c.data_year) as place,
               concat_ws(' chosen, superseded ', c.observations, c.superseded) as found,
               case when v.unit_code is null then 'none, the value is a sum of components' else 'one' end as expected
        from chosen as c
        left join marts.fct_indicator_value as v
          on v.unit_code = c.unit_code and v.indicator_code = c.indicator_code and v.data_year = c.data_year
         and v.boundary = 'published' and v.value_basis = 'published'
        where c.superseded > 0 or c.observations <> case when v.unit_code is null then 0 else 1 end""",
            source="design: a written rule picks one observation",
        ),
        mart_rule(
            "observation_traceable",
            "identity",
            "số liệu không chỉ được về ô trong tài liệu",
            "an observation does not lead to a place in a document",
            """
        select concat_ws(' ', unit_code, indicator_code, data_year) as place,
               concat_ws(', ', source_document_id, locator) as found, 'a known document and a place in it' as expected
        from subject
        where coalesce(locator, '') = '' or source_document_id is null
           or source_document_id not in (select source_document_id from marts.dim_source_document)""",
        ),
        mart_rule(
            "observations_equal_raw",
            "reconciliation",
            "số dòng hoặc tổng điểm khác với số liệu đã nạp",
            "rows or the sum of values differ from what was loaded",
            """
        with built as (
            select batch_id, data_year, count(*) as figures, coalesce(sum(value), 0) as total
            from subject group by batch_id, data_year
        ),
        loaded as (
            select batch_id, data_year, count(*) as figures, coalesce(sum(value), 0) as total
            from raw.figure
            where data_month is null and batch_id not in (
                select r.batch_id from raw.batch as r join raw.source_document as d using (source_document_id)
                join reference.data_source as x on x.source = d.source where x.is_synthetic)
            group by batch_id, data_year
        )
        select concat_ws(' ', coalesce(b.batch_id, l.batch_id), coalesce(b.data_year, l.data_year)) as place,
               concat_ws(' rows, sum ', b.figures, b.total) as found,
               concat_ws(' rows, sum ', l.figures, l.total) as expected
        from built as b
        full join loaded as l on l.batch_id = b.batch_id and l.data_year = b.data_year
        where b.figures is distinct from l.figures or abs(b.total - l.total) > 1e-6""",
            source="plain arithmetic",
            threshold=1e-6,
        ),
        mart_rule(
            "source_year_rows",
            "completeness",
            "số dòng theo nguồn và năm không đúng với số dự kiến",
            "the rows of a source and year are not those expected",
            """
        with figure_of_source as (
            select batch_id, data_year from subject
            union all
            select batch_id, data_year from raw.correction_applied where action = 'drop'
        )
        select concat_ws(' ', e.source_key, e.data_year) as place,
               cast(count(o.batch_id) as varchar) || ' figures, those a correction dropped included' as found,
               cast(e.expected_figures as varchar) || ' figures' as expected
        from reference.expected_rows as e
        join raw.batch as b
          on b.source_key = e.source_key and b.superseded_by_batch_id is null and b.quarantined_count = 0
        left join figure_of_source as o on o.batch_id = b.batch_id and o.data_year = e.data_year
        where e.data_year is not null
        group by e.source_key, e.data_year, e.expected_figures, b.batch_id
        having count(o.batch_id) <> e.expected_figures""",
            source="data/reference/expected_rows.csv",
        ),
    ),
)

FCT_INDICATOR_VALUE = Suite(
    "mart_fct_indicator_value",
    "fct_indicator_value",
    (
        grain("unit_code", "indicator_code", "data_year", "boundary"),
        mart_rule(
            "boundary_known",
            "validity",
            "ranh giới không phải published hoặc 2025",
            "boundary is neither published nor 2025",
            f"select {KEY} as place, boundary as found, 'published or 2025' as expected "
            "from subject where boundary not in ('published', '2025')",
            native=Native("in_set", ("boundary",), ("published", "2025")),
        ),
        mart_rule(
            "value_pct_in_range",
            "validity",
            "điểm theo phần trăm của thang điểm nằm ngoài 0 đến 100",
            "value_pct is outside 0 to 100",
            f"select {KEY} as place, cast(value_pct as varchar) as found, '0 to 100' as expected "
            "from subject where value_pct < 0 or value_pct > 100 + 1e-9 or not isfinite(value_pct)",
            source="plain arithmetic",
            threshold=1e-9,
        ),
        mart_rule(
            "value_has_source",
            "identity",
            "giá trị không có tài liệu nguồn hoặc vị trí",
            "a value has no source document or no place in it",
            f"select {KEY} as place, concat_ws(', ', source_document_id, locator) as found, "
            "'a document and a place in it' as expected from subject "
            "where value is not null and (coalesce(locator, '') = '' "
            "or (source_document_id is null and value_basis <> 'backcast'))",
        ),
        mart_rule(
            "value_is_the_chosen_one",
            "reconciliation",
            "giá trị khác với số liệu được chọn",
            "the value is not that of the chosen observation",
            """
        select concat_ws(' ', v.unit_code, v.indicator_code, v.data_year) as place, cast(v.value as varchar) as found,
               coalesce(cast(o.value as varchar), 'a chosen observation') as expected
        from subject as v
        left join marts.fct_observation as o
          on o.unit_code = v.unit_code and o.indicator_code = v.indicator_code and o.data_year = v.data_year
         and o.is_chosen
        where v.boundary = 'published' and v.value_basis = 'published' and v.value is not null
          and v.value is distinct from o.value""",
        ),
        mart_rule(
            "rank_within_population",
            "validity",
            "thứ hạng lớn hơn số đơn vị được xếp hạng",
            "a rank exceeds the number of units ranked",
            f"select {KEY} as place, cast(rank as varchar) as found, "
            "'1 to ' || cast(rank_out_of as varchar) as expected "
            "from subject where rank < 1 or rank > rank_out_of",
            source="plain arithmetic",
        ),
        *COMMON_MAP,
    ),
)

METRIC_YOY = Suite(
    "mart_metric_yoy",
    "metric_yoy",
    (
        grain("unit_code", "indicator_code", "data_year", "boundary"),
        mart_rule(
            "reason_known",
            "validity",
            "lý do không so sánh được không có trong danh sách",
            "not_comparable_reason is not one of the list",
            f"select {KEY} as place, not_comparable_reason as found, 'a reason of the list' as expected "
            f"from subject where not_comparable_reason not in {REASONS}",
            native=Native("in_set", ("not_comparable_reason",), REASONS),
        ),
        mart_rule(
            "change_only_where_comparable",
            "consistency",
            "có mức thay đổi ở nơi không so sánh được, hoặc thiếu ở nơi so sánh được, hoặc tính sai",
            "a change stands where years cannot be compared, or is missing where they can, or is miscalculated",
            f"""
        select {KEY} as place, coalesce(cast(change as varchar), 'no change') as found,
               case when is_comparable then cast(value - previous_value as varchar) else 'no change' end as expected
        from subject
        where is_comparable is null or is_comparable <> (not_comparable_reason is null)
           or (is_comparable and (change is null or abs(change - (value - previous_value)) > 1e-9))
           or (not is_comparable and (change is not null or change_pct is not null or rank_change is not null))""",
            source="design: the number that misleads is not printed",
            threshold=1e-9,
        ),
        mart_rule(
            "no_change_across_break",
            "consistency",
            "có mức thay đổi qua một lần đổi phương pháp",
            "a change is printed across a change of method",
            """
        select distinct concat_ws(' ', y.unit_code, y.indicator_code, y.data_year, y.boundary) as place,
               coalesce(cast(y.change as varchar), 'comparable') as found,
               'no change, ' || min(c.change_id) over (partition by y.unit_code, y.indicator_code, y.data_year,
                                                       y.boundary) as expected
        from subject as y
        join reference.indicator as i on i.indicator_code = y.indicator_code
        join reference.methodology_change as c
          on c.index_code = i.index_code and c.first_year > y.previous_year and c.first_year <= y.data_year
         and c.reason <> 'boundary_changed'
         and (c.scope = 'index' or (c.scope = 'total' and i.indicator_level = 'total')
              or (c.scope = 'indicator' and c.indicator_code = y.indicator_code))
        where y.is_comparable or y.change is not null""",
            source="data/reference/methodology/methodology_change.csv",
        ),
        mart_rule(
            "previous_is_last_years",
            "reconciliation",
            "giá trị năm trước không phải là giá trị của năm trước",
            "previous_value is not the value of that year",
            """
        select concat_ws(' ', y.unit_code, y.indicator_code, y.data_year, y.boundary) as place,
               coalesce(cast(y.previous_value as varchar), 'none') as found,
               coalesce(cast(v.value as varchar), 'none') as expected
        from subject as y
        left join marts.fct_indicator_value as v
          on v.unit_code = y.unit_code and v.indicator_code = y.indicator_code and v.boundary = y.boundary
         and v.data_year = y.previous_year
        where y.is_comparable and y.previous_value is distinct from v.value""",
        ),
    ),
)

#: The suites of the marts, in the order they are built.
MART_SUITES: tuple[Suite, ...] = (
    DIM_UNIT,
    BRIDGE_UNIT_LINEAGE,
    DIM_INDEX,
    DIM_INDICATOR,
    DIM_METHODOLOGY,
    DIM_SOURCE_DOCUMENT,
    FCT_OBSERVATION,
    FCT_INDICATOR_VALUE,
    METRIC_YOY,
    METRIC_CONTRIBUTION,
    METRIC_RANK_CHANGE,
    METRIC_STRENGTH_WEAKNESS,
    DIM_TARGET,
    METRIC_TARGET_PROGRESS,
    *BREAK_SUITES,
    *QUALITY_SUITES,
    FCT_DOSSIER_MONTH,
    FCT_SATISFACTION,
    METRIC_SATISFACTION_CHANGE,
    METRIC_SURVEY_RECONCILIATION,
    *PORTAL_MART_SUITES,
)
