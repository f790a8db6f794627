"""Reading one cell as a number, strictly: what is not plainly a number stays text for a person to judge.

Vietnamese documents write `1.234,5`, English ones `1,234.5`, and both come in one folder. The mark that was read
is handed back, so that the audit can see a document that mixes them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal

CellValue = str | float | int | bool | date | time | timedelta | None
DecimalMark = Literal["comma", "point"]

_SPACES = "\u0020\u00a0\u2009\u202f"
_SIGN = r"(?P<sign>[-\u2212]?)"
#: Tried in this order. One separator alone is the decimal mark; thousands are only believed in full groups of three
#: and beside a decimal mark or another group, because `1.234` is a score in this domain far more often than a count.
_PATTERNS: tuple[tuple[re.Pattern[str], DecimalMark | None], ...] = (
    (re.compile(_SIGN + r"(?P<whole>[0-9]+)"), None),
    (re.compile(_SIGN + r"(?P<whole>[0-9]+)\.(?P<part>[0-9]+)"), "point"),
    (re.compile(_SIGN + r"(?P<whole>[0-9]+),(?P<part>[0-9]+)"), "comma"),
    (re.compile(_SIGN + r"(?P<whole>[0-9]{1,3}(?:\.[0-9]{3})+),(?P<part>[0-9]+)"), "comma"),
    (re.compile(_SIGN + r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+)\.(?P<part>[0-9]+)"), "point"),
    (re.compile(_SIGN + r"(?P<whole>[0-9]{1,3}(?:\.[0-9]{3}){2,})"), "comma"),
    (re.compile(_SIGN + r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3}){2,})"), "point"),
    (re.compile(_SIGN + rf"(?P<whole>[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+)(?:,(?P<part>[0-9]+))"), "comma"),
    (re.compile(_SIGN + rf"(?P<whole>[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+)(?:\.(?P<part>[0-9]+))"), "point"),
    (re.compile(_SIGN + rf"(?P<whole>[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+)"), None),
)
#: What programs (not people) write for very small numbers.
_SCIENTIFIC = re.compile(r"-?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,3}")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class NumberReading:
    """One cell read as a number.

    `text` is the cell's content in NFC, `""` for a blank cell: a blank is neither a number nor wrong. `value` is
    None unless `is_number`. `decimal_mark` is None for number cells and for text without a decimal or grouping mark.
    """

    value: float | None
    text: str
    decimal_mark: DecimalMark | None
    is_number: bool

    @property
    def is_blank(self) -> bool:
        """Whether the cell holds nothing, which is not the same as zero."""
        return not self.text


def read_number(cell_value: CellValue) -> NumberReading:
    """Read a cell's value as a number.

    Booleans, dates, durations, percentages, error cells (`#DIV/0!`) and words (`n/a`) are not numbers. `12,5` and
    `12.5` are both twelve and a half; `1.234,5` and `1,234.5` are told apart by their last mark. A cell formatted
    as a number is taken as it is. Never raises.
    """
    if isinstance(cell_value, int | float) and not isinstance(cell_value, bool):
        return _from_number(cell_value)
    text = cell_text(cell_value)
    if not text or not isinstance(cell_value, str) or len(text) > _LONGEST:
        return NumberReading(None, text, None, is_number=False)
    for pattern, mark in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            whole = re.sub(r"[^0-9]", "", found["whole"])
            part = found.groupdict().get("part")
            value = float(f"{'-' if found['sign'] else ''}{whole}.{part or 0}")
            return NumberReading(value, text, mark, is_number=True)
    if _SCIENTIFIC.fullmatch(text) and math.isfinite(float(text)):
        return NumberReading(float(text), text, "point" if "." in text else None, is_number=True)
    return NumberReading(None, text, None, is_number=False)


_GROUPED = re.compile(rf"[-\u2212]?[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}}|,[0-9]{{3}}|[{_SPACES}][0-9]{{3}})")

_LARGEST_COUNT = 2.0**53
#: The decimal mark that goes with a grouping mark.
_MARK_BESIDE: dict[str, DecimalMark] = {".": "comma", ",": "point"}


def read_count(cell_value: CellValue) -> NumberReading:
    """Read a cell that holds a whole number and nothing else.

    What the reader of any number cannot decide is decided here: a count has no fraction, so `12.345` and `12,345` are
    twelve thousand odd, `12.345,0` too, and `12.5` is no count. Nor is a number so large that not every whole number
    beside it can be told from it. Never raises.
    """
    reading = read_number(cell_value)
    if isinstance(cell_value, str) and _GROUPED.fullmatch(reading.text):
        digits = re.sub(r"[^0-9]", "", reading.text)
        sign = -1.0 if reading.text[0] in "-\u2212" else 1.0
        return NumberReading(sign * float(digits), reading.text, _MARK_BESIDE.get(reading.text[-4]), is_number=True)
    if reading.value is not None and not (reading.value.is_integer() and abs(reading.value) <= _LARGEST_COUNT):
        return NumberReading(None, reading.text, reading.decimal_mark, is_number=False)
    return reading


def cell_text(cell_value: CellValue) -> str:
    """The content of a cell as text in NFC without the spaces around it; `42.0` as `42`, dates in ISO 8601."""
    if cell_value is None:
        return ""
    if isinstance(cell_value, bool):
        return "TRUE" if cell_value else "FALSE"
    if isinstance(cell_value, float):
        return str(int(cell_value)) if cell_value.is_integer() and abs(cell_value) < 1e15 else repr(cell_value)
    if isinstance(cell_value, date | time):
        return cell_value.isoformat()
    return unicodedata.normalize("NFC", str(cell_value)).strip()


def _from_number(number: float) -> NumberReading:
    try:
        value = float(number)
    except OverflowError:
        return NumberReading(None, str(number)[:_LONGEST], None, is_number=False)
    if not math.isfinite(value):
        return NumberReading(None, repr(value), None, is_number=False)
    return NumberReading(value, cell_text(number), None, is_number=True)
