"""The difference of two releases in words."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.style import Style

from warehouse.diff import InputDiff, MethodDiff, ReleaseDiff
from warehouse.diff_figure import FigureDiff, Side
from warehouse.diff_page import HEADINGS

_PLACES_SHOWN = 6
#: A later file touches every figure it prints again: a few rows say so as well as many.
_ROWS_OF_SOURCES = 3


def print_diff(found: ReleaseDiff, limit: int | None) -> None:
    """Print `found` for a person, at most `limit` rows a section (None: all of them).

    On a terminal lines are wrapped at its width; into a file or pipe every line is whole.
    """
    console = Console(highlight=False)
    lines = _Lines(console)
    before, after = found.before, found.after
    for side, facts in (("from", before), ("to  ", after)):
        lines.add(f"{side} {facts.release_id}  published {facts.published_at}  {facts.figures:,} figures", "bold")
    if before.release_id > after.release_id:
        lines.add("the second release is the older: `added` is what only the older one has", "yellow")
    for note in found.notes:
        lines.add(f"note: {note}", "yellow")
    for kind, figures in found.figures.items():
        _print_figures(lines, kind, figures, limit)
    _print_inputs(lines, found.inputs, limit)
    _print_methodology(lines, found.methodology, limit)
    _print_tables(lines, found, limit)
    if before.code_version != after.code_version:
        lines.add(f"\ncode · mã nguồn: {before.code_version} → {after.code_version}", "bold")
    for engine, (old, new) in found.engines.items():
        lines.add(f"  {engine} {old or '–'} → {new or '–'}")
    if found.is_empty:
        lines.add("\nno figure, input, methodology, check or column differs · không có khác biệt")
    elif limit is not None:
        lines.add("\n--all shows every row, --json prints everything for machines", "dim")


class _Lines:
    """Lines straight to the console's file: a section may have 35,000, and Rich's own layout takes seconds for that."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def add(self, text: str, style: str = "") -> None:
        """One line, as it is, never read as markup; on a terminal wrapped at its width, and styled."""
        for line in text.split("\n"):
            for part in self._wrapped(line) if self._console.is_terminal else [line]:
                is_styled = style and self._console.is_terminal and not self._console.no_color
                self._console.file.write((Style.parse(style).render(part) if is_styled else part) + "\n")

    def _wrapped(self, line: str) -> list[str]:
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        return textwrap.wrap(line, max(self._console.width, 30), subsequent_indent=indent) or [line]

    def heading(self, english: str, vietnamese: str, count: int, limit: int | None) -> None:
        """The title of a section with its count, and how many of its rows follow."""
        shown = f", {limit} shown" if limit is not None and count > limit else ""
        self.add(f"\n{english} · {vietnamese}: {count:,}{shown}", "bold")


def _print_figures(lines: _Lines, kind: str, figures: Sequence[FigureDiff], limit: int | None) -> None:
    if not figures:
        return
    if limit is not None and kind == "method_or_source_only":
        limit = min(limit, _ROWS_OF_SOURCES)
    lines.heading(*HEADINGS[kind], len(figures), limit)
    if limit is not None and len(figures) > limit:
        places = Counter(f"{figure.indicator_code} {figure.data_year}" for figure in figures)
        most = ", ".join(f"{place} ({count})" for place, count in places.most_common(_PLACES_SHOWN))
        rest = len(places) - _PLACES_SHOWN
        lines.add(f"  {most}" + (f", and {rest} more indicators and years" if rest > 0 else ""), "dim")
    for figure in figures[:limit]:
        on_map = "" if figure.boundary == "published" else f" · map {figure.boundary}"
        lines.add(f"  {figure.unit_code} · {figure.indicator_code} · {figure.data_year}{on_map}   {_moved(figure)}")
        for label, source in _sources(figure):
            lines.add(f"      {label}  {source}", "dim")
        reason = figure.after and figure.after.not_comparable_reason
        if kind == "newly_incomparable" and figure.after is not None and reason:
            for sentence in (figure.after.reason_text_vi, figure.after.reason_text_en):
                if sentence:
                    lines.add(f"      {sentence}")


def _moved(figure: FigureDiff) -> str:
    """What the figure was and is: value, change, and rank where it moved."""
    before, after = figure.before, figure.after
    if before is None or after is None:
        side = after or before
        return f"{_value(side)}   change {_change(side)}" if side else ""
    value = _value(before) if before.value == after.value else f"{_value(before)} → {_value(after)}"
    rank = "" if before.rank == after.rank else f"   rank {before.rank or '–'} → {after.rank or '–'}"
    change, now = _change(before), _change(after)
    return f"{value}{rank}   change {change if change == now else f'{change} → {now}'}"


def _sources(figure: FigureDiff) -> list[tuple[str, str]]:
    """The document and cell of each side that there is; one line where both are the same."""
    was = _source(figure.before) if figure.before else None
    now = _source(figure.after) if figure.after else None
    if was == now and was is not None:
        return [("in ", was)]
    return [(label, source) for label, source in (("was", was), ("now", now)) if source is not None]


def _value(side: Side | None) -> str:
    if side is None:
        return "–"
    if side.value is None:
        return f"rank {side.rank} only" if side.rank is not None else "no value"
    return f"{side.value!r}{side.signs}"


def _change(side: Side | None) -> str:
    if side is None or side.is_comparable is None:
        return "not recorded"
    if not side.is_comparable:
        return f"not comparable ({side.not_comparable_reason})"
    return "none" if side.change is None else f"{side.change:+.12g}"


def _source(side: Side) -> str:
    document = side.file_name or side.source_document_id or "no single document"
    sha256 = f" · sha256 {side.sha256[:12]}" if side.sha256 else ""
    return f"{document} · {side.locator or 'no cell'}{sha256}"


def _print_inputs(lines: _Lines, inputs: Sequence[InputDiff], limit: int | None) -> None:
    if not inputs:
        return
    lines.heading("input files", "tệp đầu vào", len(inputs), limit)
    for item in inputs[:limit]:
        by = f" by {item.superseded_by}" if item.superseded_by else ""
        lines.add(f"  {item.what}{by}  {item.file_name} · {item.source_key} · sha256 {item.sha256[:12]}")


def _print_methodology(lines: _Lines, rows: Sequence[MethodDiff], limit: int | None) -> None:
    if not rows:
        return
    lines.heading("methodology", "phương pháp", len(rows), limit)
    for row in rows[:limit]:
        lines.add(f"  {row.what}  {row.table}: {row.key}")
        if row.what == "changed":
            for column, (old, new) in row.columns.items():
                lines.add(f"      {column}: {old} → {new}", "dim")


def _print_tables(lines: _Lines, found: ReleaseDiff, limit: int | None) -> None:
    if found.checks:
        lines.heading("checks that came out otherwise", "phép kiểm tra có kết quả khác", len(found.checks), limit)
        for check in found.checks[:limit]:
            before = f"{check.before or 'unknown'} ({check.rows_failed_before or 0} rows)"
            after = f"{check.after or 'unknown'} ({check.rows_failed_after or 0} rows)"
            lines.add(f"  {check.suite} · {check.rule_id}: {before} → {after}")
    if found.columns:
        lines.heading("schema", "cấu trúc bảng", len(found.columns), limit)
        for column in found.columns[:limit]:
            types = f" {column.before} → {column.after}" if column.what == "retyped" else ""
            lines.add(f"  {column.what}  {column.table}{'.' if column.column else ''}{column.column}{types}")
    if found.rows:
        lines.heading("rows", "số dòng", len(found.rows), limit)
        for row in found.rows[:limit]:
            lines.add(f"  {row.table}: {row.before:,} → {row.after:,}")
