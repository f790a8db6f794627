"""Printed names of provinces, ministries and regions, and the units they mean in a given year.

A name is matched, never guessed. Spelling that carries no meaning (letter case, NFC or NFD, where in a syllable the
tone mark stands, punctuation and spaces) does not count; every Vietnamese mark does, unless the text has none at
all. A spelling that is wrong in part matches only when a person listed it in `unit_alias`. The same name before and
after a merger is two units, so the year, or the map the source used, decides which of them is meant.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from rapidfuzz import fuzz, process

Issue = Literal["name_unresolved", "name_ambiguous", "unit_of_another_time"]

#: Longer texts are no names. Comparing text of any length that a file holds would let a file stop the run.
MAX_NAME_LENGTH = 160
_CANDIDATES = 3
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
# Old Vietnamese encodings leave these look-alikes of đ behind.
_LOOK_ALIKES = str.maketrans({"ð": "đ", "ɖ": "đ"})
# Marks that compose with no letter belong to the word too: dropping one would make a wrong spelling a right one.
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")
#: Words that say what kind of province follows or went before; compared in a step of their own.
_KINDS = (
    (re.compile(r"^tỉnh[\s.:]+(?=\w)"), "province"),
    (re.compile(r"^tinh[\s.:]+(?=\w)"), "province"),
    (re.compile(r"^thành\s+phố[\s.:]+(?=\w)"), "municipality"),
    (re.compile(r"^thanh\s+pho[\s.:]+(?=\w)"), "municipality"),
    (re.compile(r"^t\s?\.?\s?p[\s.:]+(?=\w)"), "municipality"),
    (re.compile(r"(?<=\w)\s+province$"), "province"),
    (re.compile(r"(?<=\w)\s+city$"), "municipality"),
)


@dataclass(frozen=True)
class UnitMatch:
    """What a printed name means: one unit, or the reason there is none and the nearest candidates to choose from.

    `geography_version` is the map on which a province was looked up; None for other units.
    """

    unit_code: str | None
    issue: Issue | None
    candidates: tuple[str, ...]
    geography_version: str | None


@dataclass(frozen=True)
class GeographyVersion:
    """One map of the country: every province valid on `as_of` belongs to it."""

    geography_version: str
    valid_from: date | None
    valid_to: date | None
    as_of: date
    province_count: int


@dataclass(frozen=True)
class _Unit:
    unit_code: str
    unit_type: str
    admin_type: str
    name: str
    valid_from: date
    valid_to: date

    def is_valid(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_to

    def describe(self, likeness: float, day: date | None) -> str:
        """How a candidate is shown to the person who must choose."""
        text = f"{self.name} [{self.unit_code}] {likeness:.0f} %"
        if day is None or self.is_valid(day):
            return text
        ended = self.valid_to < day
        return f"{text} ({'until ' + self.valid_to.isoformat() if ended else 'from ' + self.valid_from.isoformat()})"


@dataclass(frozen=True)
class _Key:
    """The comparison keys of one text: as written, without its kind word, and without marks."""

    exact: str
    stripped: str
    kind: str | None
    has_marks: bool

    @classmethod
    def of(cls, text: str) -> _Key:
        composed = _fold(text)
        has_marks = has_vietnamese_marks(composed)
        for pattern, kind in _KINDS:
            rest, found = pattern.subn("", composed)
            if found:
                return cls(compose_key(composed), compose_key(rest), kind, has_marks)
        key = compose_key(composed)
        return cls(key, key, None, has_marks)


def compose_key(text: str) -> str:
    """The Unicode-safe comparison key of a name: equal keys are equal spellings.

    Letter case, NFC or NFD, compatibility forms, spaces and punctuation do not count; nor does the place of a tone
    mark inside its syllable (`Hoà` is `Hòa`). Which marks a syllable has does count: `Quàng` is not `Quảng`.
    """
    return "".join(_syllable(word) for word in _WORD.findall(_fold(text)))


def ascii_key(text: str) -> str:
    """`compose_key` without any mark, and đ as d: what is left when a text was typed without marks."""
    spread = unicodedata.normalize("NFD", compose_key(text).replace("đ", "d"))
    return "".join(sign for sign in spread if not unicodedata.combining(sign))


def has_vietnamese_marks(text: str) -> bool:
    """Whether the text was typed with marks: any combining mark, or đ."""
    spread = unicodedata.normalize("NFD", _fold(text))
    return "đ" in spread or any(unicodedata.combining(sign) for sign in spread)


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_LOOK_ALIKES)
    # Folding can take letters apart; soft hyphens and zero-width signs are not part of a name.
    composed = unicodedata.normalize("NFC", folded)
    return "".join(sign for sign in composed if unicodedata.category(sign) != "Cf").strip()


def _syllable(word: str) -> str:
    """The word with its tone marks moved to its end, so that their place does not count."""
    spread = unicodedata.normalize("NFD", word)
    tones = "".join(sign for sign in spread if sign in _TONES)
    letters = "".join(sign for sign in spread if sign not in _TONES)
    return unicodedata.normalize("NFC", letters) + tones


class UnitResolver:
    """Finds units by printed names. Built once from the reference tables; holds no connection and asks nobody."""

    def __init__(
        self, units: Iterable[_Unit], spellings: Iterable[tuple[str, str]], geographies: Iterable[GeographyVersion]
    ) -> None:
        """`spellings` are pairs of a text and the code of a unit it may mean."""
        self._units = {unit.unit_code: unit for unit in units}
        self._geographies = {version.geography_version: version for version in geographies}
        self._exact: dict[str, set[str]] = {}
        self._bare: dict[str, set[str]] = {}
        self._ascii: dict[str, set[str]] = {}
        self._ascii_bare: dict[str, set[str]] = {}
        self._spelled: dict[str, list[tuple[str, str]]] = {}
        for text, code in spellings:
            key = _Key.of(text)
            self._exact.setdefault(key.exact, set()).add(code)
            self._bare.setdefault(key.stripped, set()).add(code)
            self._ascii.setdefault(ascii_key(key.exact), set()).add(code)
            self._ascii_bare.setdefault(ascii_key(key.stripped), set()).add(code)
            self._spelled.setdefault(self._units[code].unit_type, []).append((key.stripped, code))

    @classmethod
    def from_reference(cls, reference_dir: Path) -> UnitResolver:
        """The resolver of the tables `unit`, `unit_alias` and `geography_version` below `reference_dir`.

        Raises:
            ValueError: an alias names a unit that does not exist, or a date is not a date.
        """
        rows = _read_table(reference_dir, "unit")
        units = [
            _Unit(
                row["unit_code"],
                row["unit_type"],
                row["admin_type"],
                row["name_vi"],
                _day(row["valid_from"]) or date.min,
                _day(row["valid_to"]) or date.max,
            )
            for row in rows
        ]
        known = {unit.unit_code for unit in units}
        spellings = [
            (row[column], row["unit_code"])
            for row in rows
            for column in ("name_vi", "name_en", "short_name_vi")
            if row[column]
        ]
        for row in _read_table(reference_dir, "unit_alias"):
            if row["unit_code"] not in known:
                raise ValueError(f"unit_alias: {row['alias']!r} names the unknown unit {row['unit_code']!r}")
            spellings.append((row["alias"], row["unit_code"]))
        geographies = [
            GeographyVersion(
                row["geography_version"],
                _day(row["valid_from"]),
                _day(row["valid_to"]),
                date.fromisoformat(row["as_of"]),
                int(row["province_count"]),
            )
            for row in _read_table(reference_dir, "geography_version")
        ]
        return cls(units, spellings, geographies)

    def geography_of_year(self, data_year: int) -> GeographyVersion | None:
        """The map in force on 31 December of `data_year`: the one used where a source does not say otherwise."""
        day = _year_end(data_year)
        return self.geography_on(day) if day else None

    def geography_on(self, day: date) -> GeographyVersion | None:
        """The map in force on `day`."""
        for version in self._geographies.values():
            if (version.valid_from or date.min) <= day <= (version.valid_to or date.max):
                return version
        return None

    def resolve(
        self, text: str, *, unit_type: str, data_year: int | None, geography_version: str | None = None
    ) -> UnitMatch:
        """The unit of type `unit_type` that `text` means in `data_year`, for provinces on `geography_version`.

        Without a geography version the map of 31 December of the year holds; without a year too, a name that was
        borne by several units is ambiguous. A map nobody described has no units, so nothing matches on it.
        """
        version, day, is_known = self._when(unit_type, data_year, geography_version)
        if len(text) > MAX_NAME_LENGTH or not compose_key(text):
            return UnitMatch(None, "name_unresolved", (), version)
        key = _Key.of(text)
        found = self._matching(key, unit_type, day) if is_known else set()
        if len(found) == 1:
            return UnitMatch(next(iter(found)), None, (), version)
        if found:
            named = sorted(self._units[code].describe(100, day) for code in found)
            return UnitMatch(None, "name_ambiguous", tuple(named), version)
        return UnitMatch(None, self._absent(key, unit_type, is_known), self._nearest(key, unit_type, day), version)

    def name_of(self, unit_code: str) -> str | None:
        """The Vietnamese name of a unit."""
        return self._units[unit_code].name if unit_code in self._units else None

    def resolve_on(self, text: str, *, unit_type: str, day: date) -> UnitMatch:
        """The unit of type `unit_type` that `text` meant on `day`."""
        if len(text) > MAX_NAME_LENGTH or not compose_key(text):
            return UnitMatch(None, "name_unresolved", (), None)
        key = _Key.of(text)
        found = self._matching(key, unit_type, day)
        if len(found) == 1:
            return UnitMatch(next(iter(found)), None, (), None)
        return UnitMatch(None, "name_ambiguous" if found else self._absent(key, unit_type, is_known=True), (), None)

    def _absent(self, key: _Key, unit_type: str, is_known: bool) -> Issue:
        """Why no unit of the day has the name: nobody ever had it, or a unit that had ended or not begun."""
        return "unit_of_another_time" if is_known and self._matching(key, unit_type, None) else "name_unresolved"

    def _when(
        self, unit_type: str, data_year: int | None, geography_version: str | None
    ) -> tuple[str | None, date | None, bool]:
        """The map for provinces, the day on which units must be valid (None: any), and whether the map is known."""
        day = _year_end(data_year) if data_year is not None else None
        if unit_type != "province":
            return None, day, True
        if geography_version is not None:
            version = self._geographies.get(geography_version)
            return geography_version, version.as_of if version else day, version is not None
        of_year = self.geography_of_year(data_year) if data_year is not None else None
        if of_year is None:
            return None, day, data_year is None
        return of_year.geography_version, of_year.as_of, True

    def _matching(self, key: _Key, unit_type: str, day: date | None) -> set[str]:
        """The units of the first step that finds any: with all marks, then, for a text without marks, without."""
        steps: list[tuple[Mapping[str, set[str]], str, bool]] = [
            (self._exact, key.exact, False),
            (self._bare, key.stripped, True),
        ]
        if not key.has_marks:
            steps += [(self._ascii, key.exact, False), (self._ascii_bare, key.stripped, True)]
        for index, wanted, without_kind in steps:
            codes = {code for code in index.get(wanted, ()) if self._fits(code, unit_type, day)}
            if without_kind and key.kind and unit_type == "province":
                # A city inside a province often bears the province's name: "TP. Bắc Ninh" is not the province.
                codes = {code for code in codes if self._units[code].admin_type == key.kind}
            if codes:
                return codes
        return set()

    def _fits(self, code: str, unit_type: str, day: date | None) -> bool:
        unit = self._units[code]
        return unit.unit_type == unit_type and (day is None or unit.is_valid(day))

    def _nearest(self, key: _Key, unit_type: str, day: date | None) -> tuple[str, ...]:
        """The most alike units of the type, those of another time too: the wrong year is a reason worth showing."""
        spelled = self._spelled.get(unit_type, [])
        likeness: dict[str, float] = {}
        texts = [spelling for spelling, _ in spelled]
        for _, score, position in process.extract(key.stripped, texts, scorer=fuzz.ratio, limit=8 * _CANDIDATES):
            code = spelled[position][1]
            likeness[code] = max(score, likeness.get(code, 0.0))

        def order(code: str) -> tuple[bool, float, str]:
            is_now = day is None or self._units[code].is_valid(day)
            return not (is_now or likeness[code] == 100), -likeness[code], code

        best = sorted(likeness, key=order)[:_CANDIDATES]
        return tuple(self._units[code].describe(likeness[code], day) for code in best)


def _read_table(reference_dir: Path, table: str) -> list[dict[str, str]]:
    with (reference_dir / f"{table}.csv").open(encoding="utf-8", newline="") as reading:
        return list(csv.DictReader(reading))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _year_end(data_year: int) -> date | None:
    return date(data_year, 12, 31) if date.min.year <= data_year <= date.max.year else None
