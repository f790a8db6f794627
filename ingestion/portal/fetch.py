"""Fetching one service for one period: all its questions into one WARC file on the archive's doorstep.

Killed at any instant, a fetch has happened as a whole or not at all. What is fetched already and can change no more is
not fetched again.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingestion.portal.catalogue import Service
from ingestion.portal.client import Answer
from ingestion.portal.fetched import FetchKey
from ingestion.portal.paging import Pages
from ingestion.portal.periods import VIET_NAM, Period
from ingestion.portal.portal import Portal
from ingestion.portal.refusing import refused
from ingestion.portal.unit_ids import PortalUnit, units_asked
from ingestion.portal.warc_file import FetchWriter
from warehouse.errors import Misused
from warehouse.home import Home


@dataclass(frozen=True)
class Fetched:
    """A fetch that was made."""

    service: str
    period: str
    scope: str
    file_name: str
    requests: int
    rows: int
    duplicate_rows: int
    bytes: int
    seconds: float


@contextmanager
def one_fetch(home: Home) -> Iterator[None]:
    """Only one process of this home asks the portal: one connection is one connection.

    What a killed fetch left beside its place is cleared away.
    """
    home.build.mkdir(parents=True, exist_ok=True)
    with (home.build / "portal_fetch.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for partial in home.landing.glob("portal*/.*.warc.gz.partial"):
            partial.unlink(missing_ok=True)
        yield


def is_due(period: Period, last: datetime | None, now: datetime, settle_days: int) -> bool:
    """Whether a period is to be fetched by itself.

    A month when it is over, and once more when it has settled, if it was fetched before. A running year once a month. A
    week of the rolling score once, in that week.
    """
    if not period.has_begun(now) or (period.kind == "month" and not period.has_ended(now)):
        return False
    if last is None:
        return True
    closes_at = period.closes_at(settle_days)
    if last >= closes_at or period.kind == "week":
        return False
    if now >= closes_at:
        return True
    here, there = now.astimezone(VIET_NAM), last.astimezone(VIET_NAM)
    return period.kind == "year" and (here.year, here.month) > (there.year, there.month)


def may_change(period: Period, last: datetime | None, settle_days: int) -> bool:
    """Whether a fetch asked for by hand can bring anything the last one did not."""
    return last is None or period.kind == "week" or last < period.closes_at(settle_days)


def fetch_period(home: Home, portal: Portal, service: Service, period: Period, scope: str = "all") -> Fetched:
    """Ask `service` for `period` and put the answers, as one file, into `landing/<source>/`.

    Raises:
        Refused: an answer is none; nothing of the fetch is kept.
        Misused: the period is still to come, a month is not over, a unit's id is not known, or the service answers
            by another kind of period.
    """
    started, begun = portal.now(), time.monotonic()
    if period.kind != service.period_kind:
        raise Misused(f"{service.name} answers by {service.period_kind}, and {period.text} is a {period.kind}")
    if not period.has_begun(started):
        raise Misused(f"{period.text} has not begun yet")
    if period.kind == "month" and not period.has_ended(started):
        raise Misused(f"{period.text} is not over yet: its counts would be those of a part of it")
    key = FetchKey(service.name, period.text, scope)
    path = home.landing / portal.source / key.file_name(started)
    questions = list(_questions(portal, service, period, scope, started))
    requests = rows = unique = 0
    with FetchWriter(path, service=key.service, period=key.period, scope=key.scope, started_at=started) as writer:
        for unit, params in questions:
            subject = f"{service.name} {period.text}" + (f" {unit.unit_code}" if unit else "")
            answers, counted = _answers(portal, service, params, subject)
            for answer in answers:
                _refuse_mismatch(portal, answer, subject)
                writer.add(
                    answer.request,
                    answer.response,
                    requested_at=answer.requested_at,
                    url=answer.url,
                    unit_code=unit.unit_code if unit else None,
                )
                requests += 1
            rows, unique = rows + counted.rows, unique + counted.unique_rows
    return Fetched(
        *(key.service, key.period, key.scope, path.name),
        requests=requests,
        rows=rows,
        duplicate_rows=rows - unique,
        bytes=path.stat().st_size,
        seconds=round(time.monotonic() - begun, 2),
    )


def _questions(
    portal: Portal, service: Service, period: Period, scope: str, now: datetime
) -> Iterator[tuple[PortalUnit | None, dict[str, Any]]]:
    """What is asked: once, or once a unit of the map of the period."""
    year = period.first.year if period.kind != "week" else now.astimezone(VIET_NAM).year
    params = service.base_params(year, period.first.month if period.kind == "month" else 0)
    if not service.per_unit and scope == "all":
        yield None, params
        return
    for unit in units_asked(scope, period.last, is_standin=portal.standin is not None):
        yield unit, {**params, "p_tinh_id": unit.portal_id}


def _answers(portal: Portal, service: Service, params: dict[str, Any], subject: str) -> tuple[Iterator[Answer], Pages]:
    settings = portal.settings
    # A service that does not page answers everything to one question; asked with room for all, its page is never full.
    size = settings.page_size if service.paged else max(settings.page_size, 1000)
    pages = Pages(portal.client, params, subject, page_size=size, max_pages=settings.max_pages)
    return iter(pages), pages


def _refuse_mismatch(portal: Portal, answer: Answer, subject: str) -> None:
    if answer.is_synthetic != (portal.standin is not None):
        found = "an answer marked synthetic" if answer.is_synthetic else "an answer without the mark of the stand-in"
        raise refused("synthetic_mismatch", subject, found, f"answers of the source {portal.source}")
