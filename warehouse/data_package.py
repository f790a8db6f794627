"""`datapackage.json`: the CSV files of a release as a Frictionless tabular data package (version 1).

Types, keys, references and meanings in both languages, a hash of every file, and where the figures are from. The
Parquet file with the same rows is named beside each, because the specification's tabular resources are CSV.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from warehouse.release_tables import COMMENT_SEPARATOR, columns_of, name, own_catalog
from warehouse.table_shapes import TableShape

DATA_PACKAGE = "datapackage.json"
#: What a sheet of Excel holds; it shows the beginning of a longer file and says so only once.
EXCEL_ROWS = 1_048_576

_TYPES = {
    "BOOLEAN": {"type": "boolean"},
    "FLOAT": {"type": "number"},
    "DOUBLE": {"type": "number"},
    "VARCHAR": {"type": "string"},
    "DATE": {"type": "date"},
    "TIMESTAMP": {"type": "datetime", "format": "%Y-%m-%d %H:%M:%S"},
    "TIMESTAMP WITH TIME ZONE": {"type": "datetime", "format": "%Y-%m-%d %H:%M:%S"},
}
_TEXT_EN = (
    "Administrative reform indicators of Viet Nam: figures as published, comparable series, year-over-year changes and "
    "where each figure is from. Read the description of a table before you use it."
)
_TEXT_VI = (
    "Chỉ số cải cách hành chính của Việt Nam: số liệu như đã công bố, chuỗi so sánh được, thay đổi so với năm trước và "
    "nguồn của từng số liệu. Hãy đọc mô tả của bảng trước khi dùng."
)
_RULES_EN = (
    "CSV: UTF-8 with a byte order mark, commas, decimal points, times in UTC to the second. A text that a spreadsheet "
    "would take for a formula (it begins with = + - @, a tab or a line break) has an apostrophe before it; the Parquet "
    "files hold every text unchanged."
)
_RULES_VI = (
    "CSV: UTF-8 có BOM, phân cách bằng dấu phẩy, dấu thập phân là dấu chấm, thời gian theo giờ UTC đến giây. Văn bản "
    "mà bảng tính có thể hiểu là công thức (bắt đầu bằng = + - @, dấu tab hoặc xuống dòng) có thêm dấu nháy đơn ở đầu; "
    "tệp Parquet giữ nguyên văn bản."
)


def write_data_package(
    connection: duckdb.DuckDBPyConnection, shapes: list[TableShape], release: Path, facts: dict[str, str]
) -> None:
    """Write the package beside the files it names, which stand complete in `release`."""
    package = {
        "profile": "tabular-data-package",
        "name": "reform-indicators",
        "title": "Administrative reform indicators of Viet Nam · Chỉ số cải cách hành chính",
        "description": f"{_TEXT_EN} {_RULES_EN} {COMMENT_SEPARATOR} {_TEXT_VI} {_RULES_VI}",
        "description_en": f"{_TEXT_EN} {_RULES_EN}",
        "description_vi": f"{_TEXT_VI} {_RULES_VI}",
        "version": facts["release_id"],
        "created": facts["published_at"],
        "licenses": _licences(connection),
        "sources": _sources(connection),
        "resources": [_resource(connection, shape, release) for shape in shapes],
    }
    if not package["sources"]:
        # The specification wants no empty list; marts without `dim_index` (a build of a part) name no source.
        del package["sources"]
    (release / DATA_PACKAGE).write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _resource(connection: duckdb.DuckDBPyConnection, shape: TableShape, release: Path) -> dict[str, Any]:
    path = f"csv/{shape.name}.csv"
    rows = _number(connection, f"select count(*) from marts.{name(shape.name)}")
    resource = {
        "profile": "tabular-data-resource",
        "name": shape.name,
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": f"{shape.description_en} {COMMENT_SEPARATOR} {shape.description_vi}",
        "description_en": shape.description_en,
        "description_vi": shape.description_vi,
        "bytes": (release / path).stat().st_size,
        "hash": f"sha256:{_sha256(release / path)}",
        "row_count": rows,
        "parquet": f"parquet/{shape.name}.parquet",
        "is_synthetic": _synthetic(connection, shape, rows),
        "schema": _schema(shape),
    }
    if rows >= EXCEL_ROWS:
        resource["excel_shows_all"] = False
    return resource


def _schema(shape: TableShape) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [
            {
                "name": column.name,
                **(_TYPES.get(column.data_type) or _number_type(column.data_type)),
                "description": f"{column.description_en} {COMMENT_SEPARATOR} {column.description_vi}",
                "description_en": column.description_en,
                "description_vi": column.description_vi,
            }
            for column in shape.columns
        ],
        "missingValues": [""],
    }
    if shape.keys.key:
        schema["primaryKey"] = list(shape.keys.key)
    references = [
        {
            "fields": reference.column,
            # The specification refers to the table itself by an empty name.
            "reference": {
                "resource": "" if reference.to_table == shape.name else reference.to_table,
                "fields": reference.to_column,
            },
        }
        for reference in shape.keys.references
    ]
    if references:
        schema["foreignKeys"] = references
    return schema


def _number_type(data_type: str) -> dict[str, str]:
    return {"type": "number" if data_type.startswith("DECIMAL(") and not data_type.endswith(",0)") else "integer"}


def _synthetic(connection: duckdb.DuckDBPyConnection, shape: TableShape, rows: int) -> str:
    """`none`, `some` or `all` of the rows are made up to try things with; `unknown` where the table does not say."""
    if "is_synthetic" not in {column.name for column in shape.columns}:
        return "unknown"
    made_up = _number(connection, f"select count(*) from marts.{name(shape.name)} where is_synthetic")
    return "none" if made_up == 0 else "all" if made_up == rows else "some"


def _licences(connection: duckdb.DuckDBPyConnection) -> list[dict[str, str]]:
    """What the documents read are under, as their layouts say; none of them is a licence for the whole."""
    title = "The figures belong to those who published them; the descriptions and derived figures are Apache-2.0"
    if "licence" in columns_of(connection, own_catalog(connection), "dim_source_document"):
        rows = connection.execute(
            "select distinct licence from marts.dim_source_document where licence is not null order by licence"
        ).fetchall()
        title += ". Documents read: " + "; ".join(str(row[0]) for row in rows)
    return [{"name": "notspecified", "title": title}]


def _sources(connection: duckdb.DuckDBPyConnection) -> list[dict[str, str]]:
    wanted = {"name_en", "publisher_en", "source_url"}
    if not wanted <= columns_of(connection, own_catalog(connection), "dim_index"):
        return []
    rows = connection.execute(
        "select name_en, publisher_en, source_url from marts.dim_index order by index_code"
    ).fetchall()
    return [{"title": f"{title}, {publisher}", "path": url} for title, publisher, url in rows if url]


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
