"""A stand-in and a client of it, quick and without waiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ingestion.portal.catalogue import services
from ingestion.portal.client import PortalClient
from ingestion.portal.paging import Pages
from ingestion.portal.portal import open_portal
from ingestion.portal.settings import PortalSettings
from ingestion.portal.standin import Fault, StandIn

SCORE = "report_tinh_766_service"
MONTHLY = "report_by_month_sum_service"


def settings(**changed: Any) -> PortalSettings:
    """Settings under which a test does not wait."""
    quick: dict[str, Any] = {"timeout_seconds": 0.3, "answer_seconds": 1.0, "tries": 3, "max_bytes": 1024 * 1024}
    return PortalSettings().model_copy(update=quick | changed)


@dataclass
class Asking:
    """A client, the stand-in it asks, and how long it would have waited."""

    standin: StandIn
    client: PortalClient
    waited: list[float] = field(default_factory=list)

    def pages(self, service: str = SCORE, *, page_size: int = 100, max_pages: int = 50) -> Pages:
        """All pages of a question about 2025."""
        params = services()[service].base_params(2025, 0)
        return Pages(self.client, params, service, page_size=page_size, max_pages=max_pages)

    def rows(self, **paging: int) -> list[dict[str, Any]]:
        """The rows of all pages."""
        return [row for answer in self.pages(**paging) for row in answer.rows]


@contextmanager
def asking(*faults: Fault, **changed: Any) -> Iterator[Asking]:
    """Ask a stand-in that commits `faults`."""
    waited: list[float] = []
    standin = StandIn(faults=faults)
    with open_portal(settings(**changed), standin=standin, sleep=waited.append) as portal:
        yield Asking(standin, portal.client, waited)
