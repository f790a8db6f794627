"""Rows as JSON, CSV, Parquet and Arrow: the same content four times, described in both languages where that fits."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
import pyarrow as pa
from pyarrow import ipc
from pyarrow import parquet as pq

from warehouse.serving.catalogue import Table
from warehouse.serving.negotiation import MEDIA_TYPES
from warehouse.spreadsheets import harmless

#: Naive times in the marts are UTC; they are written as such.
_JSON = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z
_NEEDS_QUOTES = frozenset(',"\r\n')
_BOM = b"\xef\xbb\xbf"


def as_json(document: dict[str, Any]) -> bytes:
    """JSON without NaN or infinity (both become null); decimals as numbers."""
    return orjson.dumps(document, default=float, option=_JSON)


def json_page(document: dict[str, Any], names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> bytes:
    """`document` with the rows as objects under `rows`."""
    return as_json({**document, "rows": [dict(zip(names, row, strict=True)) for row in rows]})


def csv_page(names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> bytes:
    """CSV (RFC 4180) with a header and a byte order mark, without which Excel takes Vietnamese for another encoding.

    Null is nothing between the commas, an empty text is `""`. A text a spreadsheet would run as a formula has an
    apostrophe before it; numbers never do.
    """
    lines = [",".join(names)]
    lines += [",".join([_cell(value) for value in row]) for row in rows]
    return _BOM + ("\r\n".join(lines) + "\r\n").encode()


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat() + ("" if value.tzinfo else "Z")
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return str(value)
    text = harmless(value)
    return '"' + text.replace('"', '""') + '"' if not text or not _NEEDS_QUOTES.isdisjoint(text) else text


def with_descriptions(rows: pa.Table, table: Table, release_id: str) -> pa.Table:
    """`rows` with the meaning of table and columns, in both languages, and the release in the schema."""
    fields = []
    for field in rows.schema:
        column = table.columns[field.name]
        texts = {"description_en": column.description_en, "description_vi": column.description_vi}
        fields.append(field.with_metadata(texts))
    about = {
        "release_id": release_id,
        "table": table.name,
        "description_en": table.description_en,
        "description_vi": table.description_vi,
    }
    return rows.cast(pa.schema(fields, metadata=about))


def arrow_stream(table: pa.Table) -> bytes:
    """The Arrow streaming format."""
    sink = io.BytesIO()
    with ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def parquet_file(table: pa.Table) -> bytes:
    """One zstd Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def content_type(representation: str) -> str:
    """The `Content-Type` of a representation."""
    extra = "; charset=utf-8; header=present" if representation == "csv" else ""
    return MEDIA_TYPES[representation] + extra
