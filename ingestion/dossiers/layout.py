"""Which heading of an export means which column: the YAML files of `data/reference/dossiers`, reviewed as data."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from ingestion.dossiers.privacy import without_personal_data
from warehouse.errors import EnvironmentBroken, Refusal, Refused
from warehouse.home import REFERENCE_DIR

DOSSIER_REFERENCE = REFERENCE_DIR / "dossiers"
#: Files of that folder that are no layouts.
_OTHER = {"words", "settings"}
_SPACES = re.compile(r"\s+")
_MAX_SHOWN = 8


@dataclass(frozen=True)
class Layout:
    """One form of export; `headings` gives the column (canonical, personal or ignored) by folded heading."""

    layout_id: str
    delimiters: tuple[str, ...]
    required: tuple[str, ...]
    headings: dict[str, str]
    hashed: frozenset[str]
    personal: frozenset[str]
    content_hash: str


@dataclass(frozen=True)
class Header:
    """A header that fits a layout: the position of each column that is read."""

    layout: Layout
    delimiter: str
    width: int
    positions: dict[str, int]


def fold(text: str) -> str:
    """A heading or word without what carries no meaning: letter case, Unicode form, spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip().casefold()


@lru_cache(maxsize=8)
def layouts(folder: Path = DOSSIER_REFERENCE) -> tuple[Layout, ...]:
    """The layouts, by name.

    Raises:
        EnvironmentBroken: a layout is not described as it must be.
    """
    files = {path.stem: path for path in sorted(folder.glob("*.yml")) if path.stem not in _OTHER}
    raw = {name: yaml.safe_load(path.read_text("utf-8")) for name, path in files.items()}
    try:
        return tuple(_layout(name, raw) for name in sorted(raw))
    except (KeyError, TypeError) as error:
        raise EnvironmentBroken(f"{folder}: a layout of dossiers lacks {error}") from error


def _layout(name: str, raw: dict[str, Any]) -> Layout:
    own = raw[name]
    base = raw[own["extends"]] if "extends" in own else {}
    columns = {**base.get("columns", {}), **own.get("columns", {})}
    personal = {**base.get("personal", {}), **own.get("personal", {})}
    headings: dict[str, str] = {}
    for column, texts in [*columns.items(), *((key, value["headings"]) for key, value in personal.items())]:
        headings |= {fold(text): column for text in texts}
    headings |= {fold(text): "" for text in [*base.get("ignored", []), *own.get("ignored", [])]}
    return Layout(
        layout_id=own["layout_id"],
        delimiters=tuple(own["delimiters"]),
        required=tuple(own["required"]),
        headings=headings,
        hashed=frozenset(key for key, value in personal.items() if value["keep"] == "hash"),
        personal=frozenset(personal),
        content_hash=hashlib.sha256(repr((base, own)).encode()).hexdigest()[:16],
    )


def match_header(file_name: str, line: str | Sequence[str], folder: Path = DOSSIER_REFERENCE) -> Header:
    """The layout whose headings these are; `line` is the first line of a CSV, or the names of Parquet columns.

    Raises:
        Refused: a heading is unknown or doubled, or one that is needed is missing. Nothing but headings is quoted,
            and no heading when the line seems to be none.
    """
    tried = [_try(layout, delimiter, cells) for layout in layouts(folder) for delimiter, cells in _splits(layout, line)]
    fitting = [found for found in tried if not found.problems]
    if fitting:
        best = max(fitting, key=lambda found: len(found.header.positions))
        return best.header
    nearest = max(tried, key=lambda found: (found.known, -len(found.problems)))
    raise Refused(*(_refusal(file_name, nearest, problem) for problem in nearest.problems))


@dataclass(frozen=True)
class _Attempt:
    header: Header
    known: int
    problems: tuple[tuple[str, str, str], ...]  # rule, found, place


def _splits(layout: Layout, line: str | Sequence[str]) -> list[tuple[str, list[str]]]:
    if not isinstance(line, str):
        return [("", list(line))]
    import csv

    return [(delimiter, next(csv.reader([line], delimiter=delimiter), [])) for delimiter in layout.delimiters]


def _try(layout: Layout, delimiter: str, cells: Sequence[str]) -> _Attempt:
    names = [layout.headings.get(fold(cell)) for cell in cells]
    known = sum(name is not None for name in names)
    positions = {name: place for place, name in reversed(list(enumerate(names))) if name}
    header = Header(layout, delimiter, len(cells), positions)
    if 2 * known < len(cells) or known < 3:
        return _Attempt(header, known, (("no_header", f"{known} of {len(cells)} headings known", "line 1"),))
    problems = []
    unknown = [(place, cell) for place, (name, cell) in enumerate(zip(names, cells, strict=True)) if name is None]
    for place, cell in unknown[:_MAX_SHOWN]:
        problems.append(("unknown_heading", without_personal_data(cell)[:60] or "empty", f"line 1, column {place + 1}"))
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    problems += [("doubled_heading", name, "line 1") for name in doubled]
    problems += [("missing_heading", "no such column", name) for name in layout.required if name not in positions]
    return _Attempt(header, known, tuple(problems))


_WORDS = {
    "no_header": (
        "the first line is not the headings of an export of dossiers",
        "dòng đầu tiên không phải tiêu đề của một kết xuất hồ sơ",
        "send the export as the portal made it, with its headings and one row a dossier",
    ),
    "unknown_heading": (
        "nobody described this column, so nobody knows whether it may be kept",
        "cột này chưa được mô tả nên chưa biết có được phép lưu hay không",
        "leave the column out, or have it described in data/reference/dossiers",
    ),
    "doubled_heading": (
        "two columns mean the same",
        "hai cột có cùng ý nghĩa",
        "send one of the two",
    ),
    "missing_heading": (
        "a column that every measure needs is missing",
        "thiếu một cột cần cho mọi chỉ số",
        "add the column to the export",
    ),
}


def _refusal(file_name: str, attempt: _Attempt, problem: tuple[str, str, str]) -> Refusal:
    rule, found, place = problem
    text_en, text_vi, action = _WORDS[rule]
    return Refusal(
        file_name=file_name,
        rule=rule,
        found=found,
        expected=f"the headings of data/reference/dossiers ({attempt.header.layout.layout_id})",
        place=place,
        text_en=text_en,
        text_vi=text_vi,
        action=action,
    )
