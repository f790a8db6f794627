"""What the API says: right content, named release, refusals people can act on."""

from __future__ import annotations

import httpx
import pytest

from tests.warehouse.serving.small_release import mart_rows, served
from warehouse.home import Home
from warehouse.serving.settings import ServingSettings
from warehouse.trace import trace_figure

ADDRESSES = (
    "/healthz",
    "/openapi.json",
    "/v1/units",
    "/v1/units/hue",
    "/v1/indicators",
    "/v1/indicators/PCI",
    "/v1/series?unit=ha_noi&indicator=PCI",
    "/v1/yoy?unit=ha_noi&indicator=PCI",
    "/v1/trace/ha_noi/PCI/2012",
    "/v1/release",
    "/v1/tables",
    "/v1/tables/dictionary",
)
SECURITY = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_names_its_release_in_its_header_and_in_its_body(
    client: httpx.Client, small_home: Home, address: str
) -> None:
    answer = client.get(address)
    body = answer.json()
    assert answer.status_code == 200
    assert {answer.headers["x-release-id"], body.get("release_id", body.get("x-release-id"))} == {
        small_home.current.resolve().name
    }


@pytest.mark.parametrize("address", [*ADDRESSES, "/nowhere", "/v1/units/nobody", "/v1/units?wrong=1"])
def test_answers_and_refusals_carry_the_security_headers_and_let_no_other_origin_read(
    client: httpx.Client, address: str
) -> None:
    headers = client.get(address, headers={"Origin": "https://example.org"}).headers
    assert SECURITY.items() <= headers.items()
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert not {name for name in headers if name.startswith("access-control") or name == "server"}


def test_a_setting_lets_other_origins_read_also_answers_already_made(small_home: Home) -> None:
    settings = ServingSettings(cors_origins=("https://example.org",))
    with served(small_home, settings) as address:
        answers = [httpx.get(f"{address}/v1/units", headers={"Origin": "https://example.org"}) for _ in range(2)]
    assert [answer.headers["access-control-allow-origin"] for answer in answers] == ["https://example.org"] * 2


def test_series_hold_the_figures_of_one_map_in_the_order_of_their_key(client: httpx.Client, small_home: Home) -> None:
    rows = client.get("/v1/series", params={"from_year": 2013, "to_year": 2015}).json()["rows"]
    key = "unit_code, indicator_code, data_year, boundary"
    expected = mart_rows(
        small_home,
        "fct_indicator_value",
        f"{key}, value",
        f"where boundary = 'published' and data_year between 2013 and 2015 order by {key}",
    )
    assert [tuple(row[name] for name in (*key.split(", "), "value")) for row in rows] == expected


@pytest.mark.parametrize(("boundary", "values"), [("published", [50.0]), ("2025", [-1.5]), ("all", [-1.5, 50.0])])
def test_one_series_is_of_the_map_asked_for(client: httpx.Client, boundary: str, values: list[float]) -> None:
    asked = {"unit": "ha_noi", "indicator": "PCI", "boundary": boundary, "to_year": 2012}
    assert [row["value"] for row in client.get("/v1/series", params=asked).json()["rows"]] == values


def test_one_series_and_the_same_among_others_are_the_same_rows(client: httpx.Client) -> None:
    alone = client.get("/v1/series?unit=hue&indicator=PCI").json()["rows"]
    among = client.get("/v1/series?unit=hue&unit=ha_noi&indicator=PCI").json()["rows"]
    assert alone == [row for row in among if row["unit_code"] == "hue"]


def test_a_change_that_must_not_be_made_is_null_with_its_reason_in_both_languages(client: httpx.Client) -> None:
    asked = {"unit": "ha_noi", "indicator": "PCI", "from_year": 2013, "to_year": 2013}
    (row,) = client.get("/v1/yoy", params=asked).json()["rows"]
    assert (row["change"], row["not_comparable_reason"]) == (None, "method_changed")
    assert (row["reason_text_en"], row["reason_text_vi"]) == ("Because.", "Vì thế.")


def test_the_way_back_of_a_figure_is_what_the_command_shows(client: httpx.Client, small_home: Home) -> None:
    database = small_home.current / "warehouse.duckdb"
    expected = trace_figure(database, ("ha_noi",), "PCI", 2012)
    answer = client.get("/v1/trace/ha_noi/PCI/2012").json()
    assert expected is not None
    assert set(answer) == {"release_id", *expected}
    assert answer["value"]["value"] == expected["value"]["value"]
    assert [found["locator"] for found in answer["observations"]] == [
        found["locator"] for found in expected["observations"]
    ]


def test_a_unit_says_what_it_was_formed_from_and_what_it_went_into(client: httpx.Client) -> None:
    before, after = (client.get(f"/v1/units/{unit}").json() for unit in ("hue", "hue_2025"))
    assert [unit["unit_code"] for unit in before["successors"]] == ["hue_2025"]
    assert [unit["unit_code"] for unit in after["predecessors"]] == ["hue"]


def test_a_table_explains_its_columns_in_both_languages(client: httpx.Client) -> None:
    table = client.get("/v1/tables/fct_indicator_value?limit=1").json()
    value = next(column for column in table["columns"] if column["name"] == "value")
    assert (table["description_en"], table["description_vi"]) == ("Grain: one figure.", "Mỗi dòng là một số liệu.")
    assert (value["description_en"], value["description_vi"]) == ("The figure.", "Giá trị.")


def test_any_column_of_a_table_filters_and_its_repetition_means_or(client: httpx.Client) -> None:
    rows = client.get("/v1/tables/dim_unit?unit_code=ha_noi&unit_code=hue&is_current=true").json()["rows"]
    assert [row["unit_code"] for row in rows] == ["ha_noi"]


def test_the_description_of_the_api_explains_columns_in_both_languages(client: httpx.Client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    described = schemas["row_fct_indicator_value"]["properties"]
    assert described["value"]["description"] == "The figure. — Tiếng Việt: Giá trị."
    assert "is_synthetic" in described


@pytest.mark.parametrize(
    ("address", "status", "kind"),
    [
        ("/nowhere", 404, "not_found"),
        ("/v1/units/nobody", 404, "unknown_unit"),
        ("/v1/series?unit=nobody", 404, "unknown_unit"),
        ("/v1/series?indicator=NOTHING", 404, "unknown_indicator"),
        ("/v1/trace/ha_noi/PCI/1999", 404, "no_figure"),
        ("/v1/tables/nothing", 404, "unknown_table"),
        ("/v1/tables/dim_unit?nothing=1", 404, "unknown_column"),
        ("/v1/tables/dim_unit?valid_from=never", 422, "invalid_parameters"),
        ("/v1/series?indcator=PCI", 422, "invalid_parameters"),
        ("/v1/series?from_year=12", 422, "invalid_parameters"),
        ("/v1/release?limit=1", 422, "invalid_parameters"),
    ],
)
def test_a_refusal_is_a_problem_in_both_languages_that_nobody_keeps(
    client: httpx.Client, address: str, status: int, kind: str
) -> None:
    answer = client.get(address)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    assert (problem["type"], problem["status"]) == (f"urn:reform:problem:{kind}", status)
    assert problem["detail"] != problem["detail_vi"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_but_reading_is_allowed(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/v1/units")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("address", ["/v1/units?limit=2", "/nowhere"])
def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client, address: str) -> None:
    head, get = client.head(address), client.get(address)
    assert head.content == b""
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


def test_a_copy_that_is_still_right_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/v1/units")
    for known in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = client.get("/v1/units", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


def test_a_copy_in_another_form_is_another_copy(client: httpx.Client) -> None:
    json_tag = client.get("/v1/units").headers["etag"]
    answer = client.get("/v1/units", headers={"If-None-Match": json_tag, "Accept": "text/csv"})
    assert answer.status_code == 200
    assert answer.headers["vary"] == "Accept"
