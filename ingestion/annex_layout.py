"""The words by which an annex is recognised (`data/reference/layouts/annex.yml`), ready to compare with."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ingestion.layouts import layout_data, plain
from warehouse.home import REFERENCE_DIR

_LIST_NUMBER = re.compile(r"^(?:\d{1,2}|[IVX]{1,5}|[A-H])\s*[.)]\s+")


def phrase_key(text: str) -> str:
    """`text` for comparing headers and titles: no case, marks or punctuation; `%` counts as the word."""
    return plain(text.replace("%", " phần trăm "))


def contains_phrase(key: str, phrase: str) -> bool:
    """Whether the words of `phrase` stand in `key` one after the other; both are phrase keys."""
    return f" {phrase} " in f" {key} "


@dataclass(frozen=True)
class Shape:
    """One known form of table: the roles its columns must and may have."""

    layout_id: str
    required: frozenset[str]
    any_of: frozenset[str]
    optional: frozenset[str]

    def fits(self, roles: Iterable[str]) -> bool:
        """Whether columns of these roles, and no others, make this form."""
        present = set(roles)
        return (
            self.required <= present
            and bool(self.any_of & present)
            and present <= self.required | self.any_of | self.optional
        )


@dataclass(frozen=True)
class AnnexLayout:
    """The layout file; every mapping is from phrase keys. `version` changes whenever a word of the file does."""

    version: str
    shapes: tuple[Shape, ...]
    roles: Mapping[str, str]  # header -> role
    header_examples: Mapping[str, str]  # role -> the header as people write it
    unit_type_of_header: Mapping[str, str]
    unit_type_of_section: Mapping[str, str]
    unit_type_of_title: Mapping[str, str]
    index_titles: Mapping[str, str]  # phrase -> index_code
    index_measures: Mapping[str, frozenset[str]]
    indicators: Mapping[str, Mapping[str, str]]  # index_code -> phrase -> indicator_code
    statuses: Mapping[str, str]
    measures: Mapping[str, str]
    headings: Mapping[str, tuple[str, ...]]

    def index_in(self, key: str) -> set[str]:
        """The indices whose names stand in `key`."""
        return {code for phrase, code in self.index_titles.items() if contains_phrase(key, phrase)}

    def section_type(self, title: str) -> str | None:
        """The kind of unit a sheet or section title names, with or without a list number before it."""
        return self.unit_type_of_section.get(phrase_key(_LIST_NUMBER.sub("", title.strip())))

    def indicator(self, index_code: str, text: str) -> str | None:
        """The indicator of the index that `text` names, by name or code; None rather than a guess."""
        known = self.indicators.get(index_code, {})
        return known.get(phrase_key(text)) or known.get(phrase_key(_LIST_NUMBER.sub("", text.strip())))


@lru_cache(maxsize=4)
def load_annex_layout(reference_dir: Path = REFERENCE_DIR) -> AnnexLayout:
    """The layout, joined with the names of the reference table `indicator`; read once a process."""
    content, version = layout_data("annex")
    unit_types: dict[str, dict[str, list[str]]] = content["unit_types"]
    indices: dict[str, dict[str, list[str]]] = content["indices"]
    return AnnexLayout(
        version=version,
        shapes=tuple(
            Shape(one["id"], frozenset(one["required"]), frozenset(one["any_of"]), frozenset(one["optional"]))
            for one in content["layouts"]
        ),
        roles=_by_phrase(content["headers"]),
        header_examples={role: phrases[0] for role, phrases in content["headers"].items()},
        unit_type_of_header=_by_phrase({kind: words["headers"] for kind, words in unit_types.items()}),
        unit_type_of_section=_by_phrase({kind: words["sections"] for kind, words in unit_types.items()}),
        unit_type_of_title=_by_phrase({kind: words["titles"] for kind, words in unit_types.items()}),
        index_titles=_by_phrase({code: words["titles"] for code, words in indices.items()}),
        index_measures={code: frozenset(words["measures"]) for code, words in indices.items()},
        indicators=_indicators(content["indicators"], reference_dir),
        statuses=_by_phrase(content["statuses"]),
        measures=_by_phrase(content["measures"]),
        headings={name: tuple(map(phrase_key, phrases)) for name, phrases in content["headings"].items()},
    )


def _by_phrase(phrases: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {phrase_key(phrase): meaning for meaning, written in phrases.items() for phrase in written}


def _indicators(written: Mapping[str, list[str]], reference_dir: Path) -> dict[str, dict[str, str]]:
    """The layout's phrases first, as they were written for annexes; a reference name of two indicators is left out."""
    names: dict[str, dict[str, set[str]]] = {}
    for row in _reference_rows(reference_dir, "indicator"):
        known = names.setdefault(row["index_code"], {})
        for text in (row["indicator_code"], row["name_vi"], row["name_en"]):
            known.setdefault(phrase_key(text), set()).add(row["indicator_code"])
    found = {
        index: {phrase: next(iter(codes)) for phrase, codes in known.items() if phrase and len(codes) == 1}
        for index, known in names.items()
    }
    for code, phrases in written.items():
        index_code = code.partition(".")[0]
        for phrase in (code, *phrases):
            found.setdefault(index_code, {})[phrase_key(phrase)] = code
    return found


@lru_cache(maxsize=4)
def edition_geographies(reference_dir: Path = REFERENCE_DIR) -> Mapping[tuple[str, int, str], str]:
    """The map on which an edition was published where it is not that year's: (index, year, unit type) -> version."""
    return {
        (row["index_code"], int(row["data_year"]), row["unit_type"]): row["geography_version"]
        for row in _reference_rows(reference_dir, "index_edition")
        if row["geography_version"]
    }


def _reference_rows(reference_dir: Path, table: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for path in sorted(reference_dir.rglob(f"{table}.csv")):
        with path.open(encoding="utf-8", newline="") as reading:
            rows.extend(csv.DictReader(reading))
    return rows
