"""Old releases go by a policy; what readers have, and the way back from it, never."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.warehouse.marts import Figure, build
from warehouse.errors import Misused
from warehouse.home import Home
from warehouse.release import publish, switch
from warehouse.release_list import current_release, list_releases
from warehouse.retention import KEEP_LAST, Policy, forecast, releases_to_remove, remove_releases


def publish_many(home: Home, count: int) -> list[str]:
    ids = []
    for value in range(count):
        build(home, Figure(value=float(value)))
        ids.append(publish(home).release_id)
    return ids


def test_without_a_policy_every_release_stays(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEEP_LAST, raising=False)
    publish_many(home, 3)
    assert releases_to_remove(home, Policy.from_environment()) == []


def test_the_last_ones_stay(home: Home) -> None:
    ids = publish_many(home, 4)
    assert releases_to_remove(home, Policy(last=2)) == ids[:2]


def test_the_last_of_a_month_stays(home: Home) -> None:
    ids = publish_many(home, 5)
    for release_id in ids[:2]:
        manifest = home.releases / release_id / "manifest.json"
        content = json.loads(manifest.read_text("utf-8"))
        manifest.write_text(json.dumps({**content, "published_at": "2026-01-15T00:00:00+00:00"}), "utf-8")
    assert releases_to_remove(home, Policy(last=1, months=2)) == [ids[0], ids[2]]


def test_after_a_roll_back_the_release_readers_have_and_the_one_before_stay(home: Home) -> None:
    ids = publish_many(home, 5)
    switch(home, ids[2])
    assert releases_to_remove(home, Policy(last=1)) == [ids[0], ids[3]]


def test_a_removed_release_is_wholly_gone_and_the_rest_is_untouched(home: Home) -> None:
    ids = publish_many(home, 3)
    assert remove_releases(home, ids[:1]) > 0
    assert [item["release_id"] for item in list_releases(home)] == ids[1:]
    assert sorted(path.name for path in home.releases.iterdir() if path.is_dir()) == ids[1:]


def test_the_current_release_is_not_removed(home: Home) -> None:
    publish_many(home, 1)
    current = current_release(home)
    assert current is not None
    with pytest.raises(Misused, match="current"):
        remove_releases(home, [current.name])


@pytest.mark.parametrize("text", ["0", "-3", "all"])
def test_a_policy_that_is_no_number_is_wrong_use(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEEP_LAST, text)
    with pytest.raises(Misused, match=KEEP_LAST):
        Policy.from_environment()


def test_the_disk_is_forecast_from_what_was_published(home: Home) -> None:
    publish_many(home, 2)
    seen = forecast(home)
    assert seen.days_left is not None
    assert seen.days_left == pytest.approx(seen.free_bytes / seen.bytes_a_day)


def test_a_home_that_does_not_grow_is_never_full(home: Home) -> None:
    publish_many(home, 1)
    assert forecast(home, datetime.now(UTC) + timedelta(days=60)).days_left is None
