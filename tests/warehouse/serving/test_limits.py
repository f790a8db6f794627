"""What a request may cost, and what hostile ones get."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import quote

import duckdb
import httpx
import pytest

from tests.warehouse.serving.small_release import mart_rows
from warehouse.errors import Misused
from warehouse.home import Home
from warehouse.serving.cache import Answer, AnswerCache
from warehouse.serving.problems import Problem
from warehouse.serving.queries import QueryRunner
from warehouse.serving.releases import OpenRelease
from warehouse.serving.settings import ServingSettings

_ENDLESS = "select count(*) from range(1000000000000) t(i) where i % 7 = 3"


@pytest.fixture(scope="module")
def release(small_home: Home) -> OpenRelease:
    return OpenRelease(small_home.current.resolve(), ServingSettings())


def endless(connection: duckdb.DuckDBPyConnection) -> object:
    return connection.execute(_ENDLESS).fetchall()


def test_a_query_that_takes_too_long_is_stopped(release: OpenRelease) -> None:
    runner = QueryRunner(ServingSettings(query_seconds=0.2))
    began = time.monotonic()
    with pytest.raises(Problem) as caught:
        asyncio.run(runner.run(release, endless))
    assert caught.value.kind == "query_too_long"
    assert time.monotonic() - began < 5


def test_more_questions_than_may_wait_are_refused_at_once_and_told_when_to_come_back(release: OpenRelease) -> None:
    runner = QueryRunner(ServingSettings(scans=1, waiting=1, query_seconds=0.3))

    async def four() -> list[object]:
        return await asyncio.gather(*(runner.run(release, endless) for _ in range(4)), return_exceptions=True)

    running, *_, refused = asyncio.run(four())
    assert isinstance(running, Problem)
    assert isinstance(refused, Problem)
    assert (running.kind, refused.kind, refused.headers) == ("query_too_long", "overloaded", {"Retry-After": "1"})


def test_a_question_that_waited_too_long_is_not_blamed_for_it(release: OpenRelease) -> None:
    runner = QueryRunner(ServingSettings(query_seconds=0.2))

    async def two() -> list[object]:
        waits = [runner.run(release, lambda _: time.sleep(0.5)), runner.run(release, endless)]
        return await asyncio.gather(*waits, return_exceptions=True)

    _, waited = asyncio.run(two())
    assert isinstance(waited, Problem)
    assert waited.kind == "overloaded"


def test_a_quick_question_does_not_wait_behind_a_scan(release: OpenRelease) -> None:
    runner = QueryRunner(ServingSettings(query_seconds=1))

    async def both() -> list[object]:
        ended: list[object] = []

        async def scan() -> None:
            with pytest.raises(Problem):
                await runner.run(release, endless)
            ended.append("scan")

        async def quick() -> None:
            ended.append(
                await runner.run(release, lambda connection: connection.execute("select 1").fetchall(), quick=True)
            )

        await asyncio.gather(scan(), quick())
        return ended

    assert asyncio.run(both()) == [[(1,)], "scan"]


def test_a_question_after_one_that_was_stopped_is_answered(release: OpenRelease) -> None:
    runner = QueryRunner(ServingSettings(query_seconds=0.2))

    async def two() -> object:
        with pytest.raises(Problem):
            await runner.run(release, endless)
        return await runner.run(release, lambda connection: connection.execute("select 1").fetchall())

    assert asyncio.run(two()) == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "copy (select 1) to '/tmp/out.csv'",
        "attach '/tmp/other.duckdb' as other",
        "set enable_external_access = true",
        "delete from release.marts.dim_unit",
    ],
)
def test_the_engine_reaches_no_other_file_and_changes_nothing(release: OpenRelease, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        release.cursor().execute(sql)


def test_answers_kept_take_no_more_room_than_they_may() -> None:
    cache = AnswerCache(100_000)
    for number in range(100):
        cache.put(("/", str(number).encode(), "json"), Answer(b"x" * 4_000, b"", ()))
    cache.put(("/", b"huge", "json"), Answer(b"x" * 50_000, b"", ()))
    kept = [number for number in range(100) if cache.get(("/", str(number).encode(), "json"))]
    assert cache.size <= 100_000
    assert kept == list(range(100 - len(kept), 100))
    assert cache.get(("/", b"huge", "json")) is None


def test_the_answer_asked_for_least_recently_is_forgotten_first() -> None:
    cache = AnswerCache(16_100)
    for name in (b"a", b"b", b"a", b"c", b"d", b"e", b"f", b"g", b"h", b"a", b"i"):
        if cache.get(("/", name, "json")) is None:
            cache.put(("/", name, "json"), Answer(b"x" * 1_000, b"", ()))
    assert cache.get(("/", b"a", "json")) is not None
    assert cache.get(("/", b"b", "json")) is None


_HOSTILE = (
    "' or '1'='1",
    "ha_noi'; drop table marts.dim_unit; --",
    "dim_unit union select * from dim_indicator",
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "\x00",
    "ha_noi\x00",
    "\r\nX-Injected: 1",
    "%",
    "${jndi:ldap://x}",
    "😀" * 50,
    "ＤＩＭ＿ＵＮＩＴ",
    "9" * 400,
    "1e999",
    "nan",
    '"',
    "marts.dim_unit",
    "duckdb_settings()",
)


@pytest.mark.parametrize("text", _HOSTILE)
@pytest.mark.parametrize(
    "address",
    [
        "/v1/units/{}",
        "/v1/tables/{}",
        "/v1/trace/{}/PCI/2012",
        "/v1/trace/ha_noi/PCI/{}",
        "/v1/series?unit={}",
        "/v1/series?indicator={}",
        "/v1/series?limit={}",
        "/v1/series?offset={}",
        "/v1/series?release={}",
        "/v1/series?boundary={}",
        "/v1/series?{}=1",
        "/v1/tables/dim_unit?{}=1",
        "/v1/tables/fct_indicator_value?data_year={}",
    ],
)
def test_hostile_text_is_refused_and_goes_into_no_sql_and_no_header(
    client: httpx.Client, address: str, text: str
) -> None:
    answer = client.get(address.format(quote(text, safe="")))
    assert answer.status_code in {404, 409, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert "x-injected" not in answer.headers


@pytest.mark.parametrize("text", _HOSTILE)
def test_hostile_values_are_values(client: httpx.Client, small_home: Home, text: str) -> None:
    before = mart_rows(small_home, "dim_unit", "count(*)")
    answer = client.get("/v1/tables/dim_unit", params={"name_vi": text})
    assert (answer.status_code, answer.json()["rows"]) == (200, [])
    assert mart_rows(small_home, "dim_unit", "count(*)") == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "a" * 5_000},
        {"Accept": ";;;,,,///"},
        {"If-None-Match": '"' * 999},
        {"Host": "evil.example/\\@x"},
        {"X-Forwarded-Host": "evil.example"},
        {"Range": "bytes=0-1"},
    ],
)
def test_hostile_headers_neither_break_an_answer_nor_get_into_one(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    answer = client.get("/v1/units?limit=1", headers=headers)
    assert answer.status_code in {200, 400, 406}
    assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("text", ["many", "-1", "0", "nan", "inf"])
def test_a_setting_that_is_no_number_above_0_is_refused(text: str) -> None:
    with pytest.raises(Misused, match="REFORM_API_SCANS"):
        ServingSettings.from_environment({"REFORM_API_SCANS": text})
