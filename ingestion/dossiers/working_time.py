"""Working time: which days offices work, and how many working minutes lie before each.

The difference of two positions on this scale is the working time between two moments, whatever weekends and holidays
lie between them. A time limit that ends on a day off ends with the next working day (Civil Code 2015, article 148(5)).
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from ingestion.dossiers.layout import DOSSIER_REFERENCE
from warehouse.errors import EnvironmentBroken

#: The models have columns for a morning and an afternoon.
MAX_SPANS = 2
_LABOUR_CODE = "Labour Code 2019, article 112, by the library holidays {version}"


@dataclass(frozen=True)
class WorkingDay:
    """One day. `minutes_before` are the working minutes of all days before it, `due_until` the position at which a
    time limit ends that names only this day. `reason` says why it is (not) worked where the weekday does not.
    """

    day: date
    is_working_day: bool
    minutes: int
    minutes_before: int
    due_until: int
    reason: str
    source: str


@dataclass(frozen=True)
class WorkingHours:
    """Hours as minutes of the day, and the weekdays on which they hold (Monday is 1)."""

    spans: tuple[tuple[int, int], ...]
    weekdays: frozenset[int]
    first: date
    last: date

    @property
    def minutes(self) -> int:
        """Minutes of one working day."""
        return sum(end - start for start, end in self.spans)


@lru_cache(maxsize=4)
def working_hours(folder: Path = DOSSIER_REFERENCE) -> WorkingHours:
    """The hours of `settings.yml`.

    Raises:
        EnvironmentBroken: they overlap, or there are none or more than the models know.
    """
    settings: dict[str, Any] = yaml.safe_load((folder / "settings.yml").read_text("utf-8"))
    spans = tuple((_minute(span["from"]), _minute(span["to"])) for span in settings["working_hours"])
    times = [time for span in spans for time in span]
    if times != sorted(set(times)):
        raise EnvironmentBroken(f"{folder / 'settings.yml'}: working hours overlap or end before they begin")
    if not 1 <= len(spans) <= MAX_SPANS:
        raise EnvironmentBroken(f"{folder / 'settings.yml'}: a day has one or two spans of working hours")
    return WorkingHours(
        spans, frozenset(settings["working_weekdays"]), settings["calendar_from"], settings["calendar_to"]
    )


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


@lru_cache(maxsize=2)
def calendar(folder: Path = DOSSIER_REFERENCE) -> tuple[WorkingDay, ...]:
    """Every day of the settings' span, in order."""
    import holidays

    hours = working_hours(folder)
    public = holidays.country_holidays("VN", years=range(hours.first.year, hours.last.year + 1), language="vi")
    law = _LABOUR_CODE.format(version=version("holidays"))
    swaps = _swaps(folder)
    found: list[tuple[date, bool, str, str]] = []
    day = hours.first
    while day <= hours.last:
        if day in swaps:
            works, source = swaps[day]
            found.append((day, works, "làm bù" if works else "nghỉ hoán đổi", source))
        elif day in public:
            found.append((day, False, str(public[day]), law))
        else:
            # Weekend days the library knows as worked are in working_day_swap.csv too; a test holds them together.
            found.append((day, day.isoweekday() in hours.weekdays, "", "settings.yml"))
        day += timedelta(days=1)
    return _counted(found, hours.minutes)


def _swaps(folder: Path) -> dict[date, tuple[bool, str]]:
    with (folder / "working_day_swap.csv").open(encoding="utf-8", newline="") as reading:
        return {
            date.fromisoformat(row["day"]): (row["is_working_day"] == "true", row["source_url"])
            for row in csv.DictReader(reading)
        }


def _counted(found: list[tuple[date, bool, str, str]], minutes_a_day: int) -> tuple[WorkingDay, ...]:
    days = []
    before = 0
    for day, works, reason, source in found:
        minutes = minutes_a_day if works else 0
        # On a day off the limit runs to the end of the next working day: as many minutes as if this day were worked.
        days.append(WorkingDay(day, works, minutes, before, before + minutes_a_day, reason, source))
        before += minutes
    return tuple(days)


def measure_version(folder: Path = DOSSIER_REFERENCE) -> str:
    """What decides the measures beside dossiers and models: settings, exchanged days, the library's holidays."""
    files = [
        folder / "settings.yml",
        folder / "working_day_swap.csv",
        Path(__file__),
        Path(__file__).with_name("measure_inputs.py"),
    ]
    parts = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return hashlib.sha256(repr((parts, version("holidays"))).encode()).hexdigest()[:16]
