"""The mapping file: how the columns of one export are read, written for a person to read, mend and accept.

Nothing of an export is loaded before its mapping says `status: accepted`. A mapping holds for every export of the same
shape (names, labels, value labels and missing values) as long as its code book says the same.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from ingestion.survey.codebook import FIELD_NAMES, CodeBook, code_book_hash
from ingestion.survey.export import ExportShape
from ingestion.survey.identifiers import identifier_by_name
from ingestion.survey.refusing import refuse
from warehouse.home import REFERENCE_DIR, Home

#: Accepted mappings of exports the project itself brings (all of them synthetic).
PROJECT_MAPPINGS = REFERENCE_DIR / "survey" / "mappings"

_SYNTHETIC = re.compile(r"synthetic|gia_lap", re.IGNORECASE)
_HEAD = """\
# How the columns of a survey export are read. Nothing is loaded before a person has accepted it:
#   1. read `differences`, 2. mend `columns` (left: our field or question, right: the export's column),
#   3. reform survey accept THIS_FILE --by "YOUR NAME"
# Cách đọc các cột của một bản xuất khảo sát. Chưa nạp gì cho đến khi có người chấp nhận:
#   1. đọc `differences`, 2. sửa `columns` (trái: trường hoặc câu hỏi, phải: cột của bản xuất),
#   3. reform survey accept TỆP_NÀY --by "HỌ TÊN"
"""


class Difference(BaseModel):
    """One way in which the export is not what the code book describes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal[
        "column_missing",
        "column_new",
        "column_renamed",
        "column_uncertain",
        "scale_changed",
        "identifier",
        "set_declared",
    ]
    column: str = ""
    meant: str = ""
    text_en: str
    text_vi: str


class MappingFile(BaseModel):
    """What the file says. `columns`: field or question code -> column of the export."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    status: Literal["proposed", "accepted"]
    accepted_by: str = ""
    accepted_on: date | None = None
    wave_id: str
    data_year: int
    code_book: str
    code_book_hash: str
    shape_hash: str
    file_name: str
    is_synthetic: bool
    text_encoding: str
    layout: Literal["wide", "long"] = "wide"
    likeness: float
    differences: tuple[Difference, ...] = ()
    columns: dict[str, str]
    not_read: tuple[str, ...] = ()


def mappings_folder(home: Home) -> Path:
    """Where the mapping files of an installation lie."""
    return home.root / "survey" / "mappings"


def write_mapping(path: Path, mapping: MappingFile) -> None:
    """Write the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = mapping.model_dump(mode="json")
    text = _HEAD + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=118)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)


def read_mapping(path: Path) -> MappingFile:
    """The mapping at `path`.

    Raises:
        Refused: it does not have the shape of a mapping file.
    """
    try:
        return MappingFile.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (ValueError, yaml.YAMLError) as error:
        found = " ".join(str(error).split())[:300]
        raise refuse(path.name, "mapping_invalid", found=found, expected="the keys of a mapping file") from None


def read_mappings(home: Home) -> dict[Path, MappingFile]:
    """All mapping files: the installation's, then the project's."""
    paths = [*sorted(mappings_folder(home).glob("*.yml")), *sorted(PROJECT_MAPPINGS.glob("*.yml"))]
    return {path: read_mapping(path) for path in paths}


def is_synthetic(shape: ExportShape, file_name: str) -> bool:
    """Whether an export says that nobody gave its answers: in its name, or by a column of that name."""
    return any(_SYNTHETIC.search(text) for text in (file_name, *(item.name for item in shape.variables)))


def accepted_mapping(
    home: Home, shape: ExportShape, book: CodeBook, data_year: int, file_name: str
) -> MappingFile | None:
    """The accepted mapping of this shape, year and wording of the code book; None when there is none.

    One that was accepted for synthetic answers never lets real ones in, nor the other way round.
    """
    wanted = (shape.shape_hash(), book.code_book, data_year, is_synthetic(shape, file_name))
    for mapping in read_mappings(home).values():
        fits = (mapping.shape_hash, mapping.code_book, mapping.data_year, mapping.is_synthetic) == wanted
        if fits and mapping.status == "accepted" and mapping.code_book_hash == code_book_hash(book):
            return mapping
    return None


def check_mapping(mapping: MappingFile, shape: ExportShape, book: CodeBook, file_name: str) -> None:
    """Hold a mapping against its export and code book.

    Raises:
        Refused: it names what does not exist, one column twice, a personal column, or leaves out what must be there.
    """
    problems = _problems(mapping, shape, book)
    if problems:
        raise refuse(
            file_name, "mapping_invalid", found="; ".join(problems[:8]), expected="each line meant and possible"
        )


def _problems(mapping: MappingFile, shape: ExportShape, book: CodeBook) -> list[str]:
    names = {item.name for item in shape.variables}
    questions = {question.code for question in book.questions}
    sets = {item.code for item in book.multiple_sets}
    extra = {"question", "answer"} if mapping.layout == "long" else set()
    problems = []
    for meant, column in mapping.columns.items():
        if meant not in questions | sets | set(FIELD_NAMES) | extra:
            problems.append(f"{meant} is no field or question of {book.code_book}")
        if column not in names:
            problems.append(f"the export has no column {column!r}")
        elif _identifies(shape, column, book) and meant not in {"respondent_id", "interviewer"}:
            problems.append(f"{column!r} identifies persons and is read as nothing but a hashed key")
    used = list(mapping.columns.values())
    problems += [f"{column!r} is used twice" for column in sorted({name for name in used if used.count(name) > 1})]
    if "unit" not in mapping.columns:
        problems.append("`unit` has no column: the answers would belong to no province")
    if mapping.layout == "long" and not {"respondent_id", "question", "answer"} <= set(mapping.columns):
        problems.append("a long export needs `respondent_id`, `question` and `answer`")
    if mapping.layout == "wide" and not any(code in mapping.columns for code in questions):
        problems.append("no question has a column")
    return problems


def _identifies(shape: ExportShape, column: str, book: CodeBook) -> str:
    variable = shape.variable(column)
    return identifier_by_name(variable.name, variable.label, book.identifiers) or variable.looks_like
