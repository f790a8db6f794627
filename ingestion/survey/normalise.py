"""An export read under an accepted mapping → the tables of its wave in the lake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ingestion.survey.answers import NO_CODE, Codes, Flags, numbers_of, read_answers, set_items, shown
from ingestion.survey.codebook import CodeBook, Question, code_book_hash
from ingestion.survey.columns import Columns
from ingestion.survey.export import ExportShape, Variable
from ingestion.survey.mapping_file import MappingFile
from ingestion.survey.quality import Quality, effect_of_exclusion, judge
from ingestion.survey.quality_report import write_report
from ingestion.survey.respondents import Respondents, read_respondents
from ingestion.survey.wave_files import QUARANTINE_SCHEMA, AnswersWriter, replacing, write_json
from warehouse.figures import SourceDocument

#: Quarantined answers written out one by one; beyond that they are counted.
MAX_QUARANTINED_ROWS = 500_000


@dataclass(frozen=True)
class WaveInput:
    """Everything a wave is made of."""

    document: SourceDocument
    shape: ExportShape
    mapping: MappingFile
    book: CodeBook
    parts: tuple[Path, ...]


def normalise(wave: WaveInput, folder: Path, key: bytes) -> dict[str, Any]:
    """Write the wave into `folder` and return its manifest.

    Raises:
        Refused: a long export answers a question twice.
    """
    mapping, book = wave.mapping, wave.book
    columns = Columns(wave.parts, wave.shape, mapping)
    if mapping.layout == "long":
        columns.pivot(book, wave.document.file_name)
    respondents = read_respondents(columns, book, mapping.wave_id, mapping.data_year, key)
    with replacing(folder) as target:
        codes, quarantine, counts = _write_answers(columns, respondents, wave, target)
        quality = judge(respondents, codes, book)
        _write_respondents(respondents, quality, mapping, target)
        quarantined = _write_quarantine(quarantine, respondents, columns, mapping, target)
        effects = effect_of_exclusion(respondents, codes, quality, book)
        manifest = _manifest(wave, respondents, quality, counts, quarantined)
        write_report(target, manifest, quality, effects, book)
        write_json(target / "wave.json", manifest)
    return manifest


def _write_answers(
    columns: Columns, respondents: Respondents, wave: WaveInput, target: Path
) -> tuple[
    dict[str, Codes], list[tuple[str, str, str, str, np.ndarray[Any, Any], np.ndarray[Any, Any]]], dict[str, int]
]:
    """Every question that has a column; returns the codes, what was set aside, and the counts by state."""
    mapping, book = wave.mapping, wave.book
    kept: dict[str, Codes] = {}
    set_aside: list[tuple[str, str, str, str, np.ndarray[Any, Any], np.ndarray[Any, Any]]] = []
    counts = dict.fromkeys(("answered", "not_answered", "not_applicable", "user_missing", "quarantined"), 0)
    sets = _sets_in_one_column(columns, book, set_aside)
    path = target / "answers.parquet"
    with AnswersWriter(path, book, mapping.wave_id, mapping.data_year, is_synthetic=mapping.is_synthetic) as writer:
        for question in book.questions:
            found = _values(columns, question, book, sets)
            if found is None:
                continue
            values, variable = found
            answers = read_answers(question, book, values, variable, _asked(question, kept))
            writer.write(answers)
            kept[question.code] = answers.codes
            for state, number in zip(counts, np.bincount(answers.states, minlength=len(counts)), strict=True):
                counts[state] += int(number)
            expected = ", ".join(map(str, book.scale_of(question).codes))
            for rule, rows in answers.set_aside:
                column = columns.column_name(question.code)
                set_aside.append((question.code, column, expected, rule, rows, answers.raw[rows]))
    return kept, set_aside, counts


def _asked(question: Question, kept: dict[str, Codes]) -> Flags | None:
    """Who was to be asked. Where the filter question itself has no answer, nobody can say, and the answer counts."""
    if question.only_if is None or question.only_if.question not in kept:
        return None
    gate = kept[question.only_if.question]
    return np.asarray((gate == NO_CODE) | np.isin(gate, question.only_if.codes))


def _values(
    columns: Columns, question: Question, book: CodeBook, sets: dict[str, np.ndarray[Any, Any]]
) -> tuple[np.ndarray[Any, Any], Variable] | None:
    if question.code in sets:
        return sets[question.code], Variable(question.code, "", "number")
    if not columns.has(question.code):
        return None
    values = numbers_of(columns.series(question.code), book.scale_of(question))
    variable = columns.variable(question.code)
    if question.set_code:
        values = _ticks(values, question, columns, book)
    return values, variable


def _ticks(values: np.ndarray[Any, Any], question: Question, columns: Columns, book: CodeBook) -> np.ndarray[Any, Any]:
    """An item of a set in columns of its own: blank is `not chosen` for those who answered any item of the set."""
    declared = next((item for item in columns.shape.sets if columns.column_name(question.code) in item.columns), None)
    if declared is not None and declared.counted_value not in (None, 1.0):
        values = np.where(values == declared.counted_value, 1.0, np.where(np.isnan(values), np.nan, 0.0))
    any_ticked = np.zeros(values.shape, bool)
    for other in book.questions:
        if other.set_code == question.set_code and columns.has(other.code):
            any_ticked |= columns.series(other.code).is_not_null().to_numpy()
    return np.where(np.isnan(values) & any_ticked, 0.0, values)


def _sets_in_one_column(columns: Columns, book: CodeBook, set_aside: list[Any]) -> dict[str, np.ndarray[Any, Any]]:
    found: dict[str, np.ndarray[Any, Any]] = {}
    for item in book.multiple_sets:
        if not columns.has(item.code):
            continue
        answers = {
            question.set_answer: question.code
            for question in book.questions
            if question.set_code == item.code and question.set_answer is not None
        }
        values, strange = set_items(columns.series(item.code), item.separator, answers)
        found |= values
        rows = np.flatnonzero(~np.isnan(strange))
        if len(rows):
            expected = ", ".join(map(str, answers))
            set_aside.append(
                (item.code, columns.column_name(item.code), expected, "outside_scale", rows, strange[rows])
            )
    return found


def _write_respondents(respondents: Respondents, quality: Quality, mapping: MappingFile, target: Path) -> None:
    frame = respondents.frame.with_columns(
        *(pl.Series(f"is_{name}", flag) for name, flag in quality.flags.items()),
        pl.Series("is_excluded", quality.is_excluded),
        quality.reasons.alias("exclusion_reasons"),
    ).select(
        pl.lit(mapping.wave_id).alias("wave_id"),
        pl.lit(mapping.data_year, dtype=pl.Int16).alias("data_year"),
        pl.all(),
        pl.lit(mapping.is_synthetic).alias("is_synthetic"),
    )
    frame.write_parquet(target / "respondents.parquet", compression="zstd", compression_level=1)


def _write_quarantine(
    answers: list[Any], respondents: Respondents, columns: Columns, mapping: MappingFile, target: Path
) -> dict[str, int]:
    """Write what was set aside; returns the count by rule."""
    frames: list[pl.DataFrame] = []
    counts: dict[str, int] = {}
    for code, column, expected, rule, rows, raw in answers:
        counts[rule] = counts.get(rule, 0) + len(rows)
        room = MAX_QUARANTINED_ROWS - sum(frame.height for frame in frames)
        kept = rows[:room]
        texts = [shown(value) for value in raw[:room]]
        data = {
            "row": kept,
            "question_code": code,
            "column": column,
            "found": texts,
            "expected": expected,
            "rule": rule,
        }
        frames.append(pl.DataFrame(data, schema_overrides={"row": pl.Int64, "found": pl.String}))
    own = [
        {"row": row, "question_code": field, "column": columns.column_name(field), "found": found, "expected": expected,
         "rule": rule}
        for row, field, found, expected, rule in respondents.set_aside[:MAX_QUARANTINED_ROWS]
    ]  # fmt: skip
    for *_, rule in respondents.set_aside:
        counts[rule] = counts.get(rule, 0) + 1
    if own:
        frames.append(pl.DataFrame(own, schema_overrides={"row": pl.Int64}))
    empty = dict.fromkeys(("question_code", "column", "found", "expected", "rule"), pl.String)
    listed = pl.concat(frames) if frames else pl.DataFrame(schema={"row": pl.Int64, **empty})
    keys = respondents.frame["respondent_key"]
    listed.select(
        pl.lit(mapping.wave_id).alias("wave_id"),
        pl.lit(mapping.data_year, dtype=pl.Int16).alias("data_year"),
        (pl.col("row") + 1).cast(pl.Int32).alias("respondent_no"),
        pl.Series("respondent_key", keys.gather(listed["row"])),
        pl.col("question_code", "found", "expected", "rule"),
        pl.format("respondent {}, column {}", pl.col("row") + 1, "column").alias("locator"),
        pl.lit(mapping.is_synthetic).alias("is_synthetic"),
    ).match_to_schema(QUARANTINE_SCHEMA).write_parquet(target / "quarantined.parquet", compression="zstd")
    return counts


def _manifest(
    wave: WaveInput, respondents: Respondents, quality: Quality, counts: dict[str, int], quarantined: dict[str, int]
) -> dict[str, Any]:
    mapping, document = wave.mapping, wave.document
    return {
        "wave_id": mapping.wave_id,
        "data_year": mapping.data_year,
        "is_synthetic": mapping.is_synthetic,
        "source_document_id": document.source_document_id,
        "sha256": document.sha256,
        "file_name": document.file_name,
        "received_at": document.received_at,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_book": mapping.code_book,
        "code_book_hash": code_book_hash(wave.book),
        "shape_hash": mapping.shape_hash,
        "mapping": {
            key: str(getattr(mapping, key)) for key in ("accepted_by", "accepted_on", "text_encoding", "layout")
        },
        "format": wave.shape.format,
        "reader": wave.shape.reader,
        "respondents": respondents.frame.height,
        "respondents_excluded": int(quality.is_excluded.sum()),
        "questions": sum(counts.values()) // max(respondents.frame.height, 1),
        "answers": counts,
        "quarantined": quarantined,
        "flags": {name: int(flag.sum()) for name, flag in quality.flags.items()},
        "design": respondents.design,
        "assumptions": _assumptions(wave.book),
        "columns_not_read": list(mapping.not_read),
    }


def _assumptions(book: CodeBook) -> dict[str, str]:
    """What the code book assumes about the design and the satisfied share; questions mark their own."""
    parts = {"code_book": book, "weighting": book.weighting, "stratification": book.stratification,
             "clustering": book.clustering, "quality": book.quality}  # fmt: skip
    parts |= {f"scale {name}": scale for name, scale in book.scales.items()}
    return {name: part.reason for name, part in parts.items() if part.assumption}
