"""The one shape in which every parser hands over figures, and its raw table.

Grain: one printed figure (a value, a rank, or both) of one unit, indicator and year (or month) in one document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

#: Reading problems a parser reports instead of guessing; the audit quarantines each with its own rule.
PARSE_ISSUES = (
    "not_a_number",
    "name_unresolved",
    "name_ambiguous",
    "unit_of_another_time",  # a name only units bore that had ended, or not begun, by the figure's year
    "year_missing",
    "rank_not_a_number",
    "field_missing",  # a field of the portal's answer that was always there is gone
    "field_unknown",  # one nobody described has come
)

FIGURE_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64(), nullable=False),  # 1.. in reading order; with batch_id the key
        pa.field("unit_text", pa.string(), nullable=False),  # the name as printed, NFC
        pa.field("unit_locator", pa.string(), nullable=False),  # e.g. "Tổng hợp!B3" or "line 2, column Province"
        pa.field("unit_type", pa.string(), nullable=False),  # province | ministry | region | national
        pa.field("unit_code", pa.string()),  # NULL: not resolved, never guessed
        pa.field("unit_candidates", pa.string()),  # nearest names when not resolved
        pa.field("indicator_text", pa.string(), nullable=False),  # the header as printed, NFC
        pa.field("indicator_code", pa.string(), nullable=False),
        pa.field("data_year", pa.int32()),
        pa.field("data_month", pa.int32()),  # 1..12 of a monthly figure; NULL: the figure is of the year
        pa.field("geography_version", pa.string()),  # 64 | 63 | 34; NULL when the unit is not a province
        pa.field("value_text", pa.string()),  # what the cell holds, before reading it as a number
        pa.field("value", pa.float64()),
        pa.field("value_locator", pa.string()),
        pa.field("rank_text", pa.string()),
        pa.field("rank", pa.int32()),
        pa.field("rank_locator", pa.string()),
        pa.field("decimal_mark", pa.string()),  # comma | point | NULL (a number cell, or no fraction)
        pa.field(
            "figure_status", pa.string(), nullable=False
        ),  # printed | derived | suspect | dropped (a correction's word)
        pa.field("source_url", pa.string()),  # where this figure was printed, if the document says so
        pa.field("note", pa.string()),
        pa.field("parse_issue", pa.string()),  # one of PARSE_ISSUES, else NULL
        pa.field("correction_id", pa.string()),  # the last correction that changed this figure, else NULL
    ]
)


@dataclass(frozen=True)
class SourceDocument:
    """One file as received. `source_document_id` is `doc_` and the first 16 hex digits of its SHA-256."""

    source_document_id: str
    sha256: str
    source: str  # pci | papi | annex | portal | portal_standin
    file_name: str
    size_bytes: int
    media_type: str
    received_at: str  # UTC, ISO 8601
    received_from: str


@dataclass(frozen=True)
class AppliedCorrection:
    """What one correction did to one figure of one reading; `old_text` is what the cell holds.

    `new_text` is what is used instead: empty for a dropped figure.
    """

    row_id: int
    correction_id: str
    action: str
    field: str
    place: str
    unit_text: str
    unit_code: str | None
    indicator_code: str
    data_year: int | None
    old_text: str
    new_text: str


@dataclass(frozen=True)
class ParsedBatch:
    """What one document said, before anybody judged it.

    `source_key` names the logical document (`pci:2010`, `papi_csv:2011`, `papi_workbook:2011-2016`,
    `annex:PAR_INDEX:2022:1:xlsx`): a later document with the same key and other bytes supersedes the earlier.
    `batch_id` is `b_` and 16 hex digits of a hash over document hash, source_key and layout version, so that
    the same bytes read the same way are the same batch.
    """

    batch_id: str
    document: SourceDocument
    dataset: str  # which suite judges it: pci | papi_csv | papi_workbook | annex | portal_score | portal_month
    source_key: str
    layout_id: str
    reader: str  # the library that read the file, with its version
    data_years: tuple[int, ...]
    published_at: date | None
    publisher: str | None
    title: str | None
    sheets_read: tuple[str, ...]
    sheets_skipped: tuple[str, ...]  # each with the reason, "name: reason"
    figures: pa.Table  # FIGURE_SCHEMA
    corrections: tuple[AppliedCorrection, ...] = ()
    fetched_at: datetime | None = None  # UTC, when a service was asked; None: nobody was asked, a file came
