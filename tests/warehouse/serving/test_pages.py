"""Pages: every row once, of one release; and what is too much is refused."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from tests.warehouse.serving.small_release import mart_rows
from warehouse.home import Home
from warehouse.serving.settings import MAX_ROWS, MAX_URL_BYTES


def followed(client: httpx.Client, address: str) -> list[list[dict[str, Any]]]:
    """The pages from `address` on, each linked by the one before."""
    pages, url = [], httpx.URL(address)
    while True:
        answer = client.get(url).raise_for_status()
        pages.append(answer.json()["rows"])
        linked = answer.links.get("next", {}).get("url")
        assert linked == answer.json()["next"]
        if linked is None:
            return pages
        url = answer.url.join(linked)


@pytest.mark.parametrize("limit", [1, 3, 7, 28, 29, 30])
@pytest.mark.parametrize("address", ["/v1/series?boundary=all", "/v1/yoy?boundary=all", "/v1/tables/metric_yoy?"])
def test_pages_hold_every_row_once(client: httpx.Client, small_home: Home, address: str, limit: int) -> None:
    pages = followed(client, f"{address}&limit={limit}")
    key = ("unit_code", "indicator_code", "data_year", "boundary")
    keys = [tuple(row[name] for name in key) for page in pages for row in page]
    assert sorted(keys) == sorted(mart_rows(small_home, "metric_yoy", ", ".join(key)))
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert 0 < len(pages[-1]) <= limit


def test_the_next_page_keeps_the_filters(client: httpx.Client) -> None:
    pages = followed(client, "/v1/series?unit=hue&indicator=PCI&from_year=2013&limit=2")
    assert [[row["data_year"] for row in page] for page in pages] == [[2013, 2014], [2015, 2016], [2017, 2018]]


def test_the_other_forms_are_paged_by_the_link_too(client: httpx.Client) -> None:
    answer = client.get("/v1/units?limit=2", headers={"Accept": "text/csv"})
    rest = client.get(answer.url.join(answer.links["next"]["url"]), headers={"Accept": "text/csv"})
    rows = [list(csv.reader(io.StringIO(page.content.decode("utf-8-sig"), newline="")))[1:] for page in (answer, rest)]
    assert [[row[0] for row in page] for page in rows] == [["ha_noi", "hue"], ["hue_2025"]]
    assert "next" not in rest.links


def test_a_page_of_a_release_that_is_not_current_is_refused(client: httpx.Client) -> None:
    answer = client.get("/v1/units?limit=1&release=20260101T000000000000Z-00000000")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:reform:problem:release_changed")


@pytest.mark.parametrize("limit", [0, -1, MAX_ROWS + 1, "many", ""])
def test_a_page_is_neither_empty_nor_without_end(client: httpx.Client, limit: object) -> None:
    for address in ("/v1/series", "/v1/tables/dim_unit"):
        assert client.get(address, params={"limit": str(limit)}).status_code == 422


def test_an_address_has_a_longest_length(client: httpx.Client) -> None:
    fits = f"/v1/tables/dim_unit?name_vi={'x' * (MAX_URL_BYTES - 27)}"
    assert [client.get(fits).status_code, client.get(fits + "x").status_code] == [200, 414]
