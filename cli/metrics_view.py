"""Metrics and their answers in words, tables and CSV."""

from __future__ import annotations

import csv
import sys
import textwrap
from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from warehouse.metric_catalogue import TWIN_SUFFIX, Metric
from warehouse.metrics import Answer, as_text
from warehouse.spreadsheets import harmless


def print_metrics(metrics: Mapping[str, Metric]) -> None:
    """One paragraph a metric; its twin on the other map is named with it and not listed again."""
    console = Console(highlight=False, soft_wrap=True)
    for metric in metrics.values():
        if metric.name.endswith(TWIN_SUFFIX):
            continue
        console.print(Text.assemble((metric.name, "bold"), f"  {metric.label}"))
        for text in (metric.text_en, metric.text_vi):
            for number, paragraph in enumerate(text.split("\n\n")):
                _print_wrapped(console, paragraph, "dim" if number else "")
        _print_wrapped(console, "by: " + ", ".join(dimension.name for dimension in metric.dimensions), "cyan")
        if metric.one_at_a_time:
            fixed = ", ".join(dimension.name for dimension in metric.one_at_a_time)
            _print_wrapped(console, f"one at a time (group by it, or keep one value): {fixed}", "yellow")
        if metric.is_on_a_map:
            _print_wrapped(console, f"on the map of 34 provinces: {metric.twin}", "")
        console.print()


def print_answer(answer: Answer) -> None:
    """The rows as a table, what the metric means under it."""
    console = Console(highlight=False)
    if not answer.rows:
        console.print("no figure fits · không có số liệu phù hợp")
    else:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in answer.columns:
            is_number = column in {answer.metric.name, answer.metric.rests_on}
            # Folded where the terminal is narrow, never cut: half a code is another code.
            table.add_column(Text(column), justify="right" if is_number else "left", overflow="fold")
        for row, marks in zip(answer.rows, answer.marks, strict=True):
            signs = "".join(mark.sign for mark in marks)
            table.add_row(*(Text(_cell(value) + (signs if column == answer.metric.name else ""))
                            for column, value in zip(answer.columns, row, strict=True)))  # fmt: skip
        # Into a pipe or file every cell is whole, whatever its width.
        (console if console.is_terminal else Console(width=10_000, highlight=False)).print(table)
    words = Console(highlight=False, soft_wrap=True)
    for text in (answer.metric.text_en, answer.metric.text_vi):
        _print_wrapped(words, " ".join(text.split("\n\n")), "dim")
    for mark in dict.fromkeys(mark for marks in answer.marks for mark in marks):
        _print_wrapped(words, f"{mark.sign} {mark.en}: {mark.long_en} · {mark.vi}: {mark.long_vi}", "yellow")
    words.print(f"  release {answer.release_id}", style="dim")


def print_csv(answer: Answer) -> None:
    """The rows as CSV with a header, the codes of their marks last; an empty field is a missing value, and no text is
    one a spreadsheet would run.
    """
    writer = csv.writer(sys.stdout)  # CRLF, as RFC 4180 has it: a lone CR in a text is quoted then
    writer.writerow((*answer.columns, "marks"))
    for row, marks in zip(answer.rows, answer.marks, strict=True):
        writer.writerow([*(_field(value) for value in row), " ".join(mark.code for mark in marks)])


def _field(value: Any) -> str | None:
    if value is None:
        return None
    return harmless(value) if isinstance(value, str) else as_text(value)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else as_text(value)


def _print_wrapped(console: Console, text: str, style: str) -> None:
    width = max(console.width, 40) if console.is_terminal else 10_000
    console.print(Text(textwrap.fill(text, width, initial_indent="  ", subsequent_indent="  "), style=style))
