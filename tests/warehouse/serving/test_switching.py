"""The release changes under load, and no reader meets anything but a whole one."""

from __future__ import annotations

import threading
import time
from collections import Counter

import httpx
import pytest
from typer.testing import CliRunner

from cli.main import app as reform
from tests.warehouse.serving.small_release import publish_small, served
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.release import switch
from warehouse.serving.releases import OpenRelease
from warehouse.serving.settings import ServingSettings

_QUICK = ServingSettings(look_seconds=0.02)
_SERIES = "/v1/series?unit=ha_noi&indicator=PCI&to_year=2012"


def wait_for(address: str, release_id: str) -> httpx.Response:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = httpx.get(address + _SERIES)
        if answer.headers["x-release-id"] == release_id:
            return answer
        time.sleep(0.01)
    raise AssertionError(f"{release_id} was not served")


def test_no_request_fails_and_no_answer_is_mixed_while_releases_are_published_and_rolled_back(home: Home) -> None:
    values = {publish_small(home): 50.0}
    stop, wrong, seen = threading.Event(), list[object](), Counter[str]()

    def reader(address: str, number: int) -> None:
        with httpx.Client(base_url=address) as client:
            while not stop.is_set():
                number += 1
                answer = client.get(_SERIES if number % 2 else f"{_SERIES}&limit={number % 9_000 + 1}")
                release_id = answer.headers["x-release-id"]
                seen[release_id] += 1
                body = answer.json()
                if answer.status_code != 200 or body["release_id"] != release_id:
                    wrong.append(answer)
                elif release_id in values and body["rows"][0]["value"] != values[release_id]:
                    wrong.append(body)

    with served(home, _QUICK) as address:
        threads = [threading.Thread(target=reader, args=(address, 2_000 * number)) for number in range(4)]
        for thread in threads:
            thread.start()
        for value in (60.0, 70.0):
            release_id = publish_small(home, value)
            values[release_id] = value
            wait_for(address, release_id)
        for release_id in (*values, *values):
            switch(home, release_id)
            wait_for(address, release_id)
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert set(seen) == set(values)


def test_what_a_client_holds_of_the_release_before_is_sent_anew(home: Home) -> None:
    publish_small(home)
    with served(home, _QUICK) as address:
        first = httpx.get(address + _SERIES)
        wait_for(address, publish_small(home, 60.0))
        again = httpx.get(address + _SERIES, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.json()["rows"][0]["value"]) == (200, 60.0)


def test_a_next_page_from_before_a_publish_is_refused(home: Home) -> None:
    publish_small(home)
    with served(home, _QUICK) as address:
        first = httpx.get(f"{address}/v1/series?limit=5")
        wait_for(address, publish_small(home, 60.0))
        second = httpx.get(first.url.join(first.links["next"]["url"]))
    assert second.status_code == 409


def test_a_release_that_is_damaged_is_not_switched_to(home: Home) -> None:
    good = publish_small(home)
    with served(home, _QUICK) as address:
        damaged = home.releases / "29990101T000000000000Z-00000000"
        damaged.mkdir()
        (damaged / "manifest.json").write_text("{}")
        (damaged / "warehouse.duckdb").write_bytes(b"no database")
        switch(home, damaged.name)
        time.sleep(0.3)
        answer = httpx.get(address + _SERIES)
    assert (answer.status_code, answer.headers["x-release-id"]) == (200, good)


def test_a_release_stays_open_until_the_last_request_on_it_has_ended(home: Home) -> None:
    publish_small(home)
    release = OpenRelease(home.current.resolve(), ServingSettings())
    with release.in_use():
        release.retire()
        assert not release.is_closed
        assert release.cursor().execute("select count(*) from release.marts.dim_unit").fetchall() == [(3,)]
    assert release.is_closed


def test_without_a_release_nothing_is_served(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFORM_HOME", str(home.root))
    for command in ("api", "duckdb"):
        with pytest.raises(EnvironmentBroken, match="reform run"):
            CliRunner().invoke(reform, ["serve", command], catch_exceptions=False)
