"""Reading a stretch of time again: which archived documents of a source belong to it. Nothing else is touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from warehouse.errors import Misused

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_PERIOD = re.compile(r"((?:19|20)\d{2})(?:-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True)
class Stretch:
    """Of `source`, the time from `first` to `last`, both included: first and last month as year * 12 + month."""

    source: str
    first: int
    last: int

    @classmethod
    def of(cls, source: str, first: str, last: str | None = None) -> Stretch:
        """From and to as people write them: 2019 or 2025-03; without an end, that year or month alone.

        Raises:
            Misused: neither a year nor a month, or the end lies before the beginning.
        """
        begins, ends = _months(first)[0], _months(last or first)[1]
        if begins > ends:
            raise Misused(f"{first} lies after {last}")
        return cls(source, begins, ends)

    @classmethod
    def from_params(cls, params: Mapping[str, Any], sources: Iterable[str]) -> Stretch | None:
        """What a DAG run was told (`source`, `from`, `to`); None where it was told nothing and does what is pending.

        Raises:
            Misused: it was told a part, or something that is no period or source.
        """
        known = sorted(sources)
        source = params.get("source") or (known[0] if len(known) == 1 else None)
        first, last = params.get("from"), params.get("to")
        if not first and not last and not params.get("source"):
            return None
        if source not in known or not first:
            raise Misused(f"to read again, say source ({', '.join(known)}) and from; to is optional")
        return cls.of(source, str(first), str(last) if last else None)

    @property
    def first_month(self) -> str:
        """Its first month, as 2025-03."""
        return f"{self.first // 12:04d}-{self.first % 12 + 1:02d}"

    @property
    def last_month(self) -> str:
        """Its last month, as 2025-03."""
        return f"{self.last // 12:04d}-{self.last % 12 + 1:02d}"

    def holds_year(self, year: int) -> bool:
        """Whether any month of `year` belongs to it."""
        return self.first <= year * 12 + 11 and year * 12 <= self.last

    def holds_month(self, year: int, month: int) -> bool:
        """Whether that month (1 to 12) belongs to it."""
        return self.first <= year * 12 + month - 1 <= self.last

    def holds_name(self, file_name: str) -> bool:
        """Whether a file not read so far may belong to it, by a year in its name."""
        return any(self.holds_year(int(year)) for year in _YEAR.findall(file_name))


def _months(text: str) -> tuple[int, int]:
    """The first and the last month of a year or month."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        raise Misused(f"{text!r} is no year (2019) and no month (2025-03)")
    year, month = int(found[1]), found[2]
    return (year * 12, year * 12 + 11) if month is None else (year * 12 + int(month) - 1,) * 2
