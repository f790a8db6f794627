"""Telling events: each piece of news once through every channel, whoever reports it and however often.

Nothing here fails because a mail server is down: what could not be delivered is written down and tried again at the
next occasion, and the caller's work goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.alerts.channels import Channel, NotDelivered, configured_channels
from warehouse.alerts.event import Event, now
from warehouse.alerts.ledger import Ledger
from warehouse.alerts.occasions import several
from warehouse.alerts.settings import AlertSettings
from warehouse.home import Home

#: News of one moment that are told one by one; more than that become one message.
MOST_AT_ONCE = 10

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """What one channel did with one event; `reason` says why it did not take it, and is empty when it did."""

    event: Event
    channel: str
    where: str
    reason: str = ""


def tell(home: Home, events: Sequence[Event], settings: AlertSettings | None = None) -> list[Delivery]:
    """Tell what is news among `events`, and what earlier occasions could not deliver.

    Returns what was attempted now; empty where no channel is configured.

    Raises:
        Misused: the settings are wrong.
        EnvironmentBroken: another process delivers and does not end; the news is written down.
    """
    settings = settings or AlertSettings.from_environment()
    channels = configured_channels(settings)
    if not channels:
        return []
    ledger = Ledger(home)
    with ledger.locked("sent"):
        known, moment = ledger.read(), now()
        fresh = {event.key: event for event in events}
        news = [
            event
            for key, event in fresh.items()
            if key not in known or not known[key].covers(event, moment, settings.remind_days)
        ]
        names = tuple(channel.name for channel in channels)
        keep = len(news) if len(news) <= MOST_AT_ONCE else MOST_AT_ONCE - 1
        apart, together = news[:keep], news[keep:]
        ledger.note_events(together, ())
        ledger.note_events([*apart, *([several(together)] if together else [])], names)
    return _deliver(ledger, channels)


def _deliver(ledger: Ledger, channels: Sequence[Channel]) -> list[Delivery]:
    done = []
    with ledger.locked("sending"):
        waiting = [told for told in ledger.read().values() if told.waiting(now())]
        for channel in channels:
            for told in waiting:
                if channel.name not in told.waiting(now()):
                    continue
                delivery, is_down = _attempt(channel, told.event)
                done.append(delivery)
                if delivery.reason:
                    ledger.note_failed(told.event.key, channel.name, delivery.reason)
                    _log.warning("alert not delivered by %s: %s", channel.name, delivery.reason)
                else:
                    ledger.note_delivered(told.event.key, channel.name)
                if is_down:
                    break  # the rest waits for the next occasion, and this one ends in bounded time
    return done


def try_channels(settings: AlertSettings, event: Event) -> list[Delivery]:
    """Send `event` through each configured channel, remembered nowhere: to see whether they work."""
    return [_attempt(channel, event)[0] for channel in configured_channels(settings)]


def _attempt(channel: Channel, event: Event) -> tuple[Delivery, bool]:
    """What came of it, and whether the channel is down rather than unwilling."""
    try:
        channel.send(event)
    except NotDelivered as error:
        return Delivery(event, channel.name, channel.where, str(error)), error.passing
    return Delivery(event, channel.name, channel.where), False
