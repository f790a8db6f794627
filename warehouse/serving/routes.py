"""The addresses of the API."""

from __future__ import annotations

from typing import Annotated, Any

import duckdb
from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from warehouse.serving.answers import document, json_answer, release_of, table_page
from warehouse.serving.catalogue import Table
from warehouse.serving.conditions import Condition
from warehouse.serving.held import FIGURE_KEY
from warehouse.serving.openapi import openapi_document
from warehouse.serving.parameters import (
    FigurePage,
    IndicatorPage,
    IndicatorPath,
    NoParameters,
    Page,
    TablePath,
    UnitPage,
    UnitPath,
    YearPath,
)
from warehouse.serving.problems import Problem
from warehouse.serving.queries import QueryRunner, rows_of
from warehouse.trace import trace_in

router = APIRouter()
Nothing = Annotated[NoParameters, Query()]
_LINEAGE = """
    select {other}_code as unit_code, {other}_name_vi as name_vi, {other}_name_en as name_en, effective_date, weight,
        weight_basis, source_url
    from release.marts.bridge_unit_lineage where {self}_code = ? order by effective_date, {other}_code
"""


def _runner(request: Request) -> QueryRunner:
    runner: QueryRunner = request.app.state.runner
    return runner


@router.get("/v1/units", summary="Units")
async def units(request: Request, asked: Annotated[UnitPage, Query()]) -> Response:
    """Provinces, ministries, regions and the country, with validity dates: one row a unit with one territory.

    — Tiếng Việt: Các tỉnh, bộ, vùng và cả nước, kèm thời gian hiệu lực: mỗi dòng là một đơn vị với một địa giới.
    """
    return await table_page(request, _runner(request), "dim_unit", asked, order=("unit_code",))


@router.get("/v1/units/{unit_code}", summary="One unit and what it came from")
async def unit(request: Request, unit_code: UnitPath, _: Nothing) -> Response:
    """One unit, with the units it was formed from and those it went into.

    — Tiếng Việt: Một đơn vị, kèm các đơn vị hợp thành và các đơn vị kế tiếp.
    """
    release = release_of(request)
    release.catalogue.check_units((unit_code,))
    has_lineage = "bridge_unit_lineage" in release.catalogue.tables

    def work(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
        both = {"predecessors": ("predecessor", "successor"), "successors": ("successor", "predecessor")}
        return {
            "unit": rows_of(connection, "select * from release.marts.dim_unit where unit_code = ?", unit_code)[0],
            **{
                part: rows_of(connection, _LINEAGE.format(other=other, self=own), unit_code) if has_lineage else []
                for part, (other, own) in both.items()
            },
        }

    return document(request, await _runner(request).run(release, work, quick=True))


@router.get("/v1/indicators", summary="Indicators")
async def indicators(request: Request, asked: Annotated[IndicatorPage, Query()]) -> Response:
    """Every indicator of every index, totals and parts.

    — Tiếng Việt: Mọi chỉ tiêu của mọi bộ chỉ số, cả tổng và thành phần.
    """
    return await table_page(request, _runner(request), "dim_indicator", asked, order=("indicator_code",))


@router.get("/v1/indicators/{code}", summary="One indicator, its parts and its breaks")
async def indicator(request: Request, code: IndicatorPath, _: Nothing) -> Response:
    """One indicator, with its direct parts and the years from which it must not be compared with before.

    — Tiếng Việt: Một chỉ tiêu, kèm các thành phần trực tiếp và các năm không so sánh được với trước đó.
    """
    release = release_of(request)
    release.catalogue.check_indicators((code,))
    has_breaks = "dim_indicator_break" in release.catalogue.tables

    def work(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
        own = "select * from release.marts.dim_indicator where indicator_code = ?"
        parts = "select * from release.marts.dim_indicator where parent_code = ? order by display_order, indicator_code"
        breaks = "select * from release.marts.dim_indicator_break where indicator_code = ? order by all"
        return {
            "indicator": rows_of(connection, own, code)[0],
            "parts": rows_of(connection, parts, code),
            "breaks": rows_of(connection, breaks, code) if has_breaks else [],
        }

    return document(request, await _runner(request).run(release, work, quick=True))


@router.get("/v1/series", summary="Figures")
async def series(request: Request, asked: Annotated[FigurePage, Query()]) -> Response:
    """Figures of fct_indicator_value: value, rank, method and the cell each came from, by unit, indicator, map, year.

    — Tiếng Việt: Số liệu của fct_indicator_value: giá trị, thứ hạng, phương pháp và ô gốc, xếp theo đơn vị, chỉ tiêu,
    bản đồ, năm.
    """
    return await _figures(request, "fct_indicator_value", asked)


@router.get("/v1/yoy", summary="Changes against the year before")
async def yoy(request: Request, asked: Annotated[FigurePage, Query()]) -> Response:
    """Changes of metric_yoy. Where two years must not be compared, `change` is null and the reason stands beside it:
    never subtract the values yourself.

    — Tiếng Việt: Thay đổi so với năm trước (metric_yoy). Khi không so sánh được, `change` là null và có nêu lý do:
    không tự trừ hai giá trị.
    """
    return await _figures(request, "metric_yoy", asked)


async def _figures(request: Request, table: str, asked: FigurePage) -> Response:
    catalogue = release_of(request).catalogue
    catalogue.check_units(tuple(asked.unit))
    catalogue.check_indicators(tuple(asked.indicator))
    is_one = len(asked.unit) == len(asked.indicator) == 1
    series = (asked.unit[0], asked.indicator[0]) if is_one else None
    return await table_page(request, _runner(request), table, asked, order=FIGURE_KEY, series=series)


@router.get("/v1/trace/{unit}/{indicator}/{year}", summary="Where a figure comes from")
async def trace(request: Request, unit: UnitPath, indicator: IndicatorPath, year: YearPath, _: Nothing) -> Response:
    """The way back of one figure: value and change on each map, every source's figure with document, hash, cell and
    the cell's neighbours, the checks, the releases it stood in, corrections, and what a derived figure is made of.

    — Tiếng Việt: Nguồn gốc của một số liệu: giá trị và thay đổi trên từng bản đồ, số liệu của từng nguồn kèm tài liệu,
    mã băm, ô và các ô lân cận, các kiểm tra, các bản phát hành, các đính chính, và thành phần của số liệu suy ra.
    """
    release = release_of(request)
    release.catalogue.check_units((unit,))
    release.catalogue.check_indicators((indicator,))

    def work(connection: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
        connection.execute("use release")
        return trace_in(connection, release.folder, (unit,), indicator, year)

    found = await _runner(request).run(release, work, quick=True)
    if found is None:
        raise Problem(
            "no_figure",
            f"No source says anything of {indicator} of {unit} for {year}.",
            f"Không nguồn nào có {indicator} của {unit} năm {year}.",
        )
    return document(request, found)


@router.get("/v1/release", summary="The release the answers come from")
async def release_summary(request: Request, _: Nothing) -> Response:
    """Id, time, code, engines, rows and hashes of the tables, outcome of the checks.

    — Tiếng Việt: Mã, thời điểm, phiên bản mã nguồn và công cụ, số dòng và mã băm của các bảng, kết quả kiểm tra.
    """
    manifest = release_of(request).manifest
    parts = ("published_at", "code_version", "engines", "row_counts", "table_hashes", "validation")
    inputs = manifest.get("inputs", [])
    return document(request, {**{part: manifest.get(part) for part in parts}, "input_count": len(inputs)})


@router.get("/v1/tables", summary="Tables")
async def tables(request: Request, _: Nothing) -> Response:
    """Every table of the release: what a row is and how to use it, in both languages.

    — Tiếng Việt: Mọi bảng của bản phát hành: mỗi dòng là gì và cách dùng, bằng hai ngôn ngữ.
    """
    found = release_of(request).catalogue.tables.values()
    return document(request, {"tables": [table.as_dict() for table in found]})


@router.get("/v1/tables/{table}", summary="The columns of a table, and its rows")
async def table_rows(request: Request, table: TablePath) -> Response:
    """Any table: JSON has the meaning of the columns and the rows, the other forms the rows. Each column is a filter:
    `?unit_code=ha_noi`, repeated for alternatives.

    — Tiếng Việt: Một bảng bất kỳ: JSON gồm ý nghĩa các cột và các dòng, các dạng khác chỉ gồm các dòng. Lọc theo cột
    bất kỳ: `?unit_code=ha_noi`, lặp lại để lấy nhiều giá trị.
    """
    found = release_of(request).catalogue.table(table)
    asked, conditions = _filters(request, found)
    about = {
        "description_en": found.description_en,
        "description_vi": found.description_vi,
        "columns": [column.as_dict() for column in found.columns.values()],
    }
    return await table_page(request, _runner(request), table, asked, conditions=conditions, about=about)


def _filters(request: Request, table: Table) -> tuple[Page, tuple[Condition, ...]]:
    """The place in the table and the conditions on its columns; a name that is neither is refused with the SQL."""
    place: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name in Page.model_fields:
            place[name] = value
        else:
            values.setdefault(name, []).append(value)
    try:
        asked = Page.model_validate(place)
    except ValidationError as error:
        raise invalid([{**item, "loc": ("query", *item["loc"])} for item in error.errors()]) from None
    return asked, tuple(Condition(name, tuple(found)) for name, found in values.items())


def invalid(errors: Any) -> Problem:
    """The problem for parameters that are not what they must be, from what the checks found."""
    found = tuple(
        {"parameter": ".".join(str(part) for part in item["loc"][1:]), "message": str(item["msg"])} for item in errors
    )
    names = ", ".join(dict.fromkeys(item["parameter"] for item in found))
    return Problem(
        "invalid_parameters", f"See `errors`: {names}.", f"Xem `errors` về các tham số: {names}.", errors=found
    )


@router.get("/healthz", summary="Whether the API answers")
async def health(request: Request, _: Nothing) -> Response:
    """200 and the release that is served.

    — Tiếng Việt: 200 và bản phát hành đang phục vụ.
    """
    return document(request, {"status": "ok"})


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request, _: Nothing) -> Response:
    """The description of the API for the release that is served."""
    release = release_of(request)
    described = await _runner(request).run(
        release, lambda connection: openapi_document(request.app, release, connection)
    )
    return json_answer(request, described)
