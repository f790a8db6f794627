"""The description of the API (OpenAPI 3.1) for one release: its columns in both languages, its rows as examples."""

from __future__ import annotations

from typing import Any

import duckdb
import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from warehouse.serving.catalogue import Column, Table
from warehouse.serving.negotiation import DOCUMENT, MEDIA_TYPES, TABULAR
from warehouse.serving.problems import KINDS, PROBLEM_MEDIA_TYPE
from warehouse.serving.queries import rows_of
from warehouse.serving.releases import OpenRelease
from warehouse.serving.rendering import as_json

_ABOUT = """\
Administrative reform indicators of Viet Nam, read-only, from one immutable release at a time (`X-Release-Id`).

Read this before you use it: a change that must not be made is null and has its reason beside it; an empty value is
not zero; filter on `boundary`, or each figure stands there on two maps. Rows come as JSON, CSV (UTF-8 with a byte order
mark; a text that a spreadsheet would run as a formula has an apostrophe before it), Parquet or an Arrow stream, by
`Accept`. `Link: …; rel="next"` leads to the next page; it answers 409 once another release is current. Send the `ETag`
back as `If-None-Match`: while the release stays, the answer is 304.

— Tiếng Việt: Các chỉ số cải cách hành chính của Việt Nam, chỉ đọc, mỗi câu trả lời thuộc đúng một bản phát hành
(`X-Release-Id`). Đọc trước khi dùng: thay đổi không so sánh được là null và có nêu lý do; giá trị trống không phải
là 0; luôn lọc theo `boundary`. Dữ liệu ở dạng JSON, CSV (UTF-8 có BOM; văn bản có thể bị bảng tính hiểu là công thức
được thêm dấu nháy đơn ở đầu), Parquet hoặc Arrow, tùy theo `Accept`. Liên kết `next` dẫn tới trang sau; khi bản phát
hành hiện hành đã đổi, liên kết đó trả về 409."""

#: Address -> the table its rows are of; None for the one that takes the table from the address.
_PAGES = {
    "/v1/units": "dim_unit",
    "/v1/indicators": "dim_indicator",
    "/v1/series": "fct_indicator_value",
    "/v1/yoy": "metric_yoy",
    "/v1/tables/{table}": None,
}
#: What may go wrong at every address, and at those that ask the engine.
_ALWAYS, _WITH_QUERY = (406, 414, 422, 500, 503), (504,)
_TYPES: dict[str, dict[str, Any]] = {
    "VARCHAR": {"type": ["string", "null"]},
    "DOUBLE": {"type": ["number", "null"]},
    "FLOAT": {"type": ["number", "null"]},
    "BOOLEAN": {"type": ["boolean", "null"]},
    "DATE": {"type": ["string", "null"], "format": "date"},
    "TIMESTAMP": {"type": ["string", "null"], "format": "date-time"},
    "TIMESTAMP WITH TIME ZONE": {"type": ["string", "null"], "format": "date-time"},
}
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}


def openapi_document(api: FastAPI, release: OpenRelease, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The whole description; `connection` is to `release`, for one row of each table as an example."""
    tables = release.catalogue.tables
    described = get_openapi(
        title="Administrative reform indicators of Viet Nam",
        version="1",
        description=_ABOUT,
        routes=api.routes,
        license_info={"name": "Apache-2.0 (the code); each source's own licence (the figures)"},
    )
    examples = {name: _first_row(connection, table) for name, table in tables.items()}
    described["components"] = {
        "schemas": {
            "problem": _problem_schema(),
            **{f"row_{name}": _row_schema(table, examples[name]) for name, table in tables.items()},
            **_document_schemas(tables),
        },
        "headers": _HEADERS,
    }
    values = _example_values(connection, tables)
    for path, operations in described["paths"].items():
        operation = operations["get"]
        operation["responses"] = _responses(path, tables)
        operation["operationId"] = operation["operationId"].removesuffix("_get")
        if path == "/v1/tables/{table}":
            operation["parameters"] += _table_parameters(api)
        _complete(operation, tables, values)
    described["x-release-id"] = release.release_id
    return described


def _row_schema(table: Table, example: dict[str, Any] | None) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "description": _both(table.description_en, table.description_vi),
        "properties": {column.name: _column_schema(column) for column in table.columns.values()},
        "required": list(table.columns),
        "additionalProperties": False,
    }
    return {**schema, "examples": [example]} if example else schema


def _column_schema(column: Column) -> dict[str, Any]:
    integer = {"type": ["integer", "null"]}
    kind: dict[str, Any] = integer if column.data_type in _INTEGERS else _TYPES.get(column.data_type, {})
    return {**kind, "description": _both(column.description_en, column.description_vi)}


def _both(english: str, vietnamese: str) -> str:
    return f"{english} — Tiếng Việt: {vietnamese}" if vietnamese else english


def _first_row(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, Any] | None:
    rows = rows_of(connection, f'select * from release.marts."{table.name}" limit 1')
    # Through the JSON of the answers, so that dates and times look as they do there.
    return dict(orjson.loads(as_json(rows[0]))) if rows else None


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    properties = {
        "type": {"type": "string", "enum": [f"urn:reform:problem:{kind}" for kind in KINDS]},
        "title": text,
        "title_vi": text,
        "status": {"type": "integer"},
        "detail": text,
        "detail_vi": text,
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"parameter": text, "message": text}},
        },
    }
    return {
        "type": "object",
        "description": "Problem details (RFC 9457). — Tiếng Việt: Mô tả lỗi theo RFC 9457.",
        "properties": properties,
        "required": ["type", "title", "title_vi", "status", "detail", "detail_vi"],
    }


def _document_schemas(tables: dict[str, Table]) -> dict[str, Any]:
    """The documents that are no page of a table: address -> schema named after it."""

    def rows(table: str) -> dict[str, Any]:
        return {"type": "array", "items": _row(table, tables)}

    anything = {"type": "array", "items": {"type": "object"}}
    figure = {"anyOf": [_row("fct_indicator_value", tables), {"type": "null"}]}
    change = {"anyOf": [_row("metric_yoy", tables), {"type": "null"}]}
    pair = {"type": "object", "properties": {"value": figure, "change": change}}
    about = {name: {"type": "string"} for name in ("table", "description_en", "description_vi")}
    counts = {name: {"type": "integer"} for name in ("row_count", "column_count")}
    return {
        "unit": _object(unit=_row("dim_unit", tables), predecessors=anything, successors=anything),
        "indicator": _object(
            indicator=_row("dim_indicator", tables),
            parts=rows("dim_indicator"),
            breaks=rows("dim_indicator_break"),
        ),
        "trace": _object(
            value=figure,
            change=change,
            on_other_maps={"type": "array", "items": pair},
            observations=anything,
            checks=anything,
            releases=anything,
            corrections=anything,
            components=anything,
            predecessors=anything,
        ),
        "release": _object(
            published_at={"type": "string", "format": "date-time"},
            code_version={"type": "string"},
            engines={"type": "object", "additionalProperties": {"type": "string"}},
            row_counts={"type": "object", "additionalProperties": {"type": "integer"}},
            table_hashes={"type": "object", "additionalProperties": {"type": "string"}},
            validation={"type": "object"},
            input_count={"type": "integer"},
        ),
        "tables": _object(
            tables={"type": "array", "items": {"type": "object", "properties": {**about, **counts}}},
        ),
        "health": _object(status={"const": "ok"}),
    }


_DOCUMENTS = {
    "/v1/units/{unit_code}": "unit",
    "/v1/indicators/{code}": "indicator",
    "/v1/trace/{unit}/{indicator}/{year}": "trace",
    "/v1/release": "release",
    "/v1/tables": "tables",
    "/healthz": "health",
}
_HEADERS = {
    "release_id": {
        "description": "The release the answer is of. — Tiếng Việt: Bản phát hành của câu trả lời.",
        "schema": {"type": "string"},
        "required": True,
    },
    "etag": {
        "description": "Release and representation; send it back as If-None-Match. — Tiếng Việt: Bản phát hành và dạng "
        "dữ liệu; gửi lại trong If-None-Match.",
        "schema": {"type": "string"},
        "required": True,
    },
    "link": {
        "description": "The next page, if there is one. — Tiếng Việt: Trang sau, nếu có.",
        "schema": {"type": "string"},
    },
}


def _object(**properties: Any) -> dict[str, Any]:
    """An object of which all these, and the release's id, are always there."""
    whole = {"release_id": {"type": "string"}, **properties}
    return {"type": "object", "properties": whole, "required": list(whole), "additionalProperties": False}


def _row(table: str, tables: dict[str, Table]) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/row_{table}"} if table in tables else {"type": "object"}


def _page_schema(table: str | None, tables: dict[str, Table]) -> dict[str, Any]:
    row = _row(table, tables) if table else {"anyOf": [_row(name, tables) for name in tables]}
    common = {
        "table": {"type": "string"},
        "rows": {"type": "array", "items": row},
        "next": {"type": ["string", "null"]},
    }
    if table:
        return _object(**common)
    text = {"type": "string"}
    column = dict.fromkeys(("name", "type", "description_en", "description_vi"), text)
    columns = {"type": "array", "items": {"type": "object", "properties": column, "required": list(column)}}
    return _object(**common, description_en=text, description_vi=text, columns=columns)


def _responses(path: str, tables: dict[str, Table]) -> dict[str, Any]:
    is_page = path in _PAGES
    if is_page:
        schema = _page_schema(_PAGES[path], tables)
        offered = TABULAR
    else:
        schema = {"$ref": f"#/components/schemas/{_DOCUMENTS[path]}"}
        offered = DOCUMENT
    content: dict[str, Any] = {MEDIA_TYPES["json"]: {"schema": schema}}
    content |= {
        MEDIA_TYPES[form]: {"schema": {"type": "string"} | ({} if form == "csv" else {"format": "binary"})}
        for form in offered[1:]
    }
    headers = {"X-Release-Id": "release_id", "ETag": "etag", **({"Link": "link"} if is_page else {})}
    references = {name: {"$ref": f"#/components/headers/{target}"} for name, target in headers.items()}
    problems = [*_ALWAYS, *(() if path in {"/healthz", "/v1/release", "/v1/tables"} else _WITH_QUERY)]
    problems += [404] if "{" in path or is_page else []
    problems += [409] if is_page else []
    return {
        "200": {"description": "The answer. — Tiếng Việt: Câu trả lời.", "content": content, "headers": references},
        "304": {"description": "What you hold is still right. — Tiếng Việt: Bản bạn đang giữ vẫn đúng."},
        **{str(status): _problem_response(status) for status in sorted(problems)},
    }


def _problem_response(status: int) -> dict[str, Any]:
    said = [f"{kind}: {title} — {title_vi}" for kind, (code, title, title_vi) in KINDS.items() if code == status]
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {"description": "\n\n".join(said), "content": content}


def _example_values(connection: duckdb.DuckDBPyConnection, tables: dict[str, Table]) -> dict[str, Any]:
    """Values of parameters, by their names, that this release has an answer for."""
    found = rows_of(
        connection,
        """
        select unit_code, indicator_code, data_year from release.marts.fct_indicator_value
        where boundary = 'published' and value is not null order by data_year desc, unit_code, indicator_code limit 1
        """,
    )
    if not found:
        return {}
    unit, indicator, year = found[0].values()
    return {
        "unit_code": unit,
        "unit": unit,
        "code": indicator,
        "indicator": indicator,
        "year": year,
        "index": indicator.partition(".")[0],
        "table": "dim_index" if "dim_index" in tables else next(iter(tables)),
    }


def _complete(operation: dict[str, Any], tables: dict[str, Table], examples: dict[str, Any]) -> None:
    """Examples that exist in this release, and its tables as the values a name of one may have."""
    for parameter in operation.setdefault("parameters", []):
        name, schema = parameter["name"], parameter["schema"]
        # No value is not the value null, as which some tools read it.
        if schema.get("default", "") is None:
            del schema["default"]
        if name in examples:
            is_list = schema.get("type") == "array"
            schema["examples"] = [[examples[name]] if is_list else examples[name]]
        if name == "table":
            schema["enum"] = list(tables)


def _table_parameters(api: FastAPI) -> list[dict[str, Any]]:
    """Those of every page, and the free ones: each column is a filter."""
    pages = get_openapi(title="", version="", routes=api.routes)["paths"]["/v1/units"]["get"]["parameters"]
    free = {
        "name": "columns",
        "in": "query",
        "style": "form",
        "explode": True,
        "description": "Any column of the table and the value it must have, e.g. `index_code=PAPI`; several times for "
        "alternatives. — Tiếng Việt: Cột bất kỳ của bảng và giá trị cần có, ví dụ `index_code=PAPI`; lặp lại để lấy "
        "nhiều giá trị.",
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    }
    return [*(item for item in pages if item["name"] in {"limit", "offset", "release"}), free]
