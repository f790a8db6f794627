"""Finding the header row of a table and what each of its columns holds: by words alone, and never a guess."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.annex_layout import AnnexLayout, phrase_key
from ingestion.annex_refusing import refuse_annex
from ingestion.annex_tables import AnnexCell, AnnexTable
from warehouse.errors import Refused

#: A header stands within the first so many rows of a sheet.
HEADER_WITHIN = 15
_YEAR = re.compile(r"\b(?:nam |year )?20[0-9]{2}\b")
_LONGEST_HEADER = 120
_PARENTHESES = re.compile(r"\([^)]*\)")


@dataclass(frozen=True)
class Columns:
    """The header row (from 0) of a table and the column (from 0) of each role."""

    layout_id: str
    header_row: int
    by_role: dict[str, int]
    headers: dict[str, str]  # role -> header as printed


def likely_header_row(rows: Sequence[Sequence[AnnexCell]], layout: AnnexLayout) -> int | None:
    """The row (from 0) with the most headers of known meaning, at least two; None where no row has them."""
    known = [len(_roles(row, layout)) for row in rows[:HEADER_WITHIN]]
    most = max(known, default=0)
    return known.index(most) if most > 1 else None


def looks_tabular(table: AnnexTable) -> bool:
    """Whether there may be figures in it, known headers or not: three rows with three filled cells."""
    return sum(1 for row in table.rows if sum(1 for cell in row if cell.text) > 2) > 2


def find_columns(file_name: str, table: AnnexTable, layout: AnnexLayout) -> Columns:
    """Find the header row and the role of every column that holds something.

    Raises:
        Refused: `unknown_layout`, naming the header found and the nearest form.
    """
    best = likely_header_row(table.rows, layout)
    if best is None:
        fullest = max(table.rows[:HEADER_WITHIN], key=lambda row: sum(1 for cell in row if cell.text), default=())
        raise _unknown(file_name, table, fullest, layout, "no row with known headers")
    header = table.rows[best]
    roles = _roles(header, layout)
    for at, cell in enumerate(header):
        used = any(len(row) > at and row[at].text for row in table.rows[best:])
        if used and at not in roles:
            reason = (
                f"the column {cell.text!r} has no known meaning"
                if cell.text
                else f"a column without a header at {cell.place}"
            )
            raise _unknown(file_name, table, header, layout, reason)
    by_role: dict[str, int] = {}
    for at, role in roles.items():
        if role in by_role:
            raise _unknown(
                file_name,
                table,
                header,
                layout,
                f"{header[at].text!r} and {header[by_role[role]].text!r} both look like the {role} column",
            )
        by_role[role] = at
    for shape in layout.shapes:
        if shape.fits(by_role):
            return Columns(shape.layout_id, best, by_role, {role: header[at].text for role, at in by_role.items()})
    raise _unknown(file_name, table, header, layout, "columns are missing")


def header_role(text: str, layout: AnnexLayout) -> str | None:
    """What a column headed `text` holds; years, the index's name and what stands in parentheses are not looked at."""
    if len(text) > _LONGEST_HEADER:  # a note or an address
        return None
    for variant in (text, _PARENTHESES.sub(" ", text)):
        key = " ".join(_YEAR.sub(" ", phrase_key(variant)).split())
        if key in layout.roles:
            return layout.roles[key]
        rest = key
        for phrase in sorted(layout.index_titles, key=len, reverse=True):
            rest = " ".join(f" {rest} ".replace(f" {phrase} ", " ").split())
        if rest != key and (not rest or layout.roles.get(rest) in {"value", "rank"}):
            return layout.roles.get(rest, "value")
    return None


def is_column_numbers(row: Sequence[AnnexCell]) -> bool:
    """Whether the row numbers the columns, as decisions do under a header: (1), (2), (3)…"""
    texts = [cell.text.strip("()[] ") for cell in row if cell.text]
    numbers, letters = map(str, range(1, len(texts) + 1)), "ABCDEFGHIJKLMNOP"[: len(texts)]
    return len(texts) > 1 and texts in (list(numbers), list(letters))


def _roles(row: Sequence[AnnexCell], layout: AnnexLayout) -> dict[int, str]:
    found = ((at, header_role(cell.text, layout)) for at, cell in enumerate(row) if cell.text)
    return {at: role for at, role in found if role}


def _unknown(
    file_name: str, table: AnnexTable, header: Sequence[AnnexCell], layout: AnnexLayout, reason: str
) -> Refused:
    written = [cell.text for cell in header if cell.text]
    present = {role for cell in header if (role := header_role(cell.text, layout))}
    nearest = max(layout.shapes, key=lambda one: (len(present & (one.required | one.any_of)), -len(one.required)))
    wanted = [layout.header_examples[role] for role in sorted(nearest.required)]
    either = " or ".join(layout.header_examples[role] for role in sorted(nearest.any_of, reverse=True))
    return refuse_annex(
        file_name,
        "unknown_layout",
        found=f"{reason}; header found: {' | '.join(written) or 'none'}",
        expected=f"nearest known form {nearest.layout_id}: {' | '.join(wanted)} | {either}, "
        f"optional: {' | '.join(layout.header_examples[role] for role in sorted(nearest.optional))}",
        place=table.name,
    )


def nearest_indicators(layout: AnnexLayout, index_code: str, text: str) -> list[str]:
    """The codes of the indicators of the index whose names are most like `text`, for a refusal."""
    known = layout.indicators.get(index_code, {})
    close = difflib.get_close_matches(phrase_key(text), known, n=4, cutoff=0.4)
    return list(dict.fromkeys(known[phrase] for phrase in close)) or sorted(set(known.values()))[:4]
