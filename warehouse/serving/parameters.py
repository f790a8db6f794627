"""What can be asked for in an address: each parameter with its meaning in both languages. Unknown ones are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from warehouse.serving.conditions import Condition
from warehouse.serving.settings import DEFAULT_ROWS, MAX_ALTERNATIVES, MAX_OFFSET, MAX_ROWS

_UNIT = r"^[a-z][a-z0-9_]{0,39}$"
_INDICATOR = r"^[A-Z][A-Z0-9_.]{0,39}$"
_FIRST_YEAR, _LAST_YEAR = 1900, 2200

UnitCode = Annotated[str, Field(pattern=_UNIT)]
IndicatorCode = Annotated[str, Field(pattern=_INDICATOR)]
ReleaseId = Annotated[str, Field(pattern=r"^[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}$")]
Level = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]

UnitPath = Annotated[
    str,
    Path(
        pattern=_UNIT,
        description="A unit's code, as /v1/units lists them. — Tiếng Việt: Mã đơn vị, xem /v1/units.",
    ),
]
IndicatorPath = Annotated[
    str,
    Path(
        pattern=_INDICATOR,
        description="An indicator's code, as /v1/indicators lists them. — Tiếng Việt: Mã chỉ tiêu, xem /v1/indicators.",
    ),
]
YearPath = Annotated[
    int,
    Path(
        ge=_FIRST_YEAR,
        le=_LAST_YEAR,
        description="The year the figure is about. — Tiếng Việt: Năm của số liệu.",
    ),
]
TablePath = Annotated[
    str,
    Path(
        pattern=r"^[a-z][a-z0-9_]{0,79}$",
        description="A table's name, as /v1/tables lists them. — Tiếng Việt: Tên bảng, xem /v1/tables.",
    ),
]


class NoParameters(BaseModel):
    """For addresses that take none."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel):
    """Which rows of the answer, and of which release."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(
        DEFAULT_ROWS,
        ge=1,
        le=MAX_ROWS,
        description="Rows of a page. — Tiếng Việt: Số dòng của một trang.",
    )
    offset: int = Field(
        0,
        ge=0,
        le=MAX_OFFSET,
        description="Rows to pass over; the link to the next page has it. — Tiếng Việt: Số dòng bỏ qua; liên kết tới "
        "trang sau đã có sẵn.",
    )
    release: ReleaseId | SkipJsonSchema[None] = Field(
        None,
        description="Answer only if this release is current, else 409: so that no page is of another release than the "
        "one before it. — Tiếng Việt: Chỉ trả lời nếu đây là bản phát hành hiện hành, nếu không trả về 409: các trang "
        "luôn thuộc cùng một bản phát hành.",
    )

    def conditions(self) -> tuple[Condition, ...]:
        """What the rows must be."""
        return ()


class UnitPage(Page):
    """Filters of /v1/units."""

    unit_type: Literal["province", "ministry", "region", "national"] | SkipJsonSchema[None] = Field(
        None, description="Only this kind of unit. — Tiếng Việt: Chỉ loại đơn vị này."
    )
    is_current: bool | SkipJsonSchema[None] = Field(
        None,
        description="Only units that exist today (true), or no longer (false). — Tiếng Việt: Chỉ đơn vị hiện còn "
        "(true) hoặc không còn (false).",
    )

    def conditions(self) -> tuple[Condition, ...]:
        """What the rows must be."""
        return (*_equal("unit_type", self.unit_type), *_equal("is_current", self.is_current))


class IndicatorPage(Page):
    """Filters of /v1/indicators."""

    index: IndicatorCode | SkipJsonSchema[None] = Field(
        None,
        description="Only indicators of this index. — Tiếng Việt: Chỉ các chỉ tiêu của bộ chỉ số này.",
    )
    level: Level | SkipJsonSchema[None] = Field(
        None,
        description="Only of this level, e.g. `total`. — Tiếng Việt: Chỉ cấp này, ví dụ `total`.",
    )

    def conditions(self) -> tuple[Condition, ...]:
        """What the rows must be."""
        return (*_equal("index_code", self.index), *_equal("indicator_level", self.level))


class FigurePage(Page):
    """Filters of /v1/series and /v1/yoy."""

    unit: list[UnitCode] = Field(
        default_factory=list,
        max_length=MAX_ALTERNATIVES,
        description="Only this unit; several times for several. — Tiếng Việt: Chỉ đơn vị này; lặp lại để lấy nhiều "
        "đơn vị.",
    )
    indicator: list[IndicatorCode] = Field(
        default_factory=list,
        max_length=MAX_ALTERNATIVES,
        description="Only this indicator; several times for several. — Tiếng Việt: Chỉ chỉ tiêu này; lặp lại để lấy "
        "nhiều chỉ tiêu.",
    )
    boundary: Literal["published", "2025", "all"] = Field(
        "published",
        description="The map: of the source (`published`), of 34 provinces (`2025`), or both (`all`: each figure "
        "stands there twice). — Tiếng Việt: Bản đồ của nguồn (`published`), bản đồ 34 tỉnh, thành phố (`2025`), hoặc "
        "cả hai (`all`: mỗi số liệu xuất hiện hai lần).",
    )
    from_year: int = Field(_FIRST_YEAR, ge=_FIRST_YEAR, le=_LAST_YEAR, description="First year. — Tiếng Việt: Năm đầu.")
    to_year: int = Field(_LAST_YEAR, ge=_FIRST_YEAR, le=_LAST_YEAR, description="Last year. — Tiếng Việt: Năm cuối.")

    def conditions(self) -> tuple[Condition, ...]:
        """What the rows must be."""
        found = [
            *([Condition("unit_code", tuple(self.unit))] if self.unit else []),
            *([Condition("indicator_code", tuple(self.indicator))] if self.indicator else []),
        ]
        if self.boundary != "all":
            found.append(Condition("boundary", (self.boundary,)))
        if self.from_year != _FIRST_YEAR:
            found.append(Condition("data_year", (self.from_year,), ">="))
        if self.to_year != _LAST_YEAR:
            found.append(Condition("data_year", (self.to_year,), "<="))
        return tuple(found)


def _equal(column: str, value: str | bool | None) -> tuple[Condition, ...]:
    return () if value is None else (Condition(column, (value,)),)
