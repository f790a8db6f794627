"""Small batches for the tests of the rules: everything about them is right until a test says otherwise."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse.figures import FIGURE_SCHEMA, ParsedBatch, SourceDocument
from warehouse.home import REFERENCE_DIR

Row = dict[str, Any]


def provinces() -> list[str]:
    """The 63 provinces of the map of 2008 to 2025."""
    with (REFERENCE_DIR / "unit.csv").open(encoding="utf-8") as stream:
        return [
            row["unit_code"]
            for row in csv.DictReader(stream)
            if row["unit_type"] == "province" and (row["valid_from"] or "0") <= "2025-06-30" <= (row["valid_to"] or "9")
        ]


def row(unit: str = "an_giang", **changes: Any) -> Row:
    """A figure of PCI 2010 as printed for `unit`, with `changes`; the value's text follows the value."""
    made: Row = dict.fromkeys(FIGURE_SCHEMA.names)
    made |= {
        "unit_text": unit,
        "unit_type": "province",
        "unit_code": unit,
        "indicator_text": "PCI",
        "indicator_code": "PCI",
        "data_year": 2010,
        "geography_version": "63",
        "value": 60.5,
        "figure_status": "printed",
    }
    made |= changes
    if made["value_text"] is None and made["value"] is not None:
        made["value_text"] = str(made["value"])
    if made["rank_text"] is None and made["rank"] is not None:
        made["rank_text"] = str(made["rank"])
    return made


def batch(*rows: Row, dataset: str = "pci", source_key: str | None = None) -> ParsedBatch:
    """A batch of `rows`, numbered and located in the order given; equal content is an equal batch."""
    for number, item in enumerate(rows, start=1):
        item |= {"row_id": number, "unit_locator": f"Sheet1!B{number + 1}"}
        item["value_locator"] = item["value_locator"] or f"Sheet1!C{number + 1}"
    digest = hashlib.sha256(repr((dataset, source_key, rows)).encode()).hexdigest()
    source_key = source_key or f"test:{digest[:8]}"
    document = SourceDocument(
        source_document_id=f"doc_{digest[:16]}",
        sha256=digest,
        source=dataset.split("_", maxsplit=1)[0],
        file_name=f"{digest[:8]}.xlsx",
        size_bytes=1,
        media_type="application/vnd.ms-excel",
        received_at="2026-01-01T00:00:00+00:00",
        received_from="test",
    )
    return ParsedBatch(
        batch_id=f"b_{digest[:16]}",
        document=document,
        dataset=dataset,
        source_key=source_key,
        layout_id="test",
        reader="test",
        data_years=(2010,),
        published_at=None,
        publisher=None,
        title=None,
        sheets_read=(),
        sheets_skipped=(),
        figures=pa.Table.from_pylist(list(rows), schema=FIGURE_SCHEMA),
    )


def reference_with_expected_rows(target: Path) -> Path:
    """A copy of the reference tables in `target` that also expects two units in `test:known`, year 2010."""
    for path in REFERENCE_DIR.rglob("*"):
        if path.suffix == ".csv" or path.name == "tables.yml":
            copy = target / path.relative_to(REFERENCE_DIR)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    with (target / "expected_rows.csv").open("a", encoding="utf-8") as stream:
        stream.write("test:known,2010,2,2,for the tests\n")
    return target
