"""What readers saw on a day is known, whatever was killed, rolled back or deleted since."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.warehouse.marts import Figure, build
from warehouse.errors import Misused
from warehouse.home import Home
from warehouse.release import publish, switch
from warehouse.release_list import list_releases
from warehouse.release_names import resolve_release
from warehouse.switches import read_switches, seen_at, switches_file

HA_NOI = Figure()
HUE = Figure(unit_code="hue", value=40.0, rank=2)


def publish_figures(home: Home, *figures: Figure) -> str:
    build(home, *figures)
    return publish(home).release_id


def test_as_of_a_date_answers_what_readers_saw_then_roll_backs_included(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    two = publish_figures(home, replace(HA_NOI, value=51.0))
    switch(home, one)
    rolled_back_at = read_switches(home)[-1].switched_at
    three = publish_figures(home, replace(HA_NOI, value=52.0))
    seen = [switch.release_id for switch in read_switches(home)]
    assert seen == [one, two, one, three]
    assert resolve_release(home, rolled_back_at.isoformat()) == one
    assert resolve_release(home, (rolled_back_at - timedelta(microseconds=1)).isoformat()) == two
    assert resolve_release(home, "2999-01-01") == three


def test_releases_older_than_the_log_of_switches_are_dated_by_their_publishing(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    publish_figures(home, replace(HA_NOI, value=51.0))
    switches_file(home).unlink()
    between = list_releases(home)[0]["published_at"]
    assert resolve_release(home, between) == one


def test_a_date_before_the_first_release_is_wrong_use(home: Home) -> None:
    publish_figures(home, HA_NOI)
    with pytest.raises(Misused, match="nothing was published by 2001-01-01"):
        resolve_release(home, "2001-01-01")


def test_the_log_survives_a_torn_line_and_a_switch_nobody_wrote_down(home: Home) -> None:
    one = publish_figures(home, HA_NOI)
    with switches_file(home).open("a") as stream:
        stream.write('{"switched_at": "2026-')
    two = publish_figures(home, HUE)
    home.current.unlink()
    home.current.symlink_to(Path("releases") / one)
    assert [switch.release_id for switch in read_switches(home)] == [one, two, one]
    switch(home, two)
    assert [switch.release_id for switch in read_switches(home)] == [one, two, one, two]


def test_before_the_first_switch_nothing_was_seen(home: Home) -> None:
    publish_figures(home, HA_NOI)
    assert seen_at(home, datetime(2001, 1, 1, tzinfo=UTC)) is None
