"""The steps of fetching, as the DAGs and the command call them: each may be killed, and repeated does nothing twice."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from ingestion.portal.catalogue import Service, services
from ingestion.portal.fetch import fetch_period, is_due, may_change, one_fetch
from ingestion.portal.fetched import FetchKey, last_fetches
from ingestion.portal.periods import VIET_NAM, Period, months_between
from ingestion.portal.portal import STANDIN_WEEKS, Portal, open_portal
from ingestion.portal.refusing import PORTAL_WIDE
from ingestion.portal.settings import PortalSettings
from ingestion.portal.standin import StandIn
from ingestion.portal.unit_ids import provinces_on
from warehouse.errors import Misused, Refused
from warehouse.home import Home

Report = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What is to be fetched. Nothing given: everything that is due. `until`: due months up to that one, and that one
    also where it lies before the first month that is fetched by itself. `first`: no month before that one. `force`:
    also what can change no more.
    """

    period: str | None = None
    unit: str | None = None
    service: str | None = None
    until: str | None = None
    first: str | None = None
    force: bool = False

    @classmethod
    def from_conf(cls, conf: dict[str, Any] | None) -> Wanted:
        """What a DAG run was told.

        Raises:
            Misused: it was told something unknown.
        """
        given = {name: value for name, value in (conf or {}).items() if value is not None}
        unknown = sorted(given.keys() - cls.__dataclass_fields__.keys())
        if unknown:
            raise Misused(f"unknown: {', '.join(unknown)}; known: {', '.join(cls.__dataclass_fields__)}")
        return cls(**given)

    def check(self) -> None:
        """Refuse what nobody can answer, before anything is asked.

        Raises:
            Misused: no such service, unit or period.
        """
        if self.service is not None and self.service not in services():
            raise Misused(f"there is no service {self.service!r}; the services are: {', '.join(sorted(services()))}")
        if self.period is not None:
            kind = Period.parse(self.period).kind
            if self.service is not None and services()[self.service].period_kind != kind:
                raise Misused(f"{self.service} answers by {services()[self.service].period_kind}, not by {kind}")
        if self.unit is not None and not any(self.unit in provinces_on(day) for day in _days_of_maps()):
            raise Misused(f"there is no province {self.unit!r}; codes are those of data/reference/unit.csv")
        if self.unit is not None and self.period is not None:
            day = Period.parse(self.period).last
            if self.unit not in provinces_on(day):
                raise Misused(
                    f"there was no province {self.unit} in {self.period}: after a merger the code ends in _2025"
                )


def fetch_months(
    home: Home, wanted: Wanted, settings: PortalSettings | None = None, *, standin: StandIn | None = None
) -> Report:
    """Fetch the monthly and yearly services for what is wanted, the oldest first.

    Raises:
        Misused: what is wanted does not exist, or a setting is wrong.
    """
    return _fetch(home, wanted, settings, standin, {"month", "year"})


def fetch_weeks(
    home: Home, wanted: Wanted, settings: PortalSettings | None = None, *, standin: StandIn | None = None
) -> Report:
    """Fetch this week's vintage of the rolling score.

    Raises:
        Misused: what is wanted does not exist, or a setting is wrong.
    """
    return _fetch(home, wanted, settings, standin, {"week"})


def _fetch(
    home: Home, wanted: Wanted, settings: PortalSettings | None, standin: StandIn | None, kinds: set[str]
) -> Report:
    wanted.check()
    begun = time.monotonic()
    report: Report = {"fetched": [], "unchanged": 0, "refused": [], "unavailable": False}
    chosen = [item for item in services().values()
              if item.period_kind in kinds and wanted.service in {None, item.name}]  # fmt: skip
    with one_fetch(home), open_portal(settings or PortalSettings.from_environment(), standin=standin) as portal:
        report |= {"source": portal.source, "is_synthetic": portal.standin is not None}
        last = last_fetches(home, portal.source)
        for period, service in _asked(portal, wanted, chosen):
            scope = wanted.unit or "all"
            known = max(
                (moment for moment in (last.get(FetchKey(service.name, period.text, one)) for one in {scope, "all"})
                 if moment is not None),
                default=None,
            )  # fmt: skip
            settle = portal.settings.settle_days
            if wanted.period is not None or wanted.force:
                needed = wanted.force or may_change(period, known, settle)
            else:
                needed = is_due(period, known, portal.now(), settle)
            if not needed:
                report["unchanged"] += 1
            elif not _fetch_one(home, portal, service, period, scope, report):
                break
        report["waiting"] = len(list((home.landing / portal.source).glob("*.warc.gz")))
    return report | {"seconds": round(time.monotonic() - begun, 2)}


def _fetch_one(home: Home, portal: Portal, service: Service, period: Period, scope: str, report: Report) -> bool:
    """Fetch and note what came of it; False when the portal should be left in peace."""
    try:
        if period.kind == "week" and portal.standin is not None:
            day = min(period.first + timedelta(days=2), portal.standin.today)
            with portal.on(day):
                fetched = fetch_period(home, portal, service, period, scope)
        else:
            fetched = fetch_period(home, portal, service, period, scope)
    except Refused as error:
        report["refused"].append(str(error))
        rules = {refusal.rule for refusal in error.refusals}
        report["unavailable"] |= "portal_unavailable" in rules
        return not rules & PORTAL_WIDE
    except Misused as error:
        # One service whose ids are not known keeps none of the others back.
        report["refused"].append(f"{service.name} {period.text}: {error}")
        return True
    report["fetched"].append(asdict(fetched))
    return True


def _asked(portal: Portal, wanted: Wanted, chosen: list[Service]) -> Iterable[tuple[Period, Service]]:
    if wanted.period is not None:
        period = Period.parse(wanted.period)
        if period.kind == "week" and portal.standin is None and period != _weeks(portal)[-1]:
            raise Misused(f"{period.text} is not this week: the portal only says what the score is today")
        periods = [period]
    else:
        periods = [*_months(portal, wanted), *_weeks(portal)]
        periods += [Period.parse(str(year)) for year in sorted({period.first.year for period in periods})]
    return sorted(
        ((period, service) for period in periods for service in chosen if service.period_kind == period.kind),
        key=lambda pair: (pair[0].last, pair[1].name),
    )


def _months(portal: Portal, wanted: Wanted) -> list[Period]:
    first = Period.parse(wanted.first or portal.settings.from_month)
    if wanted.until is not None:
        last = Period.parse(wanted.until)
        return months_between(first, last) or [last]
    today = portal.now().astimezone(VIET_NAM).date()
    return months_between(first, Period.month(today.year, today.month))


def _weeks(portal: Portal) -> list[Period]:
    today = portal.now().astimezone(VIET_NAM).date()
    back = range(STANDIN_WEEKS - 1, -1, -1) if portal.standin is not None else (0,)
    return [Period.week_of(today - timedelta(weeks=weeks)) for weeks in back]


def _days_of_maps() -> Iterable[Any]:
    return (Period.parse("2024-12").last, Period.parse("2025-12").last)
