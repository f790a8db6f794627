"""The rows of a fetch with the place each was found at; a row that came twice is one row, and that is noted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingestion.portal.answers import NotRows, rows_of
from ingestion.portal.refusing import refused
from ingestion.portal.warc_file import Exchange, Fetch

#: More fields nobody described than this in one row are no drift but another answer.
MAX_FIELDS = 200


@dataclass
class Row:
    """One row. `place` is the record in the file and the JSON path; `asked_unit` the unit the question was about."""

    place: str
    values: dict[str, Any]
    asked_unit: str | None
    copies: tuple[str, ...] = ()


def rows_in(fetch: Fetch, file_name: str) -> list[Row]:
    """Every row of `fetch` in the order received, equal rows about the same unit once.

    Raises:
        Refused: an answer is not a list of rows, or a row has more fields than any answer of the portal.
    """
    rows: dict[bytes, Row] = {}
    for exchange in fetch.exchanges:
        for place, values in _rows_of(exchange, file_name):
            key = _content(exchange.unit_code, values, file_name, place)
            known = rows.get(key)
            if known is None:
                rows[key] = Row(place, values, exchange.unit_code)
            else:
                known.copies += (place,)
    return list(rows.values())


def located_rows(fetch: Fetch, file_name: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every row as it stands: the record with the path of its list, its place in the list from 0, and its fields.

    Raises:
        Refused: as `rows_in`.
    """
    for exchange in fetch.exchanges:
        for place, values in _rows_of(exchange, file_name):
            listed, _, number = place.rstrip("]").rpartition("[")
            yield listed, int(number), values


def _content(unit_code: str | None, values: dict[str, Any], file_name: str, place: str) -> bytes:
    """What two equal rows about the same unit have in common."""
    try:
        return json.dumps([unit_code, values], sort_keys=True, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair is allowed in JSON and is no text.
        raise refused("portal_not_json", file_name, "half a character", "text in Unicode", place) from None


def _rows_of(exchange: Exchange, file_name: str) -> list[tuple[str, dict[str, Any]]]:
    record = f"record {exchange.record_no}"
    try:
        answered = rows_of(exchange.body)
    except NotRows as error:
        raise refused(error.rule, file_name, error.found, "a list of rows", record) from None
    root = "$.data" if exchange.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" else "$"
    found = [(f"{record} {root}[{index}]", values) for index, values in enumerate(answered.rows)]
    for place, values in found:
        if len(values) > MAX_FIELDS:
            raise refused(
                "portal_not_json", file_name, f"a row of {len(values)} fields", f"at most {MAX_FIELDS}", place
            )
    return found
