"""Which releases stay: the latest, one a month before them, and always the current one and the one before it.

The archive is never thinned out, and neither is `marts.metric_vintage`: what a figure was in a release that is gone is
still known, only its other tables are not.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse.errors import Misused
from warehouse.home import Home
from warehouse.release_list import current_release, list_releases

KEEP_LAST = "REFORM_KEEP_RELEASES"
KEEP_MONTHS = "REFORM_KEEP_MONTHS"
_DAYS_LOOKED_BACK = 30


@dataclass(frozen=True)
class Policy:
    """The last `last` releases, and the last one of each of the `months` months before; None: everything stays."""

    last: int | None
    months: int = 0

    @classmethod
    def from_environment(cls) -> Policy:
        """`REFORM_KEEP_RELEASES` (unset: all) and `REFORM_KEEP_MONTHS` (unset: 24).

        Raises:
            Misused: one of them is not a whole number from 1.
        """
        last = _whole_number(KEEP_LAST, None)
        return cls(last, _whole_number(KEEP_MONTHS, 24) or 0)


@dataclass(frozen=True)
class Forecast:
    """What the disk has left: growth of the last 30 days, and the days until it is full at that pace (None: never)."""

    free_bytes: int
    bytes_a_day: float
    days_left: float | None


def releases_to_remove(home: Home, policy: Policy) -> list[str]:
    """The ids of the releases the policy does not keep, oldest first."""
    if policy.last is None:
        return []
    releases = [(item["release_id"], datetime.fromisoformat(item["published_at"])) for item in list_releases(home)]
    ids = [release_id for release_id, _ in releases]
    kept = set(ids[-policy.last :])
    last_of_month = {(moment.year, moment.month): release_id for release_id, moment in releases}
    months = sorted(last_of_month)[-policy.months :] if policy.months else []
    kept |= {last_of_month[month] for month in months}
    current = current_release(home)
    if current is not None:
        place = ids.index(current.name)
        kept |= {ids[place], *ids[max(place - 1, 0) : place]}
    return [release_id for release_id in ids if release_id not in kept]


def remove_releases(home: Home, release_ids: list[str]) -> int:
    """Remove whole releases; returns the bytes set free. A reader that has one open keeps it to its end.

    Raises:
        Misused: one of them is the current one.
    """
    current = current_release(home)
    freed = 0
    for release_id in release_ids:
        folder = home.releases / release_id
        if current is not None and folder.resolve() == current:
            raise Misused(f"{release_id} is the current release; it is not removed")
        freed += _size(folder)
        # First out of sight, then gone: a kill in between leaves no half release under a release's name.
        hidden = home.releases / f".{release_id}.partial"
        folder.replace(hidden)
        shutil.rmtree(hidden)
    return freed


def forecast(home: Home, now: datetime | None = None) -> Forecast:
    """How the disk of the home fills: releases and documents of the last 30 days."""
    since = (now or datetime.now(UTC)) - timedelta(days=_DAYS_LOOKED_BACK)
    grown = sum(
        _size(home.releases / item["release_id"])
        for item in list_releases(home)
        if datetime.fromisoformat(item["published_at"]) >= since
    )
    grown += sum(
        path.stat().st_size for path in home.archive.glob("*/*/content") if path.stat().st_mtime >= since.timestamp()
    )
    existing = next(parent for parent in [home.root, *home.root.parents] if parent.exists())
    free = shutil.disk_usage(existing).free
    pace = grown / _DAYS_LOOKED_BACK
    return Forecast(free, pace, free / pace if pace else None)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _whole_number(variable: str, otherwise: int | None) -> int | None:
    given = os.environ.get(variable, "").strip()
    if not given:
        return otherwise
    if not given.isdecimal() or int(given) < 1:
        raise Misused(f"{variable} is {given!r}; it is a whole number from 1")
    return int(given)
