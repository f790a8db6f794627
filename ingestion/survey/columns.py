"""The columns of an export as an accepted mapping names them, one at a time, with their texts in Unicode."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ingestion.names import compose_key
from ingestion.survey.codebook import CodeBook
from ingestion.survey.encodings import decoder
from ingestion.survey.export import Decoder, ExportShape, Variable
from ingestion.survey.mapping_file import MappingFile
from ingestion.survey.refusing import refuse


class Columns:
    """What was read of an export, by field or question code; a column is loaded when it is asked for."""

    def __init__(self, parts: Sequence[Path], shape: ExportShape, mapping: MappingFile) -> None:
        """`shape` is as read, its texts not yet decoded; `parts` are the Arrow files of the reader."""
        self._decode: Decoder = decoder(mapping.text_encoding, is_bytes=shape.is_bytes)
        self.shape = shape.decoded(self._decode)
        self._mapping = mapping
        self._raw_names = {ours.name: raw.name for ours, raw in zip(self.shape.variables, shape.variables, strict=True)}
        self._part_of = {name: part for part in parts for name in pl.read_ipc_schema(part)}
        self._frame: pl.DataFrame | None = None

    def has(self, meant: str) -> bool:
        """Whether the mapping gives a column for this field or question."""
        return meant in self._mapping.columns or (self._frame is not None and meant in self._frame.columns)

    def column_name(self, meant: str) -> str:
        """The column of the export, for a locator."""
        return self._mapping.columns.get(meant, meant)

    def variable(self, meant: str) -> Variable:
        """The export's own description of the column."""
        if self._frame is not None and meant not in self._mapping.columns:
            return Variable(meant, "", "text")
        return self.shape.variable(self._mapping.columns[meant])

    def series(self, meant: str) -> pl.Series:
        """The values, in the order of the respondents; texts decoded and trimmed, blanks as nothing."""
        if self._frame is not None:
            return self._frame[meant]
        return self._load(meant)

    def rows(self) -> int:
        """The respondents."""
        return self.series("unit").len()

    def pivot(self, book: CodeBook, file_name: str) -> None:
        """Turn an export with one row a respondent and question into one row a respondent.

        Raises:
            Refused: a respondent answers one question twice.
        """
        codes = {compose_key(name): question.code for question in book.questions for name in question.names}
        fields = [meant for meant in self._mapping.columns if meant not in {"question", "answer"}]
        data = pl.DataFrame({meant: self._load(meant).cast(pl.String) for meant in self._mapping.columns})
        asked = data["question"].unique().drop_nulls().to_list()
        known = {text: codes.get(compose_key(text), "") for text in asked}
        data = data.with_columns(pl.col("question").replace_strict(known, default="", return_dtype=pl.String))
        data = data.with_row_index("line", offset=2)
        answers = data.filter(pl.col("question") != "")
        doubled = answers.filter(answers.select("respondent_id", "question").is_duplicated())
        if doubled.height:
            place = f"row {doubled['line'][1]}"
            raise refuse(file_name, "survey_long_duplicate", found="two rows", expected="one", place=place)
        wide = answers.pivot("question", index="respondent_id", values="answer", aggregate_function="first")
        firsts = data.group_by("respondent_id", maintain_order=True).agg(
            pl.col(meant).drop_nulls().first() for meant in fields if meant != "respondent_id"
        )
        self._frame = firsts.join(wide, on="respondent_id", how="left", maintain_order="left")

    def _load(self, meant: str) -> pl.Series:
        raw = self._raw_names[self._mapping.columns[meant]]
        series = pl.read_ipc(self._part_of[raw], columns=[raw])[raw]
        if series.dtype != pl.String:
            return series
        trimmed = series.str.strip_chars()
        distinct = trimmed.unique().drop_nulls().to_list()
        changed = {text: self._decode(text) for text in distinct if not text.isascii()} | {"": None}
        return trimmed.replace(list(changed), list(changed.values()))
