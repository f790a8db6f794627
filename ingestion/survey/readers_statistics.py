"""SPSS (.sav, .zsav, .por) and Stata (.dta): what the file says of its columns, and the columns asked for.

polars-readstat reads numbers and dates, in a sixth of pyreadstat's time. pyreadstat reads names, labels and texts, one
byte a character (ISO 8859-1), so that the encoding is decided once for all of them: polars-readstat turns a byte that
does not fit the declared encoding into nothing, and pyreadstat itself loses the last character of text declared as
windows-1258.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat
from polars_readstat import ScanReadstat, scan_readstat

from ingestion.survey.export import STATA_TAG_BASE, ExportShape, MultipleResponse, Variable
from ingestion.survey.identifiers import identifier_by_values
from ingestion.survey.limits import MAX_VARIABLES, SAMPLE_ROWS, SAMPLE_TEXTS
from ingestion.survey.refusing import refuse

_READERS: dict[str, Any] = {
    "sav": pyreadstat.read_sav,
    "zsav": pyreadstat.read_sav,
    "por": pyreadstat.read_por,
    "dta": pyreadstat.read_dta,
}
#: Columns read at once: what is held in memory is these columns of all respondents.
_COLUMNS_AT_ONCE = 16
_NUMBER_TAGS = {f".{chr(97 + i)}": float(STATA_TAG_BASE - 1 - i) for i in range(26)}


def statistics_shape(path: Path, kind: str, file_name: str) -> ExportShape:
    """The shape of the export at `path`.

    Raises:
        Refused: more columns than a questionnaire can have.
    """
    _, meta = _read(path, kind, metadataonly=True, **({} if kind == "por" else {"user_missing": True}))
    if len(meta.column_names) > MAX_VARIABLES:
        raise refuse(
            file_name, "survey_too_wide", found=f"{len(meta.column_names):,} columns", expected=f"≤ {MAX_VARIABLES:,}"
        )
    types = _kinds(path, meta)
    texts = [name for name, of in zip(meta.column_names, types, strict=True) if of == "text"]
    sample = _sample(path, kind, texts)
    looks = {name: identifier_by_values(values) for name, values in sample.items()}
    variables = tuple(
        Variable(
            name=name,
            label=label or "",
            kind=of,
            value_labels=_value_labels(meta.variable_value_labels.get(name, {})),
            missing=_missing(meta, name, kind),
            looks_like=looks.get(name, ""),
        )
        for name, label, of in zip(meta.column_names, meta.column_labels, types, strict=True)
    )
    return ExportShape(
        format=kind,
        reader=f"polars-readstat {version('polars-readstat')}, pyreadstat {version('pyreadstat')}",
        rows=int(meta.number_rows or _count(path)),
        variables=variables,
        sets=tuple(_set(name, item) for name, item in (getattr(meta, "mr_sets", None) or {}).items()),
        declared_encoding=str(meta.file_encoding or ""),
        is_bytes=True,
        samples=tuple(_samples({name: values for name, values in sample.items() if not looks[name]})),
    )


def write_statistics_data(path: Path, shape: ExportShape, columns: Sequence[str], folder: Path) -> None:
    """Write the columns named into `folder` as Arrow files, a few columns each; texts one byte a character."""
    order = [item.name for item in shape.variables]
    frame_names = list(ScanReadstat(str(path)).schema) if shape.format != "por" else None
    numbers = [name for name in order if name in set(columns) and shape.variable(name).kind != "text"]
    texts = [name for name in order if name in set(columns) and shape.variable(name).kind == "text"]
    for part, start in enumerate(range(0, len(numbers), _COLUMNS_AT_ONCE)):
        group = numbers[start : start + _COLUMNS_AT_ONCE]
        if frame_names is None:
            frame = scan_readstat(str(path)).collect().select(group)
        else:
            frame = _numbers(path, shape, {name: frame_names[order.index(name)] for name in group})
        frame.write_ipc(folder / f"numbers_{part:03d}.arrow", compression="lz4")
    if texts:
        content, _ = _read(path, shape.format, usecols=texts, output_format="dict")
        frame = pl.DataFrame({name: pl.Series(name, list(content[name]), dtype=pl.String) for name in texts})
        frame.write_ipc(folder / "texts_000.arrow", compression="lz4")


def _numbers(path: Path, shape: ExportShape, group: dict[str, str]) -> pl.DataFrame:
    """Columns with what was declared user-missing as its code; `group` maps our names to polars-readstat's."""
    is_stata = shape.format == "dta"
    tagged = [
        item.name
        for item in shape.variables
        if item.name in group and item.kind == "number" and (is_stata or item.missing)
    ]
    options: dict[str, Any] = {"preserve_order": True, "threads": 1}
    if tagged:
        nulls = {"columns": [group[name] for name in tagged], "mode": "struct", "use_value_labels": False}
        options["informative_nulls"] = nulls
    # Selected by name only: the library does not find the indicator of a column it was asked for in an expression.
    frame = scan_readstat(str(path), **options).select(list(group.values())).collect()
    columns = []
    for name, theirs in group.items():
        series = frame[theirs]
        if series.dtype == pl.Struct:
            value, tag = series.struct.field(theirs), series.struct.field("null_indicator")
            code = tag.replace_strict(_NUMBER_TAGS, default=None, return_dtype=pl.Float64) if is_stata else None
            series = pl.select(
                pl.coalesce(value.cast(pl.Float64), code if code is not None else tag.cast(pl.Float64, strict=False))
            ).to_series()
        columns.append(series.alias(name))
    return pl.DataFrame(columns)


def _read(path: Path, kind: str, **options: Any) -> tuple[Any, Any]:
    if kind == "por":
        return tuple(_READERS[kind](str(path), **options))
    return tuple(_READERS[kind](str(path), encoding="ISO-8859-1", **options))


def _kinds(path: Path, meta: Any) -> list[str]:
    schema = scan_readstat(str(path)).collect_schema()
    if len(schema) != len(meta.column_names):
        raise ValueError("the two libraries count different columns")
    return [_kind(dtype) for dtype in schema.dtypes()]


def _kind(dtype: pl.DataType) -> str:
    if dtype == pl.String:
        return "text"
    if dtype == pl.Date:
        return "date"
    return "moment" if dtype.is_temporal() else "number"


def _value_labels(labels: dict[Any, str]) -> tuple[tuple[float, str], ...]:
    found = []
    for code, text in labels.items():
        if isinstance(code, str):
            tag = _NUMBER_TAGS.get(f".{code}")
            if tag is None:
                continue  # labels of text values carry no code
            code = tag  # noqa: PLW2901
        found.append((float(code), text))
    return tuple(sorted(found))


def _missing(meta: Any, name: str, kind: str) -> tuple[tuple[float, float], ...]:
    ranges = [(item["lo"], item["hi"]) for item in (meta.missing_ranges or {}).get(name, [])]
    found = [(float(low), float(high)) for low, high in ranges if not isinstance(low, str)]
    if kind == "dta":
        found.append((min(_NUMBER_TAGS.values()), max(_NUMBER_TAGS.values())))
    return tuple(sorted(found))


def _set(name: str, item: Any) -> MultipleResponse:
    counted = item.get("counted_value")
    value = float(counted) if counted is not None and item.get("is_dichotomy") else None
    return MultipleResponse(name, item.get("label") or "", tuple(item["variable_list"]), value)


def _sample(path: Path, kind: str, texts: list[str]) -> dict[str, list[str]]:
    if not texts:
        return {}
    content, _ = _read(path, kind, usecols=texts, row_limit=SAMPLE_ROWS, output_format="dict")
    return {name: [str(value) for value in content[name] if isinstance(value, str) and value] for name in texts}


def _samples(sample: dict[str, list[str]]) -> list[str]:
    return sorted({value for values in sample.values() for value in values if not value.isascii()})[:SAMPLE_TEXTS]


def _count(path: Path) -> int:
    return int(scan_readstat(str(path)).select(pl.len()).collect().item())
