"""The portal that is asked: the real one if a setting names it, else the stand-in, started for the time of a fetch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import SecretStr

from ingestion.portal.client import PortalClient
from ingestion.portal.settings import PortalSettings
from ingestion.portal.standin import StandIn

REAL, STANDIN = "portal", "portal_standin"
#: How many weeks of the rolling score the stand-in is asked for: it can be taken back in time, the real portal cannot.
STANDIN_WEEKS = 4


@dataclass(frozen=True)
class Portal:
    """One portal under its settings. `source` is where its answers belong; `now` is its time."""

    source: str
    settings: PortalSettings
    client: PortalClient
    now: Callable[[], datetime]
    standin: StandIn | None = None

    @contextmanager
    def on(self, day: date) -> Iterator[None]:
        """Take the stand-in to another day; the real portal is always on the present one."""
        assert self.standin is not None
        before = self.standin.today
        self.standin.today = day
        try:
            yield
        finally:
            self.standin.today = before


@contextmanager
def open_portal(
    settings: PortalSettings, *, standin: StandIn | None = None, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Portal]:
    """The portal `settings` name, or the stand-in (`standin`, if it should be one with faults).

    The stand-in lives on a day of its own, and its answers bear that day: nothing about them is of today.
    """
    if not settings.is_standin:
        with PortalClient(settings, sleep=sleep) as client:
            yield Portal(REAL, settings, client, lambda: datetime.now(UTC))
        return
    with standin or StandIn() as server:

        def now() -> datetime:
            return datetime.combine(server.today, datetime.now(UTC).timetz())

        reached = settings.model_copy(
            update={"url": SecretStr(server.url), "proxy": None, "ca": None, "requests_per_second": float("inf")}
        )
        with PortalClient(reached, clock=now, sleep=sleep) as client:
            yield Portal(STANDIN, settings, client, now, server)
