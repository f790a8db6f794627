"""From the text of a cell to its value, as SQL: all forms portals use are accepted, anything else is a bad cell.

A moment is local time of Viet Nam without a zone. Day comes before month wherever the year does not come first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from ingestion.dossiers.layout import DOSSIER_REFERENCE
from ingestion.dossiers.privacy import MASK, PERSONAL_PATTERN

MOMENTS = ("filed_at", "received_at", "due_at", "returned_at")
WORDS = ("level", "way_of_filing", "fee_paid_online", "digitised", "result", "rating")
_BOOLEANS = ("fee_paid_online", "digitised")
#: Days from Excel's day 0 (1900 date system) to the first and last day taken for a serial date: 1990 to 2099.
_SERIAL_FROM, _SERIAL_TO = 32874, 73050
_EARLIEST, _LATEST = "1990-01-01", "2100-01-01"
#: Parts a list of bad cells is put together with: characters no text of a cell holds (control characters are dropped).
CELL_MARK, LIST_MARK = "\x1f", "\x1e"

_YEAR_FIRST = ("%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
_FRACTION = ("%Y-%m-%d %H:%M:%S.%f", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S")
EXPECTED = {
    **dict.fromkeys(MOMENTS, "a date such as 03/09/2025 08:15, 2025-09-03 08:15, 3-9-2025 8:15 or 45903.34"),
    **dict.fromkeys(WORDS, "a word of data/reference/dossiers/words.yml"),
    "procedure_code": "a code of a procedure such as 1.004378",
    "dossier_id": "a code of 4 to 64 letters, digits and . - _ /",
    "export_month": "a month such as 09/2025 or 2025-09",
    "field": "a name without personal data, at most 160 characters",
    "ward": "a name without personal data, at most 160 characters",
    "unit": "a province, city, ministry or agency, as data/reference/unit.csv names it",
}


def _formats(day_first: str) -> str:
    return ", ".join(f"'%d{day_first}%m{day_first}%Y{time}'" for time in (" %H:%M", "", " %H:%M:%S"))


def moment(cell: str) -> str:
    """SQL of the timestamp in the text `cell`; NULL when it is none. The commonest forms take the shortest way."""
    minutes, seconds = (
        f"(length({cell}) = {width} and {cell}[{place}] = ':')" for width, place in ((16, 14), (19, 17))
    )
    has_time = f"(length({cell}) = 10 or {minutes} or {seconds})"
    year_first = ", ".join(f"'{form}'" for form in (*_YEAR_FIRST, *_FRACTION))
    turned = f"{cell}[7:10] || '-' || {cell}[4:5] || '-' || {cell}[1:2] || {cell}[11:]"
    number = f"try_cast(replace({cell}, ',', '.') as double)"
    serial = f"case when {number} between {_SERIAL_FROM} and {_SERIAL_TO} then timestamp '1899-12-30' "
    serial += f"+ to_seconds(cast(round({number} * 86400) as bigint)) end"
    found = f"""case
        when {cell} is null then null
        when {cell}[5] = '-' and {has_time} then try_cast({cell} as timestamp)
        when {cell}[5] in ('-', '/') and not contains({cell}[1:4], {cell}[5]) then try_strptime({cell}, [{year_first}])
        when {cell}[3] = '/' and {cell}[6] = '/' and {has_time} then try_cast({turned} as timestamp)
        when contains({cell}, '/') then try_strptime({cell}, [{_formats("/")}])
        when contains({cell}, '-') then try_strptime({cell}, [{_formats("-")}])
        else {serial} end"""
    return found


def in_range(found: str) -> str:
    """SQL of the timestamp `found` where it is a plausible one of our time, else NULL."""
    return f"case when {found} >= timestamp '{_EARLIEST}' and {found} < timestamp '{_LATEST}' then {found} end"


@lru_cache(maxsize=4)
def words(folder: Path = DOSSIER_REFERENCE) -> dict[str, Any]:
    """The words of each column, by the code they mean, and the list `no_complaint`."""
    found: dict[str, Any] = yaml.safe_load((folder / "words.yml").read_text("utf-8"))
    return found


def word(column: str, cell: str) -> str:
    """SQL of the code a word means; NULL for a word nobody described.

    A plain list of spellings: folding every cell of millions of rows costs fifty times as much.
    """
    branches = "".join(
        f" when {_text(spelled)} then '{code}'"
        for code, texts in words()[column].items()
        for spelled in _spellings(texts)
    )
    code = f"case {cell}{branches} end"
    if column in _BOOLEANS:
        return f"cast({code} as boolean)"
    return f"cast({code} as utinyint)" if column == "rating" else code


def has_complaint(cell: str) -> str:
    """SQL of whether the cell speaks of a complaint; its text is not kept."""
    none = ", ".join(_text(spelled) for spelled in _spellings(words()["no_complaint"]))
    return f"{cell} is not null and {cell} not in ({none})"


def _spellings(texts: Iterable[str]) -> list[str]:
    """Each text as listed, in small, large and initial capitals, composed and decomposed; the listed ones first."""
    listed = list(texts)
    cases = [case(text) for case in (str.lower, str.upper, str.capitalize) for text in listed]
    composed = [unicodedata.normalize("NFC", text) for text in [*listed, *cases]]
    forms = [*composed, *(unicodedata.normalize("NFD", text) for text in composed)]
    return list(dict.fromkeys(forms))


def code(cell: str) -> str:
    """SQL of a dossier's code in capitals; NULL when it has an impossible form."""
    return f"case when regexp_full_match({cell}, '[0-9A-Za-z][0-9A-Za-z./_-]{{3,63}}') then upper({cell}) end"


def procedure(cell: str) -> str:
    """SQL of a procedure's code; NULL when it has an impossible form."""
    return f"case when length({cell}) <= 30 and regexp_full_match({cell}, '[0-9A-Z]+([.-][0-9A-Z]+)+') then {cell} end"


def bad_cells(cells: dict[str, tuple[str, str]]) -> str:
    """SQL of the list of bad cells of a row: of `cells` (text, value) those with a text and no value; NULL when none.

    What could be a phone, an identity number or an e-mail address is masked before it is put down anywhere.
    """
    masked = "left(regexp_replace(regexp_replace({text}, '[[:cntrl:]]', ' ', 'g'), '{pattern}', '{mask}', 'g'), 60)"
    parts = [
        f"case when {value} is null and {text} is not null then '{column}{CELL_MARK}' || "
        + masked.format(text=text, pattern=PERSONAL_PATTERN.replace(r"\s", "[:space:]"), mask=MASK)
        + " end"
        for column, (text, value) in cells.items()
    ]
    return f"nullif(concat_ws('{LIST_MARK}', {', '.join(parts)}), '')"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
