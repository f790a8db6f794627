"""Marks: what a figure must say of itself wherever it is shown or exported.

A figure that was made up, is not final, was worked out by us, corrected, contradicted or withheld, and a change that is
no change, each carry a sign and a sentence. Which marks a row carries follows from its columns alone, by `marks_of`, so
that a page, a report, a terminal and an API cannot disagree about one figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import isnan
from typing import Any, Literal

#: The columns of the marts a mark follows from; an output that shows a figure needs those its table has.
MARK_COLUMNS = (
    "is_synthetic", "figure_status", "value_status", "fetched_at", "is_comparable", "is_total_comparable",
    "is_component_comparable", "not_comparable_reason", "total_not_comparable_reason", "month_not_comparable_reason",
    "year_not_comparable_reason", "weight_basis", "previous_weight_basis", "measure_fit", "value_basis",
    "predecessor_count", "correction_id", "previous_correction_id", "has_conflict", "is_contradicted", "is_suppressed",
    "is_rating_suppressed", "is_complaint_suppressed",
)  # fmt: skip

#: What the rules below read: those, and what some of them are read together with.
_READ = (*MARK_COLUMNS, "boundary", "data_month", "data_year")

_COMPARABLE = ("is_comparable", "is_total_comparable", "is_component_comparable")
_REASONS = ("not_comparable_reason", "total_not_comparable_reason", "month_not_comparable_reason",
            "year_not_comparable_reason")  # fmt: skip
_STATUSES = ("figure_status", "value_status")
#: Weights that are no assumption: the unit is the same one, or a source states the weight.
_FIRM_WEIGHTS = frozenset({"unchanged", "published"})
#: Nothing stands beside the figure, so no change is shown that could mislead.
_NOTHING_TO_COMPARE = frozenset({"previous_missing"})


@dataclass(frozen=True)
class Mark:
    """One mark: its `code`, the `sign` printed at the figure, its name and its sentence in both languages."""

    code: str
    sign: str
    vi: str
    en: str
    long_vi: str
    long_en: str

    def name(self, language: Literal["vi", "en"]) -> str:
        """The short name."""
        return self.en if language == "en" else self.vi

    def sentence(self, language: Literal["vi", "en"]) -> str:
        """What it means for a reader."""
        return self.long_en if language == "en" else self.long_vi


# The signs stand in every common font (the set of Mac Roman), print in black, and differ in shape, not in colour.
_ALL = (
    Mark("synthetic", "◊", "số giả lập", "synthetic",
         "Số liệu do dự án tạo ra để minh họa, không đo lường thực tế.",
         "Made up by this project for demonstration; it measures nothing."),
    Mark("provisional", "°", "chưa chắc chắn", "provisional",
         "Số liệu chưa phải số cuối cùng: tài liệu gốc đáng ngờ, hoặc kỳ báo cáo chưa kết thúc khi lấy số.",
         "Not final: its document is in doubt, or the period was not over when the source was asked."),
    Mark("not_comparable", "≠", "không so sánh được", "not comparable",
         "Không so sánh được với kỳ trước, nên không in mức thay đổi.",
         "It cannot be compared with the period before, so no change is printed."),
    Mark("break_suspected", "¦", "nghi có điểm gãy", "break suspected",
         "Nghi có điểm gãy trong chuỗi số mà không nguồn nào công bố.",
         "A break in the series that nobody announced is suspected."),
    Mark("assumption", "≈", "dựa trên giả định", "assumption",
         "Tính theo một giả định (chẳng hạn các tỉnh cũ có tỷ trọng bằng nhau) vì chưa có cơ sở tốt hơn.",
         "Rests on an assumption (such as equal weights of the former provinces): nothing better is loaded."),
    Mark("derived", "∑", "do tính toán", "derived",
         "Tổng của các phần đã công bố, hoặc số do chính tài liệu tính ra; không nguồn nào in trực tiếp.",
         "The sum of published parts, or worked out by its document; no source prints it."),
    Mark("backcast", "«", "quy về bản đồ 2025", "on the map of 2025",
         "Tính cho đơn vị hành chính hiện nay từ các đơn vị trước sáp nhập; không nguồn nào in số này.",
         "Worked out for the present unit from the units it was formed from; no source prints it."),
    Mark("corrected", "†", "đã đính chính", "corrected",
         "Khác với chữ in trong nguồn theo một đính chính có lý do và người quyết định.",
         "Differs from what the source prints, by a correction with a reason and a name under it."),
    Mark("conflict", "‡", "nguồn mâu thuẫn", "sources disagree",
         "Các nguồn công bố số khác nhau; số không được chọn vẫn xem được ở phần truy nguyên.",
         "Sources publish different figures; those not chosen stay visible in its trail."),
    Mark("suppressed", "×", "không công bố", "suppressed",
         "Không công bố vì có quá ít người trả lời hoặc hồ sơ.",
         "Withheld because too few answers or dossiers stand behind it."),
)  # fmt: skip

MARKS: dict[str, Mark] = {mark.code: mark for mark in _ALL}


def marks_of(row: Mapping[str, Any]) -> tuple[Mark, ...]:
    """The marks a row of any mart carries, in the order of `MARKS`; columns the row does not have say nothing."""
    return _marks_of(tuple(map(row.get, _READ)))


@lru_cache(maxsize=8192)
def _marks_of(read: tuple[Any, ...]) -> tuple[Mark, ...]:
    """The rules. Half a million figures share a few hundred sets of these columns, so each set is judged once."""
    row = dict(zip(_READ, read, strict=True))
    carried = {
        "synthetic": _holds(row, "is_synthetic"),
        "provisional": _any_of(row, _STATUSES, {"suspect", "provisional"}) or _was_not_over(row),
        "not_comparable": _is_not_comparable(row),
        "break_suspected": _any_of(row, _REASONS, {"break_suspected"}),
        "assumption": _rests_on_assumption(row),
        "derived": row.get("value_basis") == "derived" or _any_of(row, _STATUSES, {"derived"}),
        "backcast": _is_backcast(row),
        "corrected": _holds(row, "correction_id") or _holds(row, "previous_correction_id"),
        "conflict": _holds(row, "has_conflict") or _holds(row, "is_contradicted"),
        "suppressed": _any_of(row, _REASONS, {"suppressed"})
        or any(_holds(row, f"is_{part}suppressed") for part in ("", "rating_", "complaint_")),
    }
    return tuple(mark for code, mark in MARKS.items() if carried[code])


def of_value(row: Mapping[str, Any]) -> dict[str, Any]:
    """`row` without what is about its change only: for the marks that stand at the value."""
    return {name: value for name, value in row.items() if "comparable" not in name}


def of_change(row: Mapping[str, Any]) -> dict[str, Any]:
    """What of `row` is about its change only: for the marks that stand at the change, or in its place."""
    return {name: value for name, value in row.items() if "comparable" in name}


def signs_of(row: Mapping[str, Any]) -> str:
    """The signs of a row's marks in a row, to stand right after its figure; empty for a figure without one."""
    return "".join(mark.sign for mark in marks_of(row))


def legend(rows: Iterable[Mapping[str, Any]]) -> tuple[Mark, ...]:
    """Every mark some of `rows` carries, in the order of `MARKS`: what stands below a table that shows them."""
    seen = {mark.code for row in rows for mark in marks_of(row)}
    return tuple(mark for code, mark in MARKS.items() if code in seen)


def _holds(row: Mapping[str, Any], column: str) -> bool:
    """A flag that is set, or a code that is there; as text too, since CSV and query strings carry text."""
    value = row.get(column)
    return value not in (None, False, 0, "", "false", "False", "0") and not (isinstance(value, float) and isnan(value))


def _any_of(row: Mapping[str, Any], columns: Iterable[str], codes: set[str]) -> bool:
    return any(row.get(column) in codes for column in columns)


def _is_not_comparable(row: Mapping[str, Any]) -> bool:
    reasons = {row[column] for column in _REASONS if row.get(column)}
    if reasons:
        return bool(reasons - _NOTHING_TO_COMPARE)
    return any(row.get(column) in (False, "false", "False") for column in _COMPARABLE)


def _rests_on_assumption(row: Mapping[str, Any]) -> bool:
    weights = {row[column] for column in ("weight_basis", "previous_weight_basis") if row.get(column)}
    return bool(weights - _FIRM_WEIGHTS) or row.get("measure_fit") == "nearest"


def _is_backcast(row: Mapping[str, Any]) -> bool:
    """Counts of the portal are added up on the map of 2025; what has one predecessor or none is as the source says."""
    if row.get("value_basis"):
        return bool(row["value_basis"] == "backcast")
    return row.get("boundary") == "2025" and int(row.get("predecessor_count") or 0) > 1


def _was_not_over(row: Mapping[str, Any]) -> bool:
    """Whether a source was asked before the month or year it speaks of had ended."""
    asked = row.get("fetched_at")
    if not isinstance(asked, datetime):
        return False
    month = row.get("data_month")
    if isinstance(month, date):
        return (asked.year, asked.month) <= (month.year, month.month)
    year = row.get("data_year")
    return isinstance(year, int) and asked.year <= year
