"""What is on the dashboard for Apache Superset: data sets, charts, filters and where they stand. Data, no logic."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Dataset:
    """A query over the marts both engines understand; `columns` name the mart column each is, `metrics` its SQL."""

    name: str
    text: str
    sql: str
    columns: dict[str, tuple[str, str]]
    metrics: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Chart:
    """A chart: Superset's kind, the controls of its form, and the query its data endpoint answers."""

    key: str
    title: str
    text: str
    kind: str
    dataset: str
    parameters: dict[str, Any]
    query: dict[str, Any] = field(default_factory=dict)

    def query_context(self) -> str:
        """The query as Superset keeps it beside a chart; the import puts in the data set's own number."""
        query = {"filters": [], "extras": {}, "row_limit": 1000, "annotation_layers": [], **self.query}
        return json.dumps(
            {
                "datasource": {"id": 0, "type": "table"},
                "force": False,
                "queries": [query],
                "form_data": {"viz_type": self.kind, **self.parameters},
                "result_format": "json",
                "result_type": "full",
            },
            ensure_ascii=False,
        )


@dataclass(frozen=True)
class Filter:
    """A filter of the dashboard, what it begins with, and the charts it leaves alone."""

    column: str
    title: str
    text: str
    values: list[Any]
    several: bool = False
    not_for: tuple[str, ...] = ()


_NAMES = {
    "unit_name_vi": ("dim_unit", "name_vi"),
    "unit_name_en": ("dim_unit", "name_en"),
    "indicator_name_vi": ("dim_indicator", "name_vi"),
    "indicator_name_en": ("dim_indicator", "name_en"),
}
_KEY = ("unit_code", "indicator_code", "data_year", "boundary", "index_code", "unit_type")
_YOY = (
    *_KEY, "previous_year", "value", "previous_value", "change", "rank", "previous_rank", "rank_change", "rank_out_of",
    "is_comparable", "not_comparable_reason", "reason_text_vi", "reason_text_en", "has_conflict", "is_synthetic",
    "correction_id", "previous_correction_id",
)  # fmt: skip
_EVIDENCE = (*_KEY, "verdict", "evidence_vi", "evidence_en", "responsible_body_name_vi", "is_synthetic")


def _sql(table: str, columns: tuple[str, ...]) -> str:
    chosen = ",\n    ".join(f"figure.{column}" for column in columns)
    return (
        f"select\n    {chosen},\n    unit.name_vi as unit_name_vi,\n    unit.name_en as unit_name_en,\n"
        "    indicator.name_vi as indicator_name_vi,\n    indicator.name_en as indicator_name_en\n"
        f"from marts.{table} as figure\ninner join marts.dim_unit as unit on unit.unit_code = figure.unit_code\n"
        "inner join marts.dim_indicator as indicator on indicator.indicator_code = figure.indicator_code"
    )


DATASETS = (
    Dataset(
        "reform_year_over_year",
        "Mỗi dòng: một đơn vị, chỉ tiêu, năm và bản đồ. Lọc theo boundary. change trống khi không so sánh được, lý do "
        "ở reason_text_vi. — One unit, indicator, year and map. Filter on boundary. change is empty where not "
        "comparable, the reason is in reason_text_en.",
        _sql("metric_yoy", _YOY),
        {**{column: ("metric_yoy", column) for column in _YOY}, **_NAMES},
        {
            "figures": ("count(*)", "Số số liệu · Figures"),
            "comparable_changes": (
                "sum(case when is_comparable then 1 else 0 end)",
                "Số thay đổi so sánh được · Comparable changes",
            ),
            "change_sum": ("sum(change)", "Thay đổi · Change"),
        },
    ),
    Dataset(
        "reform_evidence",
        "Mỗi dòng: một đơn vị, chỉ tiêu, năm và bản đồ: điểm mạnh hay yếu, kèm câu dẫn chứng. — One unit, indicator, "
        "year and map: a strong or a weak point, with a sentence of evidence.",
        _sql("metric_strength_weakness", _EVIDENCE),
        {**{column: ("metric_strength_weakness", column) for column in _EVIDENCE}, **_NAMES},
        {"figures": ("count(*)", "Số số liệu · Figures")},
    ),
)

#: Headings of the tables; a column not named here goes by its name in the mart.
HEADINGS = {
    "unit_name_vi": "Đơn vị",
    "indicator_name_vi": "Chỉ tiêu",
    "data_year": "Năm",
    "value": "Giá trị",
    "previous_value": "Năm trước",
    "change": "Thay đổi",
    "rank": "Hạng",
    "reason_text_vi": "Vì sao không so sánh được",
    "verdict": "Nhận định",
    "evidence_vi": "Dẫn chứng",
    "not_comparable_reason": "Lý do",
}
_RANKING = ["rank", "unit_name_vi", "value", "previous_value", "change", "reason_text_vi"]
_NUMBERS = {column: {"d3NumberFormat": ".2f"} for column in ("value", "previous_value", "change")}
_SENTENCES = ["unit_name_vi", "indicator_name_vi", "data_year", "verdict", "evidence_vi"]
_ONE_MAP = [{"col": "boundary", "op": "==", "val": "published"}]
_PAPI = [*_ONE_MAP, {"col": "indicator_code", "op": "==", "val": "PAPI"}]
_PAPI_2022 = [*_PAPI, {"col": "data_year", "op": "==", "val": 2022}]

CHARTS = (
    Chart(
        "comparable",
        "Số thay đổi so sánh được · Comparable changes",
        "Chỉ những thay đổi này mới nói lên kết quả. — Only these changes speak of performance.",
        "big_number_total",
        "reform_year_over_year",
        {"metric": "comparable_changes", "header_font_size": 0.4, "subheader_font_size": 0.15, "y_axis_format": ",d"},
        {"metrics": ["comparable_changes"], "columns": [], "filters": _PAPI_2022},
    ),
    Chart(
        "reasons",
        "Vì sao không so sánh được · Why years cannot be compared",
        "Các năm của chỉ tiêu đã chọn. — All years of the indicator chosen.",
        "pie",
        "reform_year_over_year",
        {
            "groupby": ["not_comparable_reason"],
            "metric": "figures",
            "row_limit": 20,
            "adhoc_filters": [
                {
                    "expressionType": "SQL",
                    "clause": "WHERE",
                    "sqlExpression": "not_comparable_reason is not null",
                    "filterOptionName": "reasons_only",
                }
            ],
            "donut": True,
            "show_legend": True,
            "label_type": "key_value",
            "show_labels": False,
            "legendType": "scroll",
            "legendOrientation": "right",
        },
        {
            "metrics": ["figures"],
            "columns": ["not_comparable_reason"],
            "filters": [*_PAPI, {"col": "not_comparable_reason", "op": "IS NOT NULL"}],
        },
    ),
    Chart(
        "changes",
        "Thay đổi so với năm trước, khi so sánh được · Change from the year before, where comparable",
        "Năm không so sánh được thì không có cột. — A year that cannot be compared has no bar.",
        "echarts_timeseries_bar",
        "reform_year_over_year",
        {
            "x_axis": "data_year",
            "metrics": ["change_sum"],
            "groupby": ["unit_name_vi"],
            "row_limit": 10000,
            "xAxisForceCategorical": True,
            "x_axis_sort": "data_year",
            "x_axis_sort_asc": True,
            "adhoc_filters": [
                {
                    "expressionType": "SQL",
                    "clause": "WHERE",
                    "sqlExpression": "is_comparable",
                    "filterOptionName": "comparable_only",
                }
            ],
            "show_legend": True,
            "legendType": "scroll",
            "rich_tooltip": True,
            "y_axis_format": ".2f",
        },
        {
            "metrics": ["change_sum"],
            "columns": ["data_year", "unit_name_vi"],
            "filters": [*_PAPI, {"col": "unit_name_vi", "op": "IN", "val": ["Đà Nẵng", "Hà Nội"]}],
        },
    ),
    Chart(
        "ranking",
        "Xếp hạng và thay đổi · Ranks and changes",
        "Ô thay đổi trống thì xem lý do ở cột cuối. — Where the change is empty, the last column says why.",
        "table",
        "reform_year_over_year",
        {
            "query_mode": "raw",
            "all_columns": _RANKING,
            "order_by_cols": ['["rank", true]'],
            "row_limit": 1000,
            "server_page_length": 20,
            "include_search": True,
            "show_cell_bars": False,
            "column_config": _NUMBERS,
        },
        {"columns": _RANKING, "metrics": None, "orderby": [["rank", True]], "filters": _PAPI_2022},
    ),
    Chart(
        "evidence",
        "Điểm mạnh, điểm yếu và dẫn chứng · Strong and weak points, with evidence",
        "Theo chỉ số đã chọn. — Of the unit chosen, all criteria of the year.",
        "table",
        "reform_evidence",
        {
            "query_mode": "raw",
            "all_columns": _SENTENCES,
            "order_by_cols": ['["indicator_code", true]'],
            "adhoc_filters": [
                {
                    "expressionType": "SQL",
                    "clause": "WHERE",
                    "sqlExpression": "verdict in ('strength', 'weakness')",
                    "filterOptionName": "verdicts_only",
                }
            ],
            "row_limit": 500,
            "include_search": True,
            "show_cell_bars": False,
            "column_config": {"data_year": {"d3NumberFormat": "d"}},
        },
        {
            "columns": _SENTENCES,
            "metrics": None,
            "filters": [
                *_ONE_MAP,
                {"col": "data_year", "op": "==", "val": 2022},
                {"col": "unit_name_vi", "op": "==", "val": "Đà Nẵng"},
                {"col": "verdict", "op": "IN", "val": ["strength", "weakness"]},
            ],
        },
    ),
)

FILTERS = (
    Filter("boundary", "Bản đồ · Map", "published hoặc 2025 · published or 2025", ["published"]),
    Filter("indicator_code", "Chỉ tiêu · Indicator", "PAPI, PCI, PAR_INDEX, SIPAS…", ["PAPI"], not_for=("evidence",)),
    Filter("data_year", "Năm · Year", "Năm số liệu · The year measured", [2022], not_for=("changes", "reasons")),
    Filter(
        "unit_name_vi",
        "Đơn vị · Unit",
        "Cho biểu đồ thay đổi và dẫn chứng · For changes and evidence",
        ["Đà Nẵng", "Hà Nội"],
        several=True,
        not_for=("comparable", "reasons", "ranking"),
    ),
)

#: Rows of (chart, width of 12, height).
LAYOUT = (
    (("comparable", 3, 40), ("changes", 6, 40), ("reasons", 3, 40)),
    (("ranking", 6, 60), ("evidence", 6, 60)),
)
