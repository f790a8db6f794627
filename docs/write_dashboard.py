"""Write `docs/ops/grafana/reform.json`, the dashboard for Grafana. Run it by `make dashboard`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from warehouse.home import PROJECT_ROOT

TARGET = PROJECT_ROOT / "docs" / "ops" / "grafana" / "reform.json"
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH = 24


@dataclass(frozen=True)
class Panel:
    """One panel: `queries` are PromQL with the legend of their series; `unit` is Grafana's name of one."""

    title: str
    queries: tuple[tuple[str, str], ...]
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 6
    height: int = 6
    description: str = ""
    #: From these values on it is amber, and red; downwards where the first is the larger.
    limits: tuple[float, float] | None = None


_AGE = "time() - "
ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "Bây giờ · Now",
        (
            Panel("Tuổi bản công bố · Age of the release", ((f"{_AGE}reform_release_published_timestamp_seconds", ""),),
                  "stat", "s", 4, 4),
            Panel("Tệp bị từ chối · Refused files", (("sum(reform_refused_documents)", ""),), "stat", "short", 4, 4,
                  limits=(1, 10)),
            Panel("Dòng chờ · Rows that wait", (("sum(reform_source_waiting_rows)", ""),), "stat", "short", 4, 4),
            Panel("Ấn bản quá hạn · Overdue editions", (("sum(reform_index_overdue_editions)", ""),), "stat", "short",
                  4, 4, limits=(1, 3)),
            Panel("Đĩa đầy sau · Disk full in", (("min(reform_disk_full_forecast_seconds)", ""),), "stat", "s", 4, 4,
                  limits=(2592000, 1209600)),
            Panel("Airflow", (("max(reform_airflow_up)", ""),), "stat", "short", 4, 4, limits=(1, 0.5)),
        ),
    ),
    (
        "Nạp · Loads",
        (
            Panel("Tài liệu nạp mỗi ngày · Documents a day",
                  (("sum by (source, outcome) (increase(reform_loads_total[1d]))", "{{source}} {{outcome}}"),),
                  width=12, height=8),
            Panel("Dòng mỗi ngày · Rows a day",
                  (("sum by (source, outcome) (increase(reform_load_rows_total[1d]))", "{{source}} {{outcome}}"),),
                  width=12, height=8),
            Panel("Tệp chờ nhận · Files in the landing folder", (("reform_landing_files", "{{source}}"),)),
            Panel("Bị từ chối, theo nguồn · Refused, by source", (("reform_refused_documents", "{{source}}"),)),
            Panel("Dòng chờ, theo nguồn · Waiting rows, by source", (("reform_source_waiting_rows", "{{source}}"),)),
            Panel("Phát hiện · Findings", (("reform_findings", "{{severity}} {{outcome}}"),)),
        ),
    ),
    (
        "Độ mới · Freshness",
        (
            Panel("Từ lần nhận cuối · Since the last document came",
                  ((f"{_AGE}reform_source_last_received_timestamp_seconds", "{{source}}"),), unit="s", width=8),
            Panel("Năm số liệu mới nhất · Latest data year", (("reform_source_latest_data_year", "{{source}}"),),
                  "bargauge", "none", 8),
            Panel("Ấn bản quá hạn, theo chỉ số · Overdue editions, by index",
                  (("reform_index_overdue_editions", "{{index}}"),), "bargauge", "short", 8),
        ),
    ),
    (
        "Chạy · Runs",
        (
            Panel("Thời gian mỗi bước, p95 trong ngày · Duration of steps, p95 of the day",
                  (("histogram_quantile(0.95, sum by (dag, task, le) "
                    "(increase(reform_step_duration_seconds_bucket[1d])))", "{{dag}}.{{task}}"),),
                  unit="s", width=12, height=8),
            Panel("Bước kết thúc không tốt mỗi ngày · Steps that ended badly, a day",
                  (('sum by (dag, task, outcome) (increase(reform_steps_total{outcome!~"done|skipped"}[1d]))',
                    "{{dag}}.{{task}} {{outcome}}"),), width=12, height=8),
            Panel("Mô hình chậm nhất · Slowest models",
                  (("topk(10, reform_model_last_duration_seconds)", "{{model}}"),), "bargauge", "s", 12, 8),
            Panel("Chỗ của người ghi · Writer pool", (("reform_writer_pool_slots", "{{state}}"),), width=6, height=8),
            Panel("Công bố và dựng · Publications and builds",
                  (("sum by (outcome) (increase(reform_publications_total[1d]))", "publish {{outcome}}"),
                   ("sum by (outcome) (increase(reform_builds_total[1d]))", "build {{outcome}}")), width=6, height=8),
        ),
    ),
    (
        "Kho · Store",
        (
            Panel("Đĩa trống · Free disk", (("reform_disk_free_bytes", "free"),), unit="bytes", width=6),
            Panel("Tăng · Growth", (("reform_disk_growth_bytes_per_second * 86400", "a day"),), unit="bytes", width=6),
            Panel("Bản công bố · Releases",
                  (("reform_releases", "kept"), ("reform_release_switches_total", "switches"))),
            Panel("Dòng của bản công bố · Rows of the release", (("topk(10, reform_release_rows)", "{{table}}"),),
                  "bargauge", width=6),
        ),
    ),
)  # fmt: skip


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it; the data source is chosen when it is."""
    panels: list[dict[str, Any]] = []
    below = 0
    for title, row in ROWS:
        panels.append(_numbered(panels, {"type": "row", "title": title, "collapsed": False, "panels": [],
                                         "gridPos": {"h": 1, "w": _WIDTH, "x": 0, "y": below}}))  # fmt: skip
        below += 1
        left = tallest = 0
        for panel in row:
            if left + panel.width > _WIDTH:
                left, below, tallest = 0, below + tallest, 0
            place = {"h": panel.height, "w": panel.width, "x": left, "y": below}
            panels.append(_numbered(panels, _panel(panel) | {"gridPos": place}))
            left, tallest = left + panel.width, max(tallest, panel.height)
        below += tallest
    return {
        "uid": "reform-indicators",
        "title": "Reform indicators",
        "tags": ["reform"],
        "timezone": "browser",
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-7d", "to": "now"},
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]},
        "annotations": {"list": [_releases()]},
        "panels": panels,
    }  # fmt: skip


def _releases() -> dict[str, Any]:
    return {
        "name": "Bản công bố · Releases",
        "datasource": _SOURCE,
        "enable": True,
        "iconColor": "blue",
        "expr": "changes(reform_release_published_timestamp_seconds[2m]) > 0",
        "titleFormat": "release",
    }


def _numbered(before: list[dict[str, Any]], panel: dict[str, Any]) -> dict[str, Any]:
    return {"id": len(before) + 1, **panel}


def _panel(panel: Panel) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": panel.unit}
    if panel.limits is not None:
        defaults["thresholds"] = {"mode": "absolute", "steps": _steps(*panel.limits)}
    targets = [
        {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": query, "legendFormat": legend,
         "instant": panel.kind != "timeseries"}
        for place, (query, legend) in enumerate(panel.queries)
    ]  # fmt: skip
    return {
        "type": panel.kind,
        "title": panel.title,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {} if panel.kind == "timeseries" else {"reduceOptions": {"calcs": ["lastNotNull"]}},
        "targets": targets,
    }


def _steps(amber: float, red: float) -> list[dict[str, Any]]:
    if amber <= red:
        return [{"color": "green", "value": None}, {"color": "orange", "value": amber}, {"color": "red", "value": red}]
    return [{"color": "red", "value": None}, {"color": "orange", "value": red}, {"color": "green", "value": amber}]


def text() -> str:
    """The file, as it stands in the project."""
    return json.dumps(dashboard(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text(), "utf-8")
