"""The unit a printed name means on the day a dossier was filed, and the unit it belongs to on the present map."""

from __future__ import annotations

import csv
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingestion.names import UnitResolver
from warehouse.home import REFERENCE_DIR

_TYPES = ("province", "ministry")


@dataclass(frozen=True)
class UnitsOnDays:
    """Between two of `boundaries` no unit begins or ends, so a name means the same on every day of such a period."""

    resolver: UnitResolver
    boundaries: tuple[date, ...]
    successors: dict[str, str]
    last_days: dict[str, date]
    codes: tuple[str, ...]

    @classmethod
    def from_reference(cls, reference_dir: Path = REFERENCE_DIR) -> UnitsOnDays:
        """The units as the reference tables have them."""
        units = _rows(reference_dir / "unit.csv")
        days = {row["valid_from"] for row in units if row["unit_type"] in _TYPES and row["valid_from"]}
        heirs: dict[str, list[str]] = {}
        for row in _rows(reference_dir / "unit_lineage.csv"):
            heirs.setdefault(row["predecessor_code"], []).append(row["successor_code"])
        return cls(
            resolver=UnitResolver.from_reference(reference_dir),
            boundaries=tuple(sorted(date.fromisoformat(day) for day in days)),
            successors={code: found[0] for code, found in heirs.items() if len(found) == 1},
            last_days={row["unit_code"]: date.fromisoformat(row["valid_to"]) for row in units if row["valid_to"]},
            codes=tuple(sorted(row["unit_code"] for row in units if row["unit_type"] in _TYPES)),
        )

    def period_of(self, day: date) -> int:
        """The number of the period `day` is in."""
        return bisect_right(self.boundaries, day)

    def period_sql(self, moment: str) -> str:
        """SQL of the period's number of a timestamp."""
        cases = "".join(f" when {moment} < date '{day}' then {number}" for number, day in enumerate(self.boundaries))
        return f"cast(case when {moment} is null then null{cases} else {len(self.boundaries)} end as utinyint)"

    def code(self, name: str, period: int) -> str | None:
        """The one unit `name` means in that period; None when there is none or more than one."""
        day = self.boundaries[period - 1] if period else date(2000, 1, 1)
        found = {self.resolver.resolve_on(name, unit_type=kind, day=day).unit_code for kind in _TYPES} - {None}
        return found.pop() if len(found) == 1 else None

    def present(self, code: str) -> str:
        """The unit `code` belongs to on the present map: itself, or what it was merged into."""
        seen = {code}
        while (heir := self.successors.get(code)) and heir not in seen:
            seen.add(heir)
            code = heir
        return code


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as reading:
        return list(csv.DictReader(reading))
