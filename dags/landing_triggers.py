"""Watching places where files land: the triggerer looks, so that no worker's slot is held while nothing arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

#: `what` of the trigger that watches the address in REFORM_LANDING_URL; any other names who reads a landing folder.
ADDRESS = "address"
#: Pauses grow up to this while a place cannot be read.
_LONGEST_PAUSE_SECONDS = 900
_SHOWN = 20


class ArrivalsTrigger(BaseEventTrigger):
    """Tells of files that have arrived: those of one reader in the landing folder, or those at the landing address.

    A file has arrived once it lies unchanged over two looks (`ingestion.landing.at_rest`); a burst is one event. What
    it has told it forgets when the triggerer starts anew: a run that finds nothing new does nothing.
    """

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What the triggerer makes it of again; where the address is stays in the environment."""
        return "landing_triggers.ArrivalsTrigger", {"what": self.what}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, tell, wait; for ever."""
        from ingestion.landing.at_rest import Arrivals

        arrivals, failures, before = Arrivals(), 0, None
        while True:
            try:
                seen, poll, settle = await asyncio.to_thread(self._look)
            except Exception as error:
                failures += 1
                self.log.warning("%s: cannot be watched (%s in a row): %s", self.what, failures, error)
                await asyncio.sleep(min(10 * 2**failures, _LONGEST_PAUSE_SECONDS))
                continue
            failures = 0
            news = arrivals.look(seen)
            if news:
                yield TriggerEvent({"what": self.what, "count": len(news), "files": news[:_SHOWN]})
            await asyncio.sleep(poll if seen == before else min(settle, poll))
            before = seen

    def _look(self) -> tuple[dict[str, str], float, float]:
        """What lies there, the seconds between two looks, and those after a look that saw something else."""
        from ingestion.landing.at_rest import marks
        from ingestion.landing.settings import LandingSettings, settle_seconds
        from ingestion.landing.sources import READERS
        from warehouse.home import Home

        home = Home.from_environment()
        if self.what != ADDRESS:
            pause = max(1.0, settle_seconds())
            return marks([home.landing / source for source in READERS[self.what]]), pause, pause
        from ingestion.landing.fetch import new_files

        settings = LandingSettings.from_environment()
        if settings is None:
            return {}, _LONGEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS
        return new_files(settings, home), settings.poll_seconds, max(1.0, settings.settle_seconds)
