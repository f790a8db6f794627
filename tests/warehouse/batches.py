"""Small batches for tests: real shapes, few rows."""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa

from warehouse.figures import FIGURE_SCHEMA, ParsedBatch, SourceDocument
from warehouse.load import LoadableBatch


def figures(*rows: dict[str, Any]) -> pa.Table:
    """Rows over sensible defaults."""
    defaults: dict[str, Any] = {
        "unit_text": "Hà Nội",
        "unit_locator": "S!A2",
        "unit_type": "province",
        "unit_code": "ha_noi_2008",
        "indicator_text": "PCI",
        "indicator_code": "PCI",
        "data_year": 2010,
        "geography_version": "63",
        "value_text": "50",
        "value": 50.0,
        "value_locator": "S!B2",
        "figure_status": "printed",
    }
    complete = [
        {**dict.fromkeys(FIGURE_SCHEMA.names), **defaults, "row_id": number, **row}
        for number, row in enumerate(rows, start=1)
    ]
    return pa.Table.from_pylist(complete, schema=FIGURE_SCHEMA)


def document(content: bytes, *, received_at: str = "2026-01-01T00:00:00+00:00", name: str = "x.xlsx") -> SourceDocument:
    """A document with the hash of `content`."""
    sha256 = hashlib.sha256(content).hexdigest()
    return SourceDocument(f"doc_{sha256[:16]}", sha256, "pci", name, len(content), "text/csv", received_at, "test")


def loadable(
    content: bytes,
    *rows: dict[str, Any],
    source_key: str = "pci:2010",
    received_at: str = "2026-01-01T00:00:00+00:00",
    name: str = "x.xlsx",
) -> LoadableBatch:
    """A batch that passed its audit."""
    sent = document(content, received_at=received_at, name=name)
    table = figures(*(rows or ({},)))
    batch = ParsedBatch(
        batch_id=f"b_{hashlib.sha256(content + source_key.encode()).hexdigest()[:16]}",
        document=sent,
        dataset="pci",
        source_key=source_key,
        layout_id="pci_v1",
        reader="test",
        data_years=(2010,),
        published_at=None,
        publisher=None,
        title=None,
        sheets_read=("S",),
        sheets_skipped=(),
        figures=table,
    )
    nothing = pa.table({"row_id": pa.array([], pa.int64())})
    checks = pa.Table.from_pylist(
        [
            {
                "suite": "pci",
                "rule_id": "value_is_number",
                "severity": "quarantine",
                "owner": "data_owner",
                "category": "validity",
                "text_vi": "là số",
                "text_en": "is a number",
                "rule_source": "plain arithmetic",
                "rows_checked": 1,
                "rows_failed": 0,
                "outcome": "passed",
            }
        ]
    )
    return LoadableBatch(batch=batch, accepted=table, quarantined=nothing, checks=checks)
