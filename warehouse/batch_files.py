"""A parsed batch as files, so that the steps of a run may be processes of their own and be killed between them."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse.figures import FIGURE_SCHEMA, AppliedCorrection, ParsedBatch, SourceDocument


def write_batch(folder: Path, batch: ParsedBatch) -> None:
    """Write `batch` to `folder` whole or not at all."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write_table(partial / "figures.arrow", batch.figures)
    description = {
        "batch_id": batch.batch_id,
        "document": asdict(batch.document),
        "dataset": batch.dataset,
        "source_key": batch.source_key,
        "layout_id": batch.layout_id,
        "reader": batch.reader,
        "data_years": list(batch.data_years),
        "publisher": batch.publisher,
        "title": batch.title,
        "published_at": batch.published_at.isoformat() if batch.published_at else None,
        "fetched_at": batch.fetched_at.isoformat() if batch.fetched_at else None,
        "sheets_read": list(batch.sheets_read),
        "sheets_skipped": list(batch.sheets_skipped),
        "corrections": [asdict(applied) for applied in batch.corrections],
    }
    (partial / "batch.json").write_text(json.dumps(description, ensure_ascii=False), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def read_batch(folder: Path) -> ParsedBatch:
    """Read what `write_batch` wrote."""
    stored: dict[str, Any] = json.loads((folder / "batch.json").read_text("utf-8"))
    return ParsedBatch(
        batch_id=stored["batch_id"],
        document=SourceDocument(**stored["document"]),
        dataset=stored["dataset"],
        source_key=stored["source_key"],
        layout_id=stored["layout_id"],
        reader=stored["reader"],
        data_years=tuple(stored["data_years"]),
        publisher=stored["publisher"],
        title=stored["title"],
        published_at=date.fromisoformat(stored["published_at"]) if stored["published_at"] else None,
        fetched_at=datetime.fromisoformat(stored["fetched_at"]) if stored["fetched_at"] else None,
        sheets_read=tuple(stored["sheets_read"]),
        sheets_skipped=tuple(stored["sheets_skipped"]),
        figures=read_table(folder / "figures.arrow").cast(FIGURE_SCHEMA),
        corrections=tuple(AppliedCorrection(**applied) for applied in stored["corrections"]),
    )


def write_table(path: Path, table: pa.Table) -> None:
    """Write `table` as an Arrow IPC file."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_table(path: Path) -> pa.Table:
    """Read an Arrow IPC file."""
    with pa.OSFile(str(path), "rb") as source:
        return pa.ipc.open_file(source).read_all()
