"""The rows around every figure, read again from the archived bytes for the trail of a release.

Only documents of an index or of the portal's statistics are read: survey answers and single dossiers, which are about
persons, never. What is kept is bounded, and remembered by document, so that a later release reads new documents only.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.annex_pdf import table_rows
from ingestion.archive import ArchivedFile, archived_files
from ingestion.numbers import cell_text
from ingestion.portal.rows import located_rows
from ingestion.portal.warc_file import read_fetch
from ingestion.readers.delimited import read_csv
from ingestion.readers.tabular import read_workbook
from warehouse.connection import reader
from warehouse.errors import Refused
from warehouse.home import Home
from warehouse.surroundings import SURROUNDINGS_FILE, SURROUNDINGS_SCHEMA, spot_of

SOURCES = ("annex", "papi", "pci", "portal", "portal_standin")
#: Rows kept on each side of a row with figures, heading rows above the first, cells of a row, letters of a cell.
_BESIDE = 1
_HEADINGS = 4
_MAX_CELLS = 200
_MAX_LETTERS = 160
#: Raised when what is kept of a document changes.
_VERSION = 1

_LOCATORS = """
    select d.source_document_id, array_agg(distinct place.locator order by place.locator) as locators
    from raw.source_document as d
    join raw.batch as b using (source_document_id)
    join raw.figure as f using (batch_id),
    lateral (select unnest([f.value_locator, f.rank_locator]) as locator) as place
    where d.source in (select unnest(?::varchar[])) and place.locator is not null
    group by d.source_document_id
"""

#: Place, number and texts of one row.
_Row = tuple[str, int, tuple[str, ...]]


def write_surroundings(home: Home, folder: Path) -> int:
    """Write `surroundings.parquet` of all loaded documents into `folder`; returns the number of its rows.

    A document whose bytes are gone from the archive, or no longer readable, is left out: its figures keep the rest of
    their trail.
    """
    with reader(home.build_database) as connection:
        wanted = dict(connection.execute(_LOCATORS, [list(SOURCES)]).fetchall())
    files = {item.document.source_document_id: item for item in archived_files(home)}
    count = 0
    with pq.ParquetWriter(folder / SURROUNDINGS_FILE, SURROUNDINGS_SCHEMA, compression="zstd") as parquet:
        for document in sorted(wanted.keys() & files.keys()):
            rows = _remembered(home, files[document], wanted[document])
            if rows.num_rows:
                parquet.write_table(rows)
                count += rows.num_rows
    return count


def _remembered(home: Home, file: ArchivedFile, locators: list[str]) -> pa.Table:
    """The rows of one document, read once for the same locators."""
    digest = hashlib.sha256("\n".join([str(_VERSION), *locators]).encode()).hexdigest()[:16]
    known = home.build / "surroundings" / f"{file.document.source_document_id}-{digest}.parquet"
    if not known.exists():
        known.parent.mkdir(exist_ok=True)
        partial = known.with_suffix(f".{os.getpid()}.partial")
        pq.write_table(_kept(file, locators), partial, compression="zstd")
        partial.replace(known)
    return pq.read_table(known, schema=SURROUNDINGS_SCHEMA)


def _kept(file: ArchivedFile, locators: list[str]) -> pa.Table:
    spots = [spot for spot in map(spot_of, locators) if spot is not None]
    with_figures: dict[str, set[int]] = {}
    for spot in spots:
        with_figures.setdefault(spot.place, set()).add(spot.row_number)
    by_place: dict[str, list[_Row]] = {}
    try:
        for row in _rows(file):
            by_place.setdefault(row[0], []).append(row)
    except (Refused, OSError):
        by_place = {}
    kept = [
        {
            "source_document_id": file.document.source_document_id,
            "place": place,
            "row_number": number,
            "is_heading": is_heading,
            "cells": [_short(text) for text in texts[:_MAX_CELLS]],
        }
        for place in sorted(with_figures.keys() & by_place.keys())
        for (_, number, texts), is_heading in _near(by_place[place], with_figures[place])
    ]
    return pa.Table.from_pylist(kept, schema=SURROUNDINGS_SCHEMA)


def _near(rows: list[_Row], with_figures: set[int]) -> Iterator[tuple[_Row, bool]]:
    """The rows beside one with figures, and the last ones above the first that hold anything."""
    first = min(with_figures)
    above = [number for _, number, texts in rows if number < first and any(texts)]
    headings = set(above[-_HEADINGS:])
    for row in rows:
        is_beside = any(row[1] + step in with_figures for step in range(-_BESIDE, _BESIDE + 1))
        if row[1] in headings or is_beside:
            yield row, row[1] in headings


def _rows(file: ArchivedFile) -> Iterator[_Row]:
    kind, name = file.document.media_type, file.document.file_name
    if kind == "application/pdf":
        yield from table_rows(file.path, name)
    elif kind == "application/gzip":
        for record, number, values in located_rows(read_fetch(file.path), name):
            yield record, number, tuple(_field(key, value) for key, value in values.items())
    elif kind == "text/csv":
        table = read_csv(file.path, name)
        yield "", 1, table.header
        for line in table.rows:
            yield "", line.line, line.values
    else:
        for sheet in read_workbook(file.path, name).sheets:
            for number, cells in enumerate(sheet.cells, 1):
                yield sheet.name, number, tuple(cell_text(cell.value) if cell else "" for cell in cells)


def _field(key: str, value: Any) -> str:
    return f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}"


def _short(text: str) -> str:
    """One line a page can show; control characters and halves of characters are no text."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= _MAX_LETTERS else f"{line[: _MAX_LETTERS - 1]}…"
