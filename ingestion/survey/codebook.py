"""Code books: what the columns of a survey year mean, as data (`data/reference/survey/*.yml`).

What no source says is marked `assumption: true` with the reason, so that a reader of an estimate can tell what is known
from what is ours.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from warehouse.home import REFERENCE_DIR

CODE_BOOK_DIR = REFERENCE_DIR / "survey"

#: Fields of a respondent that are not questions. `unit` alone must be found in every export.
FIELD_NAMES = (
    "respondent_id", "unit", "stratum", "cluster", "weight", "interviewer", "interview_minutes", "interview_date",
    "sex", "age", "ethnicity", "urban_rural", "education", "job",
)  # fmt: skip
GROUP_FIELDS = ("sex", "ethnicity", "urban_rural", "education", "job")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(_Model):
    """Where a statement comes from: a source, or our own assumption with its reason."""

    source_url: str = ""
    assumption: bool = False
    reason: str = ""

    @model_validator(mode="after")
    def _says_where_from(self) -> Sourced:
        if self.assumption and not self.reason:
            raise ValueError("an assumption needs its reason")
        return self


class Answer(_Model):
    """One answer of a scale; `also` are other wordings under which exports print it."""

    vi: str
    en: str
    also: tuple[str, ...] = ()


class Scale(Sourced):
    """The answers of a question. `satisfied` are the codes that count as satisfied; empty: the scale measures other."""

    codes: dict[int, Answer]
    direction: Literal["higher_is_better", "lower_is_better", "none"] = "none"
    satisfied: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _satisfied_is_on_scale(self) -> Scale:
        if not set(self.satisfied) <= set(self.codes):
            raise ValueError("`satisfied` names codes that are not on the scale")
        if any(not -100 <= code <= 100 for code in self.codes):
            raise ValueError("codes lie between -100 and 100")
        if self.satisfied and not (self.source_url or self.assumption):
            raise ValueError("what counts as satisfied needs a source or is an assumption")
        return self


class Filter(_Model):
    """The question is asked only of those who answered `question` with one of `codes`."""

    question: str
    codes: tuple[int, ...]


class Question(Sourced):
    """One item of the questionnaire. An item of a multiple-response set names the set in `set_code`."""

    code: Annotated[str, Field(pattern=r"^[A-Z0-9_.]{2,40}$")]
    names: tuple[str, ...] = ()
    scale: str
    indicator_code: str | None = None
    factor: str = ""
    block: str = ""
    set_code: str = ""
    #: In a multiple-response set: the answer of this item in exports that hold the answers of a set in one cell.
    set_answer: int | None = None
    only_if: Filter | None = None
    text_vi: str
    text_en: str
    is_required: bool = True


class FieldOf(Sourced):
    """A column that is no question: how exports call it, and for groups what its codes mean."""

    names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    codes: dict[int, Answer] = {}
    is_required: bool = False


class Codes(Sourced):
    """Codes with a meaning outside every scale."""

    user_missing: tuple[int, ...] = ()
    not_applicable: tuple[int, ...] = ()


class MultipleSet(_Model):
    """A multiple-response set in one column: its answers stand in one cell, with `separator` between them."""

    code: str
    names: tuple[str, ...]
    separator: str = ";"


class LongLayout(_Model):
    """The columns of an export that has one row a respondent and question."""

    question_names: tuple[str, ...] = ("question", "cau_hoi", "item")
    answer_names: tuple[str, ...] = ("answer", "tra_loi", "value")


class QualityRules(Sourced):
    """Thresholds of the response quality; `excludes` are the rules whose respondents are left out of estimates."""

    straight_lining_min_items: int = 15
    speeding_share_of_median: float = 0.33
    duplicate_min_items: int = 10
    age_min: int = 18
    age_max: int = 110
    interviewer_min_interviews: int = 20
    interviewer_fdr: float = 0.01
    excludes: tuple[str, ...] = ("straight_lining", "speeding", "duplicate", "impossible_age")


class CodeBook(Sourced):
    """The questionnaire of some years."""

    code_book: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    index_code: str
    year_from: int
    year_to: int
    title_vi: str
    title_en: str
    population_vi: str
    population_en: str
    weighting: Sourced
    stratification: Sourced
    clustering: Sourced
    fields: dict[str, FieldOf]
    scales: dict[str, Scale]
    special_codes: Codes
    questions: tuple[Question, ...]
    multiple_sets: tuple[MultipleSet, ...] = ()
    long_layout: LongLayout = LongLayout()
    quality: QualityRules
    identifiers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_fit(self) -> CodeBook:
        unknown = set(self.fields) - set(FIELD_NAMES)
        if unknown:
            raise ValueError(f"unknown fields: {sorted(unknown)}")
        codes = [question.code for question in self.questions]
        if len(set(codes)) < len(codes):
            raise ValueError("two questions have one code")
        for question in self.questions:
            if question.scale not in self.scales:
                raise ValueError(f"{question.code}: unknown scale {question.scale}")
            if question.only_if and question.only_if.question not in codes[: codes.index(question.code)]:
                raise ValueError(f"{question.code}: its filter question must stand before it")
        sets = {item.code for item in self.multiple_sets}
        if not {question.set_code for question in self.questions if question.set_code} <= sets:
            raise ValueError("a question names a multiple-response set that is not described")
        return self

    def question(self, code: str) -> Question:
        """The question of that code."""
        return next(question for question in self.questions if question.code == code)

    def scale_of(self, question: Question) -> Scale:
        """The scale of a question."""
        return self.scales[question.scale]


def read_code_book(path: Path) -> CodeBook:
    """The code book at `path`.

    Raises:
        ValueError: it does not have the shape of a code book (pydantic names the place).
    """
    return CodeBook.model_validate(yaml.safe_load(path.read_text("utf-8")))


def read_code_books(folder: Path = CODE_BOOK_DIR) -> tuple[CodeBook, ...]:
    """Every code book of the project, by name."""
    return tuple(read_code_book(path) for path in sorted(folder.glob("*.yml")))


def code_book_hash(book: CodeBook) -> str:
    """A hash of all a code book says: an accepted mapping holds for this wording of it only."""
    return hashlib.sha256(book.model_dump_json().encode()).hexdigest()[:16]
