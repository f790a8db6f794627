"""The services of the portal that are asked, and what their answers hold: `data/reference/portal/services.yml`.

Undocumented and not promised by anybody, so it is data that a person changes when the portal does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from warehouse.home import REFERENCE_DIR

SERVICES = REFERENCE_DIR / "portal" / "services.yml"

FieldKind = Literal["count", "share_pct", "score", "rank", "text", "id"]

#: What the public scripts send, beside what a service needs.
_PARAMS: dict[str, Any] = {
    "type": "ref",
    "p_nam": "",
    "p_6thang": 0,
    "p_quy": 0,
    "p_thang": 0,
    "p_tinh_id": "0",
    "p_huyen_id": "0",
    "p_xa_id": "0",
    "p_loaidonvi": 1,
    "loaichitieu": 0,
    "pageIndex": 1,
    "pageSize": 100,
    "p_default": 0,
}


class Field(BaseModel):
    """One field of a row. `indicator` is where its figure goes; none for texts, ids, the rank, and a field whose
    indicator the answer decides (`told_apart`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FieldKind
    vi: str
    en: str
    indicator: str | None = None
    required: bool = False
    told_apart: bool = False
    #: The share the field holds where a field of its name and `_TOTAL` stands beside it.
    share_beside_total: str | None = None


class ToldApart(BaseModel):
    """Two fields of which the answer itself says which is which: one has a value above `limit` somewhere, one nowhere.

    Values above `most` are misprints and decide nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: tuple[str, str]
    limit: float
    most: float
    above: str
    never_above: str


class Service(BaseModel):
    """One service. `per_unit`: one question a unit; `paged`: the answer comes in pages; `reading`: the data set its
    figures go to, `none` where answers are archived only, for the reason given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    name_vi: str
    name_en: str
    period_kind: Literal["month", "year", "week"]
    per_unit: bool
    paged: bool
    reading: Literal["portal_score", "portal_month", "none"]
    reason_vi: str = ""
    reason_en: str = ""
    index: str = ""
    row_unit_field: str | None = None
    unit_words: tuple[str, ...] = ()
    fields: dict[str, Field] = {}
    told_apart: ToldApart | None = None

    @property
    def name(self) -> str:
        """The name the portal knows it by."""
        return self.service

    def base_params(self, year: int, month: int) -> dict[str, Any]:
        """The question for a month, or for a year where `month` is 0."""
        return {**_PARAMS, "p_nam": str(year), "p_thang": month, "service": self.service}


@lru_cache(maxsize=2)
def services(path: Path = SERVICES) -> Mapping[str, Service]:
    """Every service by its name.

    Raises:
        pydantic.ValidationError: the file says something this project does not understand.
    """
    listed = yaml.safe_load(path.read_text("utf-8"))["services"]
    return {item["service"]: Service.model_validate(item) for item in listed}


@lru_cache(maxsize=2)
def catalogue_version(path: Path = SERVICES) -> str:
    """Changes whenever a word of the file does: an answer read under another catalogue is another reading."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
