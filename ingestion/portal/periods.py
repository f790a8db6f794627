"""The periods the portal is asked for: months, years and, for the rolling score, the week of the asking."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from warehouse.errors import Misused

PeriodKind = Literal["month", "year", "week"]
VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")
_FORM = re.compile(r"(20\d{2})(?:-(0[1-9]|1[0-2])|-W(0[1-9]|[1-4]\d|5[0-3]))?")


@dataclass(frozen=True, order=True)
class Period:
    """`text` is as printed (`2025-09`, `2025`, `2025-W38`); `first` and `last` are its days in Viet Nam."""

    first: date
    last: date
    kind: PeriodKind
    text: str

    @classmethod
    def parse(cls, text: str) -> Period:
        """The period `text` names.

        Raises:
            Misused: it names none.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise Misused(f"{text!r} is no period; a month is written 2025-09, a year 2025, a week 2025-W38")
        year, month, week = (int(part) if part else 0 for part in found.groups())
        if month:
            return cls.month(year, month)
        if not week:
            return cls(date(year, 1, 1), date(year, 12, 31), "year", text)
        try:
            first = date.fromisocalendar(year, week, 1)
        except ValueError:
            raise Misused(f"the year {year} has no week {week}") from None
        return cls(first, first + timedelta(days=6), "week", text)

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """A calendar month."""
        following = date(year + month // 12, month % 12 + 1, 1)
        return cls(date(year, month, 1), following - timedelta(days=1), "month", f"{year}-{month:02d}")

    @classmethod
    def week_of(cls, day: date) -> Period:
        """The ISO week `day` is in."""
        year, week, _ = day.isocalendar()
        return cls.parse(f"{year}-W{week:02d}")

    def has_begun(self, now: datetime) -> bool:
        """Whether there is anything to ask for yet."""
        return self.first <= now.astimezone(VIET_NAM).date()

    def has_ended(self, now: datetime) -> bool:
        """Whether its last day is over."""
        return self.last < now.astimezone(VIET_NAM).date()

    def closes_at(self, settle_days: int) -> datetime:
        """When its figures are taken to be final; the rolling score of a week is never asked for again."""
        days = 0 if self.kind == "week" else settle_days
        return datetime.combine(self.last + timedelta(days=1 + days), time.min, VIET_NAM)


def months_between(first: Period, last: Period) -> list[Period]:
    """All months from `first` to `last`, both included."""
    count = (last.first.year - first.first.year) * 12 + last.first.month - first.first.month + 1
    start = first.first.year * 12 + first.first.month - 1
    return [Period.month((start + offset) // 12, (start + offset) % 12 + 1) for offset in range(max(count, 0))]
