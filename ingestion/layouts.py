"""Known table shapes as data (`data/reference/layouts/*.yml`): what a header means, and what each year must hold.

Headers are compared as whole phrases after marks, case and punctuation are taken off; nothing is matched in part, so
a header that was never seen has no meaning rather than the nearest one.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from warehouse.home import REFERENCE_DIR

LAYOUT_DIR = REFERENCE_DIR / "layouts"

Kind = Literal["province", "province_check", "filler", "rank", "ignore", "indicator"]

_NOT_WORD = re.compile(r"[^0-9a-z]+")
_PLACEHOLDERS = {"{year}": ("qqyearqq", r"(?P<year>20[0-9]{2})"), "{number}": ("qqnumberqq", r"[0-9]+(?: [0-9]+)*")}
_YEAR = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")


@dataclass(frozen=True)
class Meaning:
    """What a header text means. `code` is the indicator's (for a rank: of which total); `year` if the text says it."""

    kind: Kind
    code: str | None = None
    reason: str | None = None
    year: int | None = None

    @property
    def role(self) -> tuple[str, str | None]:
        """What two header rows of one column must agree on."""
        return self.kind, self.code if self.kind != "ignore" else None


@dataclass(frozen=True)
class YearLayout:
    """What the workbook of a year that was seen holds."""

    form: str
    geography_version: str
    indicators: frozenset[str]


@dataclass(frozen=True)
class Layout:
    """One layout file, or one section of it. `version` changes whenever a word of the file does."""

    layout_id: str
    version: str
    source: str
    unit_type: str
    total: str
    min_parts: int
    exact: dict[str, Meaning]
    spellings: dict[str, str]
    patterns: tuple[tuple[re.Pattern[str], Meaning], ...]
    unnamed_running_number: str | None
    summary_rows: frozenset[str]
    highest_rows: frozenset[str]
    highest_total_adds_up: frozenset[str]
    look_up_rows: frozenset[str]
    tier_words: frozenset[str]
    years: dict[int, YearLayout]
    sheet_year: re.Pattern[str] | None
    _cache: dict[str, Meaning | None] = field(default_factory=dict, compare=False)

    def meaning_of(self, text: str) -> Meaning | None:
        """The meaning of a header text; None when it is not a known phrase."""
        if text not in self._cache:
            self._cache[text] = self._look_up(plain(text))
        return self._cache[text]

    def _look_up(self, text: str) -> Meaning | None:
        if text in self.exact:
            return self.exact[text]
        for pattern, meaning in self.patterns:
            found = pattern.fullmatch(text)
            if found:
                year = found.groupdict().get("year")
                return Meaning(meaning.kind, meaning.code, meaning.reason, int(year) if year else None)
        return None

    def nearest_phrase(self, text: str) -> str:
        """The known phrase most like `text`, to name in a refusal."""
        from rapidfuzz import fuzz, process

        found = process.extractOne(plain(text), list(self.spellings), scorer=fuzz.ratio)
        return self.spellings[found[0]] if found else ""

    def nearest_layout(self, indicators: frozenset[str]) -> str:
        """The seen year whose indicators are most like those found, to name in a refusal."""

        def likeness(year: int) -> tuple[float, int]:
            known = self.years[year].indicators
            return len(known & indicators) / len(known | indicators), year

        best = max(self.years, key=likeness)
        return f"{self.layout_id} as in {best} ({self.years[best].form}, {len(self.years[best].indicators)} scores)"


def plain(text: str) -> str:
    """`text` without marks, case and punctuation, its words parted by single spaces: how headers are compared."""
    spread = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "d").lower())
    return _NOT_WORD.sub(" ", "".join(sign for sign in spread if not unicodedata.combining(sign))).strip()


def years_in(text: str) -> frozenset[int]:
    """The years a file's name, a sheet's name or a title speaks of."""
    return frozenset(int(year) for year in _YEAR.findall(text))


def batch_id_for(sha256: str, source_key: str, layout_version: str) -> str:
    """The identity of a reading: the same bytes read for the same key in the same way are the same batch."""
    digest = hashlib.sha256(f"{sha256}\n{source_key}\n{layout_version}".encode()).hexdigest()
    return f"b_{digest[:16]}"


def layout_data(name: str) -> tuple[dict[str, Any], str]:
    """The content of `layouts/<name>.yml` and a short hash of it, which is its version."""
    return _read(LAYOUT_DIR / f"{name}.yml")


@lru_cache(maxsize=8)
def _read(path: Path) -> tuple[dict[str, Any], str]:
    content = path.read_bytes()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(content, Loader=loader), hashlib.sha256(content).hexdigest()[:12]  # noqa: S506  # nosec B506


@lru_cache(maxsize=8)
def load_layout(name: str, section: str | None = None) -> Layout:
    """The table layout in `layouts/<name>.yml`.

    Raises:
        ValueError: the file gives one phrase two meanings.
    """
    data, version = layout_data(name)
    if section:
        data = data[section]
    exact: dict[str, Meaning] = {}
    spellings: dict[str, str] = {}
    patterns: dict[str, tuple[re.Pattern[str], Meaning]] = {}
    for text, meaning in _phrases(data):
        key = _marked(text)
        known = patterns[key][1] if key in patterns else exact.get(key)
        if known is not None and known.role != meaning.role:
            raise ValueError(f"layouts/{name}.yml: {text!r} means {known.role} and {meaning.role}")
        spellings.setdefault(plain(text), text)
        if any(mark in key for mark, _ in _PLACEHOLDERS.values()):
            patterns[key] = (_pattern(key), meaning)
        else:
            exact[key] = meaning
    return Layout(
        layout_id=data["source"],
        version=version,
        source=data["source"],
        unit_type=data["unit_type"],
        total=data["total"],
        min_parts=data["min_parts"],
        exact=exact,
        spellings=spellings,
        patterns=tuple(patterns.values()),
        unnamed_running_number=data["headers"].get("unnamed_running_number"),
        summary_rows=_words(data["summary_rows"]),
        highest_rows=_words(data.get("highest_rows", [])),
        highest_total_adds_up=frozenset(data.get("highest_total_adds_up", [])),
        look_up_rows=_words(data["look_up_rows"]),
        tier_words=_words(data["tier_words"]),
        years={year: _year(entry) for year, entry in data["years"].items()},
        sheet_year=_pattern(_marked(data["sheet_year"])) if "sheet_year" in data else None,
    )


def _phrases(data: dict[str, Any]) -> list[tuple[str, Meaning]]:
    headers = data["headers"]
    found = [(text, Meaning("province")) for text in headers["province"]]
    found += [(text, Meaning("province_check")) for text in headers.get("province_check", [])]
    found += [(text, Meaning("filler")) for text in headers["filler"]]
    found += [(text, Meaning("rank", headers["rank"]["of"])) for text in headers["rank"]["texts"]]
    for entry in headers["ignore"]:
        found += [(text, Meaning("ignore", reason=entry["reason"])) for text in entry["texts"]]
    for code, texts in data["indicators"].items():
        found += [(text, Meaning("indicator", code)) for text in texts]
    return found


def _marked(text: str) -> str:
    for placeholder, (mark, _) in _PLACEHOLDERS.items():
        text = text.replace(placeholder, mark)
    return plain(text)


def _pattern(key: str) -> re.Pattern[str]:
    for mark, expression in _PLACEHOLDERS.values():
        key = key.replace(mark, expression)
    return re.compile(key)


def _words(texts: list[str]) -> frozenset[str]:
    return frozenset(plain(text) for text in texts)


def _year(entry: dict[str, Any]) -> YearLayout:
    return YearLayout(entry["form"], entry["geography_version"], frozenset(entry["indicators"]))
