"""Write the dashboard Apache Superset imports, `docs/serving/superset/reform_*.zip`, for DuckDB and for PostgreSQL.

    .venv/bin/python docs/write_superset.py
    .venv/bin/python docs/write_superset.py --uri duckdb:////srv/reform/var/current/warehouse.duckdb --into /tmp

Superset does not show DuckDB's comments, so the descriptions of all columns, in both languages, are taken from the
`dictionary` of the current release into the data sets. The charts are in `superset_charts.py`. The same release gives
the same bytes.
"""

from __future__ import annotations

import argparse
import sys
import uuid
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import yaml
from superset_charts import CHARTS, DATASETS, FILTERS, HEADINGS, LAYOUT, Chart, Dataset

from warehouse.home import PROJECT_ROOT, Home

TARGET = PROJECT_ROOT / "docs" / "serving" / "superset"
#: What the two files name as the server; whoever imports them puts in their own. At ten X Superset asks for a password.
URIS = {
    "duckdb": "duckdb:////srv/reform/var/current/warehouse.duckdb",
    "postgresql": "postgresql+psycopg2://superset:XXXXXXXXXX@127.0.0.1:5432/reform",
}
#: Opened as every reader opens a release; Superset would otherwise ask DuckDB for the right to write.
READ_ONLY = {"engine_params": {"connect_args": {"read_only": True}}}
_NAMESPACE = uuid.UUID("6d5f9a3e-5a3b-4f6e-9d5b-0f3f3f1a7a01")
_TITLE = "Cải cách hành chính: kết quả và thay đổi · Reform: results and changes"
_TEXT = (
    "Mức thay đổi chỉ hiện khi hai năm so sánh được; chỗ trống có lý do bên cạnh. Chọn bản đồ `published` (như nguồn) "
    "hoặc `2025` (34 tỉnh). — A change is shown only where two years can be compared; an empty one has its reason "
    "beside it. Choose the map: `published` (the source's own) or `2025` (34 provinces)."
)
_WHEN = (1980, 1, 1, 0, 0, 0)


def write_import(release: Path, engine: str, uri: str, target: Path) -> Path:
    """Write the file for `engine` into the folder `target` and return it."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, column_name, data_type, description_en, description_vi from marts.dictionary"
        ).fetchall()
    meanings = {(table, column): (kind, english, vietnamese) for table, column, kind, english, vietnamese in rows}
    name = f"reform_{engine}"
    files: dict[str, dict[str, Any]] = {
        "metadata.yaml": {"version": "1.0.0", "type": "Dashboard", "timestamp": "2026-01-01T00:00:00+00:00"},
        f"databases/{name}.yaml": _database(engine, uri),
        f"dashboards/{name}.yaml": _dashboard(),
    }
    for dataset in DATASETS:
        files[f"datasets/{name}/{dataset.name}.yaml"] = _dataset(dataset, engine, meanings)
    for chart in CHARTS:
        files[f"charts/{chart.key}.yaml"] = _chart(chart)
    path = target / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for inside, content in files.items():
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
            bundle.writestr(zipfile.ZipInfo(f"reform/{inside}", _WHEN), text, zipfile.ZIP_DEFLATED)
    return path


def _id(*words: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "/".join(words)))


def _database(engine: str, uri: str) -> dict[str, Any]:
    return {
        "database_name": f"reform ({'DuckDB' if engine == 'duckdb' else 'PostgreSQL'})",
        "sqlalchemy_uri": uri,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_file_upload": False,
        "extra": READ_ONLY if engine == "duckdb" else {},
        "uuid": _id("database", engine),
        "version": "1.0.0",
    }


def _dataset(dataset: Dataset, engine: str, meanings: dict[tuple[str, str], tuple[str, str, str]]) -> dict[str, Any]:
    columns = []
    for column, (table, source) in dataset.columns.items():
        kind, english, vietnamese = meanings[table, source]
        columns.append(
            {
                "column_name": column,
                "verbose_name": HEADINGS.get(column),
                "is_dttm": False,
                "is_active": True,
                "type": kind,
                "groupby": True,
                "filterable": True,
                "expression": None,
                "description": f"{vietnamese} — {english}",
                "extra": {},
            }
        )
    metrics = [
        {"metric_name": metric, "verbose_name": words, "expression": expression, "description": words}
        for metric, (expression, words) in dataset.metrics.items()
    ]
    return {
        "table_name": dataset.name,
        "main_dttm_col": None,
        "description": dataset.text,
        "offset": 0,
        "schema": "marts",
        "sql": dataset.sql,
        "filter_select_enabled": True,
        "extra": {},
        "uuid": _id("dataset", dataset.name),
        "metrics": metrics,
        "columns": columns,
        "version": "1.0.0",
        "database_uuid": _id("database", engine),
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "slice_name": chart.title,
        "description": chart.text,
        "viz_type": chart.kind,
        "params": {"viz_type": chart.kind, **chart.parameters},
        "query_context": chart.query_context(),
        "cache_timeout": None,
        "uuid": _id("chart", chart.key),
        "version": "1.0.0",
        "dataset_uuid": _id("dataset", chart.dataset),
    }


def _dashboard() -> dict[str, Any]:
    numbers = {chart.key: number for number, chart in enumerate(CHARTS, 1)}
    return {
        "dashboard_title": _TITLE,
        "description": _TEXT,
        "css": "",
        "slug": "reform",
        "published": True,
        "uuid": _id("dashboard"),
        "position": _position(numbers),
        "metadata": {
            "color_scheme": "supersetColors",
            "refresh_frequency": 0,
            "cross_filters_enabled": False,
            "native_filter_configuration": [
                {
                    "id": f"NATIVE_FILTER-{item.column}",
                    "name": item.title,
                    "filterType": "filter_select",
                    "type": "NATIVE_FILTER",
                    "targets": [{"column": {"name": item.column}, "datasetUuid": _id("dataset", DATASETS[0].name)}],
                    "defaultDataMask": {
                        "extraFormData": {"filters": [{"col": item.column, "op": "IN", "val": item.values}]},
                        "filterState": {"value": item.values, "label": ", ".join(map(str, item.values))},
                    },
                    "controlValues": {
                        "multiSelect": item.several,
                        "enableEmptyFilter": True,
                        "defaultToFirstItem": False,
                        "searchAllOptions": True,
                        "inverseSelection": False,
                    },
                    "cascadeParentIds": [],
                    "scope": {"rootPath": ["ROOT_ID"], "excluded": [numbers[key] for key in item.not_for]},
                    "description": item.text,
                }
                for item in FILTERS
            ],
        },
        "version": "1.0.0",
    }


def _position(numbers: dict[str, int]) -> dict[str, Any]:
    charts = {chart.key: chart for chart in CHARTS}
    rows = [f"ROW-{number}" for number, _ in enumerate(LAYOUT, 1)]
    found: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": rows, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": _TITLE}},
    }
    for row, places in zip(rows, LAYOUT, strict=True):
        found[row] = {
            "type": "ROW",
            "id": row,
            "children": [f"CHART-{key}" for key, _, _ in places],
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for key, width, height in places:
            found[f"CHART-{key}"] = {
                "type": "CHART",
                "id": f"CHART-{key}",
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID", row],
                "meta": {
                    "chartId": numbers[key],
                    "uuid": _id("chart", key),
                    "sliceName": charts[key].title,
                    "width": width,
                    "height": height,
                },
            }
    return found


def main() -> int:
    """Write both files, or one for the address given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uri", help="the SQLAlchemy address the file is to name (duckdb:… or postgresql…)")
    parser.add_argument("--into", type=Path, default=TARGET, help="the folder to write into")
    parser.add_argument("--release", type=Path, help="by default the current one of REFORM_HOME")
    arguments = parser.parse_args()
    release = arguments.release or Home.from_environment().current
    uris = {arguments.uri.split(":")[0].split("+")[0]: arguments.uri} if arguments.uri else URIS
    for engine, uri in uris.items():
        print(write_import(release, engine, uri, arguments.into))
    return 0


if __name__ == "__main__":
    sys.exit(main())
