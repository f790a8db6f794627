"""The tables of a wave in the lake: `lake/survey/wave=<wave_id>/…`; docs/surveys.md says what each column means."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.survey.answers import ANSWERED, NO_CODE, STATES, Answers
from ingestion.survey.codebook import CodeBook
from warehouse.home import Home

_TEXT = pa.dictionary(pa.int8(), pa.string())
ANSWERS_SCHEMA = pa.schema(
    [
        pa.field("wave_id", _TEXT, nullable=False),
        pa.field("data_year", pa.int16(), nullable=False),
        pa.field("question_code", _TEXT, nullable=False),
        pa.field("indicator_code", _TEXT),
        pa.field("respondent_no", pa.int32(), nullable=False),
        pa.field("answer_code", pa.int8()),
        pa.field("answer_state", _TEXT, nullable=False),
        pa.field("is_satisfied", pa.bool_()),
        pa.field("is_synthetic", pa.bool_(), nullable=False),
    ]
)
QUARANTINE_SCHEMA: dict[str, Any] = {
    "wave_id": pl.String,
    "data_year": pl.Int16,
    "respondent_no": pl.Int32,
    "respondent_key": pl.String,
    "question_code": pl.String,
    "found": pl.String,
    "expected": pl.String,
    "rule": pl.String,
    "locator": pl.String,
    "is_synthetic": pl.Boolean,
}
_ROWS_A_GROUP = 131_072


def waves_folder(home: Home) -> Path:
    """Where the waves lie."""
    return home.lake / "survey"


def wave_folder(home: Home, wave_id: str) -> Path:
    """The folder of one wave."""
    return waves_folder(home) / f"wave={wave_id}"


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """What `wave.json` says; None where there is no whole wave."""
    path = folder / "wave.json"
    content: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
    return content


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """An empty folder to write a wave into; it takes the place of `folder` when all is written, and not before."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left_by_a_kill in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left_by_a_kill, ignore_errors=True)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    partial.mkdir()
    try:
        yield partial
        old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
        if folder.exists():
            folder.rename(old)
        partial.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class AnswersWriter:
    """Writes answers question by question, so that one question is held at a time and read by its row groups alone."""

    def __init__(self, path: Path, book: CodeBook, wave_id: str, data_year: int, *, is_synthetic: bool) -> None:
        """Open `path`; use as a context manager."""
        self._book = book
        self._wave = (wave_id, data_year, is_synthetic)
        self._writer = pq.ParquetWriter(path, ANSWERS_SCHEMA, compression="zstd", compression_level=1)

    def __enter__(self) -> AnswersWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, answers: Answers) -> None:
        """Write one question's answers, in the order of the respondents."""
        wave_id, data_year, is_synthetic = self._wave
        question, rows = answers.question, len(answers.codes)
        satisfied = self._book.scale_of(question).satisfied
        none = answers.states != ANSWERED
        self._writer.write_table(
            pa.table(
                [
                    _constant(wave_id, rows),
                    pa.array(np.full(rows, data_year, np.int16)),
                    _constant(question.code, rows),
                    _constant(question.indicator_code, rows),
                    pa.array(np.arange(1, rows + 1, dtype=np.int32)),
                    pa.array(answers.codes, mask=answers.codes == NO_CODE),
                    pa.DictionaryArray.from_arrays(pa.array(answers.states), pa.array(STATES)),
                    pa.array(np.isin(answers.codes, satisfied), mask=none if satisfied else np.ones(rows, bool)),
                    pa.array(np.full(rows, is_synthetic)),
                ],
                schema=ANSWERS_SCHEMA,
            ),
            row_group_size=_ROWS_A_GROUP,
        )


def _constant(value: str | None, rows: int) -> Any:
    indices = pa.array(np.zeros(rows, np.int8), mask=np.full(rows, value is None))
    return pa.DictionaryArray.from_arrays(indices, pa.array([value or ""]))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a document for people and programs."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), "utf-8")
