"""The load generator counts what it met: answers, errors, and answers that are not of the release they name."""

from __future__ import annotations

import asyncio
import itertools
from urllib.parse import urlsplit

from bench.serve_api import request
from bench.serve_load import steady_load
from tests.warehouse.serving.small_release import publish_small, served
from warehouse.home import Home


def test_every_request_of_a_steady_load_is_counted_once(home: Home) -> None:
    release_id = publish_small(home)
    asked = itertools.cycle([request("/v1/units"), request("/v1/units/nobody"), request("/v1/series?unit=hue")])
    with served(home) as address:
        outcome = asyncio.run(steady_load(urlsplit(address).port or 0, asked, 300, 1.0, connections=4))
    assert sum(outcome.statuses.values()) == len(outcome.latencies)
    assert abs(outcome.statuses[404] - outcome.statuses[200] / 2) <= 1
    assert (outcome.errors, set(outcome.releases)) == (outcome.statuses[404], {release_id})


def test_an_answer_that_does_not_agree_with_its_release_is_counted(home: Home) -> None:
    publish_small(home)
    asked = itertools.repeat(request("/v1/units"))
    with served(home) as address:
        port = urlsplit(address).port or 0
        outcome = asyncio.run(steady_load(port, asked, 100, 0.3, agrees=lambda _request, _release, answer: False))
    assert outcome.torn == outcome.statuses[200] > 0
