"""The step from the lake's waves to the build database: estimates, changes, ranks; without effect when repeated."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import polars as pl

from ingestion.survey.codebook import CodeBook, code_book_hash, read_code_books
from ingestion.survey.estimates.cells import NATIONAL
from ingestion.survey.estimates.changes import changes_between, ranks_within
from ingestion.survey.estimates.wave import minimum_respondents, wave_estimates
from ingestion.survey.wave_files import read_manifest, waves_folder
from warehouse.home import Home
from warehouse.reference import tree_hash
from warehouse.survey_tables import estimated_waves, write_survey

Report = dict[str, Any]


def estimate_waves(home: Home) -> Report:
    """Bring the build database's estimates up to the waves in the lake; all of them when one has changed.

    Ranks and changes lie across cells and waves, and a wave costs seconds, so there is no half of it.
    """
    started = time.monotonic()
    books = {book.code_book: book for book in read_code_books()}
    waves = {
        folder.name.removeprefix("wave="): (folder, manifest)
        for folder in sorted(waves_folder(home).glob("wave=*"))
        if (manifest := read_manifest(folder)) is not None
    }
    versions = {
        wave_id: _version(folder, books[manifest["code_book"]]) for wave_id, (folder, manifest) in waves.items()
    }
    if estimated_waves(home) == versions:
        return {"outcome": "unchanged", "waves": [], "seconds": time.monotonic() - started}
    found = {
        wave_id: wave_estimates(folder, manifest, books[manifest["code_book"]])
        for wave_id, (folder, manifest) in waves.items()
    }
    ranked = [_with_ranks(cells) for cells in found.values()]
    changes = [
        changes_between(_open(before), _open(after)).with_columns(
            wave_id=pl.lit(wave_id), previous_wave_id=pl.lit(previous)
        )
        for wave_id, after in found.items()
        for previous, before in found.items()
        if waves[wave_id][1]["data_year"] == waves[previous][1]["data_year"] + 1
        and waves[wave_id][1]["is_synthetic"] == waves[previous][1]["is_synthetic"]
    ]
    write_survey(
        home,
        _wave_rows(waves, found, versions).to_arrow(),
        (pl.concat(ranked) if ranked else _nothing("survey_estimate")).to_arrow(),
        (pl.concat(changes) if changes else _nothing("survey_change")).to_arrow(),
    )
    return {"outcome": "estimated", "waves": sorted(found), "seconds": time.monotonic() - started}


def _version(folder: Path, book: CodeBook) -> str:
    """What decides the estimates of a wave: its files, its code book, the threshold, and this code."""
    code = tree_hash(Path(__file__).parent, suffixes=(".py",))
    manifest = json.loads((folder / "wave.json").read_text("utf-8"))
    told = [manifest["sha256"], manifest["written_at"], code_book_hash(book), minimum_respondents(), code]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _open(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.filter(pl.col("withheld_reason").is_null())


def _with_ranks(cells: pl.DataFrame) -> pl.DataFrame:
    everybody = ranks_within(_open(cells)).with_columns(breakdown=pl.lit("all"), category=pl.lit("all"))
    return cells.join(everybody, on=["unit_code", "measure_code", "breakdown", "category"], how="left")


def _wave_rows(waves: dict[str, Any], found: dict[str, pl.DataFrame], versions: dict[str, str]) -> pl.DataFrame:
    rows = [
        {
            "wave_id": wave_id,
            "data_year": int(manifest["data_year"]),
            "source_document_id": manifest["source_document_id"],
            "file_name": manifest["file_name"],
            "sha256": manifest["sha256"],
            "code_book": manifest["code_book"],
            "received_at": manifest["received_at"].replace("+00:00", ""),
            "is_synthetic": bool(manifest["is_synthetic"]),
            "is_national": NATIONAL in found[wave_id]["unit_code"],
            "respondents": int(manifest["respondents"]),
            "respondents_excluded": int(manifest["respondents_excluded"]),
            "minimum_respondents": minimum_respondents(),
            "estimate_version": versions[wave_id],
        }
        for wave_id, (_, manifest) in waves.items()
    ]
    frame = pl.DataFrame(rows) if rows else _nothing("survey_wave")
    return frame.with_columns(pl.col("received_at").str.to_datetime()) if rows else frame


def _nothing(table: str) -> pl.DataFrame:
    """An empty table with the key of `table`: there may be no wave, or no two in a row."""
    keys = {
        "survey_wave": ("wave_id",),
        "survey_estimate": ("wave_id", "unit_code", "measure_code", "breakdown", "category"),
        "survey_change": ("wave_id", "unit_code", "measure_code", "breakdown", "category"),
    }
    return pl.DataFrame(schema=dict.fromkeys(keys[table], pl.String))
