"""Applying corrections between reading and audit: the text of the cell stays, what is used of it changes.

A correction that does not find what it expects refuses its document: the provider has changed the cell, and a person
must say whether the correction is done with. Only the valid document of a source key can be refused so; an earlier one
is history, and what fits of the corrections is applied to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, get_args

import pyarrow as pa

from ingestion.names import Issue
from ingestion.numbers import read_number
from ingestion.resolver import default_resolver
from warehouse.corrections import CorrectedFigure, Correction
from warehouse.errors import Refusal, Refused
from warehouse.figures import FIGURE_SCHEMA, AppliedCorrection, ParsedBatch

_Row = dict[str, Any]


def correct_batches(
    batches: Sequence[ParsedBatch], corrections: Sequence[Correction]
) -> Iterator[tuple[ParsedBatch, ParsedBatch | Refused]]:
    """Each batch with what became of it: corrected, unchanged, or the refusal that names the correction."""
    latest: dict[str, tuple[str, str]] = {}
    for batch in batches:
        received = (batch.document.received_at, batch.document.sha256)
        latest[batch.source_key] = max(received, latest.get(batch.source_key, ("", "")))
    for batch in batches:
        is_valid = (batch.document.received_at, batch.document.sha256) == latest[batch.source_key]
        try:
            yield batch, correct_batch(batch, corrections, must_fit=is_valid)
        except Refused as refused:
            yield batch, refused


def correct_batch(batch: ParsedBatch, corrections: Sequence[Correction], *, must_fit: bool = True) -> ParsedBatch:
    """`batch` with every confirmed correction of its source key applied, in the order given.

    Raises:
        Refused: with `must_fit`, a correction finds another cell content, unit or indicator than it expects.
    """
    wanted = [
        (correction, figure)
        for correction in corrections
        if correction.status == "confirmed" and correction.source == batch.document.source
        for figure in correction.figures
        if figure.document == batch.source_key
    ]
    if not wanted:
        return batch
    rows = batch.figures.to_pylist()
    by_place = {
        (row[locator], row["indicator_code"]): row
        for row in rows
        for locator in ("unit_locator", "rank_locator", "value_locator")
        if row[locator]
    }
    applied: list[AppliedCorrection] = []
    refusals: list[Refusal] = []
    for correction, figure in wanted:
        row = by_place.get((figure.place, figure.indicator))
        misfit = _misfit(correction, figure, row)
        if misfit is None and row is not None:
            applied.append(_apply(correction, figure, row))
        elif misfit and must_fit:
            refusals.append(_refusal(batch, correction, figure, misfit))
    if refusals:
        raise Refused(*refusals)
    return replace(batch, figures=pa.Table.from_pylist(rows, schema=FIGURE_SCHEMA), corrections=tuple(applied))


def old_text(row: _Row, field: str) -> str:
    """What the source prints in `field` of a figure, as a correction must expect it; empty for nothing."""
    if field == "unit":
        return str(row["unit_text"])
    if field == "year":
        return "" if row["data_year"] is None else str(row["data_year"])
    return row[f"{field}_text"] or ""


def _misfit(correction: Correction, figure: CorrectedFigure, row: _Row | None) -> str | None:
    """What stands there instead of what is expected; None when the correction fits."""
    if row is None:
        return f"no figure of {figure.indicator} at {figure.place}"
    if row["unit_text"] != figure.unit:
        return f"the unit {row['unit_text']!r}, not {figure.unit!r}"
    found = old_text(row, correction.field)
    return None if found == figure.expected_old_value else repr(found)


def _apply(correction: Correction, figure: CorrectedFigure, row: _Row) -> AppliedCorrection:
    """Change `row` and tell what was done.

    Raises:
        Refused: what is to be used instead is no number, year, rank or unit.
    """
    old = old_text(row, correction.field)
    new = ""
    if correction.action == "override":
        new = _override(correction, figure, row)
    elif correction.action == "scale":
        row["value"] = _number(correction, figure, row["value"]) * (correction.factor or 1.0)
        new = repr(row["value"])
    elif correction.action == "move_to_rank":
        new = str(_rank(correction, figure, row["value"]))
        row.update(rank=int(new), rank_text=row["value_text"], rank_locator=row["value_locator"])
        row.update(value=None, value_text=None, value_locator=None, decimal_mark=None)
    elif correction.action == "flag":
        row["figure_status"] = new = "suspect"
    else:
        # It stays among what the audit counts, for the source did print it; the verdict leaves it out.
        row["figure_status"] = "dropped"
    row["correction_id"] = correction.id
    if correction.action != "drop":
        row["parse_issue"] = _issue(row)
    return AppliedCorrection(
        row_id=row["row_id"],
        correction_id=correction.id,
        action=correction.action,
        field=correction.field,
        place=figure.place,
        unit_text=row["unit_text"],
        unit_code=row["unit_code"],
        indicator_code=row["indicator_code"],
        data_year=row["data_year"],
        old_text=old,
        new_text=new,
    )


def _override(correction: Correction, figure: CorrectedFigure, row: _Row) -> str:
    new = figure.new_value or ""
    if correction.field == "value":
        # The decision is the person's, so the marks of the document are not held against it.
        row.update(value=_number(correction, figure, read_number(new).value), decimal_mark=None)
    elif correction.field == "rank":
        row["rank"] = _rank(correction, figure, read_number(new).value)
    elif correction.field == "year":
        row["data_year"] = _year(correction, figure, new)
        _resolve(row, row["unit_text"])
    else:
        _resolve(row, new)
        if row["unit_code"] is None:
            raise _cannot(correction, figure, new, f"a name of one unit; nearest: {row['unit_candidates'] or 'none'}")
    return new


def _resolve(row: _Row, text: str) -> None:
    match = default_resolver().resolve(text, unit_type=row["unit_type"], data_year=row["data_year"])
    row.update(
        unit_code=match.unit_code,
        unit_candidates="; ".join(match.candidates) or None,
        geography_version=match.geography_version,
        parse_issue=match.issue,
    )


def _issue(row: _Row) -> str | None:
    """What is still wrong with the reading once it was corrected."""
    if row["unit_code"] is None:
        known: str | None = row["parse_issue"]
        return known if known in get_args(Issue) else "name_unresolved"
    if row["data_year"] is None:
        return "year_missing"
    if row["value_text"] and row["value"] is None:
        return "not_a_number"
    return "rank_not_a_number" if row["rank_text"] and row["rank"] is None else None


def _number(correction: Correction, figure: CorrectedFigure, value: float | None) -> float:
    if value is None:
        raise _cannot(correction, figure, figure.new_value or figure.expected_old_value, "a number")
    return value


def _rank(correction: Correction, figure: CorrectedFigure, value: float | None) -> int:
    if value is None or not value.is_integer() or not 1 <= value < 10_000:
        raise _cannot(correction, figure, figure.new_value or figure.expected_old_value, "a whole number from 1")
    return int(value)


def _year(correction: Correction, figure: CorrectedFigure, text: str) -> int:
    if not (text.isdecimal() and len(text) == 4):
        raise _cannot(correction, figure, text, "a year of four digits")
    return int(text)


def _cannot(correction: Correction, figure: CorrectedFigure, found: str, expected: str) -> Refused:
    return Refused(
        Refusal(
            file_name=figure.document,
            place=figure.place,
            rule="correction_makes_no_sense",
            found=f"{found!r} (correction {correction.id})",
            expected=expected,
            text_en="a correction puts something into a figure that cannot stand there",
            text_vi="nội dung đính chính không phù hợp với ô số liệu",
            action=f"mend the correction {correction.id}",
        )
    )


def _refusal(batch: ParsedBatch, correction: Correction, figure: CorrectedFigure, found: str) -> Refusal:
    return Refusal(
        file_name=batch.document.file_name,
        place=figure.place,
        rule="correction_no_longer_applies",
        found=f"{found} (correction {correction.id})",
        expected=f"{figure.expected_old_value!r} for {figure.unit}, {figure.indicator}",
        text_en="the source has changed a cell that a correction is about",
        text_vi="nguồn đã thay đổi ô mà một đính chính đang áp dụng",
        action=f"look at the cell: if the provider has mended it, set `status: retired` in the correction "
        f"{correction.id}; else write what stands there now · xem lại ô này: nếu nguồn đã sửa, đặt `status: retired` "
        f"cho đính chính {correction.id}; nếu chưa, ghi lại nội dung hiện có",
    )
