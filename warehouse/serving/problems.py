"""What goes wrong, as the API says it: problem details (RFC 9457) in English and Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

PROBLEM_MEDIA_TYPE = "application/problem+json"

#: Kind -> (status, title in English, in Vietnamese). A kind is stable: programs may rely on it.
KINDS: dict[str, tuple[int, str, str]] = {
    "not_found": (404, "There is no such address.", "Không có địa chỉ này."),
    "unknown_unit": (404, "There is no unit of this code.", "Không có đơn vị mang mã này."),
    "unknown_indicator": (404, "There is no indicator of this code.", "Không có chỉ tiêu mang mã này."),
    "unknown_table": (404, "The release has no such table.", "Bản phát hành không có bảng này."),
    "unknown_column": (404, "The table has no such column.", "Bảng không có cột này."),
    "no_figure": (404, "The release has no such figure.", "Bản phát hành không có số liệu này."),
    "method_not_allowed": (405, "The API is only read.", "Giao diện này chỉ để đọc."),
    "not_acceptable": (406, "None of the accepted forms is offered here.", "Không có dạng dữ liệu được yêu cầu."),
    "release_changed": (409, "Another release is current.", "Bản phát hành hiện hành đã khác."),
    "url_too_long": (414, "The address is too long.", "Địa chỉ quá dài."),
    "invalid_parameters": (422, "A parameter is not valid.", "Tham số không hợp lệ."),
    "internal": (500, "Something is wrong on this side.", "Máy chủ gặp lỗi."),
    "overloaded": (503, "Too many questions at once.", "Quá nhiều yêu cầu cùng lúc."),
    "no_release": (503, "There is no release to answer from.", "Chưa có bản phát hành."),
    "query_too_long": (504, "The question took too long.", "Yêu cầu mất quá nhiều thời gian."),
}


class Problem(Exception):
    """A request that cannot be answered.

    `kind` is a key of KINDS; the details say what was found and what to do; `errors` names each wrong parameter, where
    it stood and what is wrong with it.
    """

    def __init__(
        self,
        kind: str,
        detail_en: str = "",
        detail_vi: str = "",
        *,
        errors: tuple[dict[str, str], ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind, detail_en)
        self.kind = kind
        self.detail_en = detail_en
        self.detail_vi = detail_vi
        self.errors = errors
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind][0]

    def body(self) -> bytes:
        """The document as sent."""
        status, title, title_vi = KINDS[self.kind]
        document: dict[str, Any] = {
            "type": f"urn:reform:problem:{self.kind}",
            "title": title,
            "title_vi": title_vi,
            "status": status,
            "detail": self.detail_en or title,
            "detail_vi": self.detail_vi or title_vi,
        }
        if self.errors:
            document["errors"] = self.errors
        return orjson.dumps(document)
