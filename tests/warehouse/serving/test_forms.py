"""JSON, CSV, Parquet and Arrow hold the same rows, which are the mart's."""

from __future__ import annotations

import csv
import io
import math
from datetime import date
from typing import Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from tests.warehouse.serving.small_release import AWKWARD, FORMULA, mart_rows
from warehouse.home import Home
from warehouse.serving.negotiation import MEDIA_TYPES, representation
from warehouse.serving.rendering import as_json, csv_page

TABLES = ("fct_indicator_value", "metric_yoy", "dim_unit", "dim_source_document", "dictionary")


def fetched(client: httpx.Client, table: str, form: str) -> httpx.Response:
    answer = client.get(f"/v1/tables/{table}", headers={"Accept": MEDIA_TYPES[form]})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, MEDIA_TYPES[form])
    return answer


def without_nan(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(None if isinstance(value, float) and math.isnan(value) else value for value in row) for row in rows]


@pytest.mark.parametrize("table", TABLES)
def test_arrow_and_parquet_hold_the_rows_of_the_mart(client: httpx.Client, small_home: Home, table: str) -> None:
    expected = without_nan(mart_rows(small_home, table))
    arrow = pa.ipc.open_stream(fetched(client, table, "arrow").content).read_all()
    parquet = pq.read_table(io.BytesIO(fetched(client, table, "parquet").content))
    assert [without_nan([tuple(row.values()) for row in got.to_pylist()]) for got in (arrow, parquet)] == [expected] * 2
    assert parquet.schema.equals(arrow.schema, check_metadata=True)


@pytest.mark.parametrize("table", TABLES)
def test_json_holds_the_rows_of_the_mart(client: httpx.Client, small_home: Home, table: str) -> None:
    rows = fetched(client, table, "json").json()["rows"]
    expected = without_nan(mart_rows(small_home, table))
    as_text = [[str(value) if isinstance(value, date) else value for value in row] for row in expected]
    got = [[self_or_time(value) for value in row.values()] for row in rows]
    assert got == as_text


def self_or_time(value: Any) -> Any:
    return value.removesuffix("Z").replace("T", " ") if isinstance(value, str) and value.endswith("Z") else value


@pytest.mark.parametrize("table", TABLES)
def test_csv_holds_the_rows_of_the_mart(client: httpx.Client, small_home: Home, table: str) -> None:
    text = fetched(client, table, "csv").content.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert header == list(fetched(client, table, "json").json()["rows"][0])
    assert rows == [[as_cell(value) for value in row] for row in without_nan(mart_rows(small_home, table))]


def as_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if hasattr(value, "hour"):
        return f"{value.isoformat()}Z"
    return f"'{value}" if value == FORMULA else str(value)


def test_csv_is_read_by_spreadsheets_as_text_and_runs_nothing(client: httpx.Client) -> None:
    content = fetched(client, "dim_unit", "csv").content
    assert content.startswith(b"\xef\xbb\xbfunit_code,")
    assert content.count(b"\r\n") == 5
    assert '"\'=HYPERLINK(""http://x"",""y"")"' in content.decode()
    assert '"' + AWKWARD.replace('"', '""') + '"' in content.decode()


def test_in_csv_a_negative_number_stays_a_number_and_empty_text_is_not_null() -> None:
    assert csv_page(["a", "b", "c", "d"], [(-1.5, "", None, "-1.5")]).splitlines()[1] == b'-1.5,"",,\'-1.5'


def test_nan_and_infinity_are_null_in_json() -> None:
    assert as_json({"a": [float("nan"), float("inf"), -float("inf")]}) == b'{"a":[null,null,null]}'


@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_typed_forms_carry_the_meaning_of_the_columns_and_the_release(
    client: httpx.Client, small_home: Home, form: str
) -> None:
    content = fetched(client, "fct_indicator_value", form).content
    table = pa.ipc.open_stream(content).read_all() if form == "arrow" else pq.read_table(io.BytesIO(content))
    assert table.schema.metadata[b"release_id"].decode() == small_home.current.resolve().name
    assert table.schema.field("value").metadata[b"description_vi"].decode() == "Giá trị."


def test_documents_are_offered_in_json_only(client: httpx.Client) -> None:
    answer = client.get("/v1/release", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.json()["type"]) == (406, "urn:reform:problem:not_acceptable")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "json"),
        ("text/*", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("application/json;q=0.1, text/csv;q=0.2", "csv"),
        ("application/*, application/json;q=0", "parquet"),
        ("*/*, application/json;q=0, text/csv;q=0.3", "parquet"),
        ("application/vnd.apache.arrow.stream", "arrow"),
        ("image/png", None),
        ("application/json;q=0", None),
        ("application/json;q=nan", None),
        ("application/json;q=-1", None),
        (",".join(["application/json"] * 500), None),
    ],
)
def test_the_accepted_form_is_found(accept: str, form: str | None) -> None:
    assert representation(accept) == form
