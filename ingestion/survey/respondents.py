"""The respondents of a wave: keys in place of identifiers, unit, sampling design, groups."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from ingestion.names import ascii_key, compose_key
from ingestion.resolver import default_resolver
from ingestion.survey.answers import numbers_of
from ingestion.survey.codebook import GROUP_FIELDS, CodeBook, FieldOf
from ingestion.survey.columns import Columns
from ingestion.survey.export import Variable
from ingestion.survey.identifiers import keyed_hash

_AGE_GROUPS = ((18, "under_18"), (30, "18_29"), (45, "30_44"), (60, "45_59"), (111, "60_plus"))


@dataclass
class Respondents:
    """One row a respondent, and what could not be read of them: (row, field, found, expected, rule)."""

    frame: pl.DataFrame
    age: np.ndarray[Any, np.dtype[np.float64]]
    minutes: np.ndarray[Any, np.dtype[np.float64]]
    day: pl.Series
    set_aside: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    #: How the design became known: `export`, `derived` or `none`, for weight, stratum and cluster.
    design: dict[str, str] = field(default_factory=dict)


def read_respondents(columns: Columns, book: CodeBook, wave_id: str, data_year: int, key: bytes) -> Respondents:
    """The respondents in the order of the export, numbered from 1."""
    rows = columns.rows()
    found: list[tuple[int, str, str, str, str]] = []
    design: dict[str, str] = {}
    number = pl.Series("respondent_no", np.arange(1, rows + 1, dtype=np.int32))
    unit = _units(columns, data_year, found)
    groups = {name: _group(columns, name, book.fields.get(name), found) for name in GROUP_FIELDS}
    age = _numbers(columns, "age", rows)
    frame = pl.DataFrame(
        {
            "respondent_no": number,
            "respondent_key": _keys(columns, wave_id, key, rows, found),
            "unit_code": unit,
            "stratum": _stratum(columns, unit, groups["urban_rural"], design),
            "cluster": _cluster(columns, unit, number, design),
            "weight": _weights(columns, rows, found, design),
            "interviewer_key": _interviewers(columns, wave_id, key, rows),
            "sex": groups["sex"],
            "age_group": _age_group(age),
            "ethnicity": groups["ethnicity"],
            "urban_rural": groups["urban_rural"],
            "education": groups["education"],
            "job": groups["job"],
            "interview_minutes": pl.Series(_numbers(columns, "interview_minutes", rows)).fill_nan(None),
        }
    )
    day = columns.series("interview_date").cast(pl.String) if columns.has("interview_date") else _nothing(rows)
    return Respondents(frame, age, _numbers(columns, "interview_minutes", rows), day, found, design)


def _nothing(rows: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, rows)


def _numbers(columns: Columns, name: str, rows: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not columns.has(name):
        return np.full(rows, np.nan)
    values = numbers_of(columns.series(name))
    for low, high in columns.variable(name).missing:
        values = np.where((values >= low) & (values <= high), np.nan, values)
    return np.where((values < 0) | (values > 1e6), np.nan, values)


def plain_texts(series: pl.Series) -> pl.Series:
    """Values as texts, whole numbers without a decimal point."""
    if series.dtype.is_float():
        return series.map_elements(lambda value: f"{value:.15g}", return_dtype=pl.String)
    return series.cast(pl.String)


def _labelled(series: pl.Series, variable: Variable) -> pl.Series:
    """Numbers as the label the export gives them, where it gives one."""
    if series.dtype == pl.String or not variable.value_labels:
        return plain_texts(series)
    labels = dict(variable.value_labels)
    plain = plain_texts(series)
    return plain.replace({f"{code:.15g}": text for code, text in labels.items()})


def _units(columns: Columns, data_year: int, found: list[tuple[int, str, str, str, str]]) -> pl.Series:
    texts = _labelled(columns.series("unit"), columns.variable("unit"))
    resolver = default_resolver()
    counts = dict(texts.value_counts().iter_rows())
    codes: dict[str, str | None] = {}
    for text, count in counts.items():
        if text is None:
            continue
        match = resolver.resolve(text, unit_type="province", data_year=data_year)
        codes[text] = match.unit_code
        if match.unit_code is None:
            # A text that hardly comes back is none of the provinces, and may be anything a person typed.
            shown = (
                text if count >= 5 and not any(sign.isdigit() for sign in text) else f"(a text of {len(text)} signs)"
            )
            near = "; ".join(match.candidates) or "a province of that year"
            rows = (texts == text).arg_true().to_list()
            found.extend((row, "unit", shown, near, "unit_unresolved") for row in rows)
    found.extend((row, "unit", "", "a province", "unit_missing") for row in texts.is_null().arg_true().to_list())
    return texts.replace_strict(codes, default=None, return_dtype=pl.String).alias("unit_code")


def _keys(
    columns: Columns, wave_id: str, key: bytes, rows: int, found: list[tuple[int, str, str, str, str]]
) -> pl.Series:
    """A keyed hash of the respondent's number; without one, of the row. A repeated number is told apart by its turn."""
    if not columns.has("respondent_id"):
        return pl.Series([keyed_hash(key, "row", wave_id, str(row)) for row in range(rows)])
    texts = plain_texts(columns.series("respondent_id")).to_list()
    seen: dict[str, int] = {}
    keys = []
    for row, text in enumerate(texts):
        if text is None:
            found.append((row, "respondent_id", "", "a number of its own", "respondent_id_missing"))
            keys.append(keyed_hash(key, "row", wave_id, str(row)))
            continue
        turn = seen[text] = seen.get(text, 0) + 1
        if turn > 1:
            found.append((row, "respondent_id", "(repeated)", "a number of its own", "respondent_id_repeated"))
            text = f"{text}\x1f{turn}"  # noqa: PLW2901
        keys.append(keyed_hash(key, "respondent", wave_id, text))
    return pl.Series(keys)


def _interviewers(columns: Columns, wave_id: str, key: bytes, rows: int) -> pl.Series:
    if not columns.has("interviewer"):
        return _nothing(rows)
    texts = plain_texts(columns.series("interviewer"))
    hashed = {text: keyed_hash(key, "interviewer", wave_id, text) for text in texts.unique().drop_nulls().to_list()}
    return texts.replace_strict(hashed, default=None, return_dtype=pl.String)


def _weights(
    columns: Columns, rows: int, found: list[tuple[int, str, str, str, str]], design: dict[str, str]
) -> pl.Series:
    design["weight"] = "export" if columns.has("weight") else "none"
    if not columns.has("weight"):
        return pl.Series(np.ones(rows))
    weights = numbers_of(columns.series("weight"))
    wrong = ~(np.isfinite(weights) & (weights > 0))
    for row in np.flatnonzero(wrong).tolist():
        shown = "" if np.isnan(weights[row]) else f"{weights[row]:g}"
        found.append((row, "weight", shown, "a number above 0", "weight_invalid"))
    return pl.Series(np.where(wrong, np.nan, weights)).fill_nan(None)


def _stratum(columns: Columns, unit: pl.Series, urban_rural: pl.Series, design: dict[str, str]) -> pl.Series:
    """The stratum, unique over all units; without one, the unit by urban and rural."""
    design["stratum"] = "export" if columns.has("stratum") else "derived"
    inner = _labelled(columns.series("stratum"), columns.variable("stratum")) if columns.has("stratum") else urban_rural
    return _joined(unit, inner.fill_null("?"))


def _cluster(columns: Columns, unit: pl.Series, number: pl.Series, design: dict[str, str]) -> pl.Series:
    """The cluster, unique over all units; a respondent without one is a cluster of their own."""
    design["cluster"] = "export" if columns.has("cluster") else "none"
    own = pl.select(pl.format("#{}", number)).to_series()
    if not columns.has("cluster"):
        return own
    inner = _labelled(columns.series("cluster"), columns.variable("cluster"))
    return pl.select(pl.when(inner.is_null()).then(own).otherwise(_joined(unit, inner.fill_null("")))).to_series()


def _joined(unit: pl.Series, inner: pl.Series) -> pl.Series:
    return pl.select(pl.format("{}/{}", unit.fill_null("?"), inner)).to_series()


def _group(
    columns: Columns, name: str, described: FieldOf | None, found: list[tuple[int, str, str, str, str]]
) -> pl.Series:
    """A respondent group under the code book's own code (`female`, `urban`, …), by number or by wording."""
    if not columns.has(name) or described is None:
        return _nothing(columns.rows())
    texts = _labelled(columns.series(name), columns.variable(name))
    meaning: dict[str, str] = {}
    for code, answer in described.codes.items():
        slug = re.sub(r"[^a-z0-9]+", "_", answer.en.lower()).strip("_")
        for wording in (str(code), answer.vi, answer.en, *answer.also):
            meaning[compose_key(wording)] = slug
    known = {text: meaning.get(compose_key(text)) for text in texts.unique().drop_nulls().to_list()}
    for text in (text for text, slug in known.items() if slug is None):
        shown = text if ascii_key(text).isdigit() and len(text) <= 6 else f"(a text of {len(text)} signs)"
        rows = (texts == text).arg_true().to_list()
        found.extend((row, name, shown, ", ".join(map(str, described.codes)), "outside_scale") for row in rows)
    return texts.replace_strict(known, default=None, return_dtype=pl.String)


def _age_group(age: np.ndarray[Any, np.dtype[np.float64]]) -> pl.Series:
    names = np.full(age.shape, None, object)
    for limit, name in reversed(_AGE_GROUPS):
        names[age < limit] = name
    return pl.Series(names.tolist(), dtype=pl.String)
