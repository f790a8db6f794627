"""One question's column → codes and states: answered, not answered, not applicable, user-missing, quarantined."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ingestion.names import compose_key
from ingestion.survey.codebook import CodeBook, Question, Scale
from ingestion.survey.export import Variable

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

STATES = ("answered", "not_answered", "not_applicable", "user_missing", "quarantined")
ANSWERED, NOT_ANSWERED, NOT_APPLICABLE, USER_MISSING, QUARANTINED = range(5)
#: In code arrays: no answer.
NO_CODE = -128
#: A text that is neither a number nor a wording of the scale.
_UNKNOWN_TEXT = -1e300


@dataclass(frozen=True)
class Answers:
    """The answers to one question. `codes` is NO_CODE where the state is not `answered`."""

    question: Question
    codes: Codes
    states: Codes
    #: Positions that were set aside, each with the rule; `raw` are the numbers found there.
    set_aside: tuple[tuple[str, npt.NDArray[np.int64]], ...]
    raw: Floats


def numbers_of(series: pl.Series, scale: Scale | None = None) -> Floats:
    """The values as numbers, NaN for nothing; wordings of the scale as their code, other texts as no answer of any."""
    if series.dtype != pl.String:
        plain = series.cast(pl.Float64, strict=False)
        return plain.fill_null(float("nan")).to_numpy()
    wordings = {}
    if scale is not None:
        for code, answer in scale.codes.items():
            for wording in (answer.vi, answer.en, *answer.also):
                wordings[compose_key(wording)] = float(code)
    meaning: dict[str, float] = {}
    for text in series.unique().drop_nulls().to_list():
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            meaning[text] = number
        else:
            meaning[text] = wordings.get(compose_key(text), _UNKNOWN_TEXT)
    replaced = series.replace_strict(meaning, default=None, return_dtype=pl.Float64)
    return replaced.fill_null(float("nan")).to_numpy()


def read_answers(
    question: Question, book: CodeBook, values: Floats, variable: Variable, asked: Flags | None
) -> Answers:
    """Judge a column. `asked`: who was to be asked, None for everybody."""
    scale = book.scale_of(question)
    values = _recoded(values, variable, scale)
    blank = np.isnan(values)
    missing = np.isin(values, book.special_codes.user_missing) & ~np.isin(values, list(scale.codes))
    for low, high in variable.missing:
        missing |= (values >= low) & (values <= high)
    not_applicable = np.isin(values, book.special_codes.not_applicable) & ~np.isin(values, list(scale.codes)) & ~missing
    on_scale = np.isin(values, list(scale.codes)) & ~missing
    outside = ~(blank | missing | not_applicable | on_scale)
    states = np.full(values.shape, NOT_ANSWERED, np.int8)
    states[on_scale] = ANSWERED
    states[missing] = USER_MISSING
    states[not_applicable] = NOT_APPLICABLE
    states[outside] = QUARANTINED
    against = np.zeros_like(blank)
    if asked is not None:
        against = on_scale & ~asked
        states[(blank | missing) & ~asked] = NOT_APPLICABLE
        states[against] = QUARANTINED
    codes = np.full(values.shape, NO_CODE, np.int8)
    answered = states == ANSWERED
    codes[answered] = values[answered].astype(np.int8)
    set_aside = tuple(
        (rule, np.flatnonzero(found))
        for rule, found in (("outside_scale", outside), ("answered_against_filter", against))
        if found.any()
    )
    return Answers(question, codes, states, set_aside, values)


def _recoded(values: Floats, variable: Variable, scale: Scale) -> Floats:
    """Codes that the export gives to answers the scale has under other codes: its wordings say which is which."""
    by_wording = {
        compose_key(wording): code
        for code, answer in scale.codes.items()
        for wording in (answer.vi, answer.en, *answer.also)
    }
    other = {
        code: by_wording[compose_key(text)]
        for code, text in variable.value_labels
        if by_wording.get(compose_key(text), code) != code
    }
    if not other:
        return values
    recoded = values.copy()
    for code, meant in other.items():
        recoded[values == code] = meant
    return recoded


def set_items(series: pl.Series, separator: str, answers: dict[int, str]) -> tuple[dict[str, Floats], Floats]:
    """A multiple-response set in one column → 1 and 0 for each item; and numbers named that no item has (NaN: none)."""
    distinct = series.cast(pl.String).unique().drop_nulls().to_list()
    ticked: dict[str, set[str]] = {}
    unknown: dict[str, float] = {}
    for text in distinct:
        pieces = {piece.strip() for piece in text.split(separator) if piece.strip()}
        numbers = {int(piece) for piece in pieces if piece.isdigit()}
        ticked[text] = {answers[number] for number in numbers if number in answers}
        strange = [number for number in numbers if number not in answers]
        unknown[text] = (
            float(strange[0]) if strange else (_UNKNOWN_TEXT if len(numbers) < len(pieces) else float("nan"))
        )
    plain = series.cast(pl.String)
    items = {
        code: plain.replace_strict({text: float(code in found) for text, found in ticked.items()}, default=None,
                                   return_dtype=pl.Float64).fill_null(float("nan")).to_numpy()
        for code in answers.values()
    }  # fmt: skip
    strange_at = plain.replace_strict(unknown, default=None, return_dtype=pl.Float64).fill_null(float("nan"))
    return items, strange_at.to_numpy()


def shown(value: float) -> str:
    """What a quarantined answer is shown as: a small number, never a text or a long number, which may be personal."""
    if value == _UNKNOWN_TEXT:
        return "(a text)"
    if abs(value) >= 1_000_000:
        return "(a long number)"
    return f"{value:g}"
