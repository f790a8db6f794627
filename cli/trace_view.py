"""A traced figure in words."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.trace_history import print_change, print_correction, print_releases
from warehouse.marks import legend, of_value, signs_of

#: Letters of a neighbouring cell that are shown.
_CELL_LETTERS = 48
_BASIS = {
    "derived": " (sum of its parts, printed by no source)",
    "backcast": " (worked out on the map of 2025 from the provinces it was formed from, printed by no source)",
}


def print_trace(found: dict[str, Any], release_id: str) -> None:
    """Print what `trace_figure` found, for a person."""
    console = Console(soft_wrap=True, highlight=False)
    value, change = found["value"], found["change"]
    if value:
        basis = _BASIS.get(str(value.get("value_basis")), "")
        console.print(
            f"[bold]{value['unit_code']} · {value['indicator_code']} · {value['data_year']}[/bold]  "
            f"{value['value']}{signs_of(value)}{basis}, rank {value['rank'] or '–'}, "
            f"maximum {value['max_value'] or 'unknown'}"
        )
    for observation in found["observations"]:
        _print_observation(console, observation)
    for correction in found["corrections"]:
        print_correction(console, correction)
    for component in found["components"]:
        console.print(
            f"    + {component['indicator_code']} {component['value']}  {escape(str(component['locator'] or ''))}"
        )
    for part in found["predecessors"]:
        console.print(
            f"    {part['weight']:.4f} × {part['unit_code']} {part['value']}  "
            f"{escape(str(part['file_name'] or ''))} · {escape(str(part['locator'] or ''))}"
        )
    if value and value.get("missing_predecessors_en"):
        console.print(f"    no value that year: {escape(value['missing_predecessors_en'])}; not averaged over")
    if change:
        print_change(console, change)
    for other in found["on_other_maps"]:
        on_map = other["value"]
        console.print(
            f"\n  [bold]on the map {on_map['boundary']}[/bold]: {on_map['unit_code']} "
            f"{on_map['value']}{signs_of(on_map)}, rank {on_map['rank'] or '–'} ({on_map['value_basis']})"
        )
        if other["change"]:
            print_change(console, other["change"])
    _print_checks(console, found["checks"])
    print_releases(console, found["releases"])
    others = [item[kind] for item in found["on_other_maps"] for kind in ("value", "change") if item[kind]]
    _print_marks(console, [*filter(None, (value, change)), *others, *found["observations"]])
    console.print(f"\n  release {release_id}", style="dim")


def print_month(found: dict[str, Any], release_id: str) -> None:
    """Print what `trace_month` found, for a person."""
    console = Console(soft_wrap=True, highlight=False)
    for figure in found["figures"]:
        on_map = "" if figure["boundary"] == "published" else f" on the map {figure['boundary']}"
        made_of = "" if figure["whole"] is None else f" = 100 × {figure['part']:.10g} / {figure['whole']:.10g}"
        console.print(
            f"[bold]{figure['unit_code']} · {figure['indicator_code']} · {figure['data_month']:%Y-%m}[/bold]{on_map}  "
            f"{_number(figure['value'])}{signs_of(of_value(figure))}{made_of}"
        )
        if figure["printed_value"] is not None:
            console.print(
                f"    the portal itself prints {figure['printed_value']:.10g} "
                f"({figure['printed_difference_points']:+.4f} points)"
            )
        for kind, before in (("month", "the month before"), ("year", "the same month last year")):
            _print_month_change(console, figure, kind, before)
        _print_answer(console, figure)
    for count in found["counts"]:
        console.print(
            f"\n  [bold]{count['role']}[/bold]: {count['unit_code']} · {count['indicator_code']} "
            f"{_number(count['value'])}{signs_of(of_value(count))}"
        )
        if count["locator"]:
            console.print(f"    {escape(str(count['file_name']))} · {escape(count['locator'])}")
    _print_checks(console, found["checks"])
    _print_marks(console, [*found["figures"], *found["counts"]])
    console.print(f"\n  release {release_id}", style="dim")


def _number(value: float | None) -> str:
    return "not printed" if value is None else f"{value:.10g}"


def _print_month_change(console: Console, figure: dict[str, Any], kind: str, before: str) -> None:
    change, reason = figure[f"{kind}_change"], figure[f"{kind}_not_comparable_reason"]
    if reason:
        console.print(f"    against {before}: not comparable ({reason}) {signs_of({'not_comparable_reason': reason})}")
    elif change is not None:
        console.print(f"    against {before}: {change:+.10g}")


def _print_answer(console: Console, figure: dict[str, Any]) -> None:
    """The archived answer a figure stands in; a share, or a sum of units, stands in none."""
    if figure["locator"] is None:
        console.print("    worked out from the counts below, printed by no single answer")
        return
    console.print(f"    {escape(str(figure['file_name']))} · {escape(figure['locator'])}")
    console.print(
        f"    sha256 {figure['sha256']} · asked {figure['fetched_at']} · read with {escape(str(figure['reader']))}"
    )
    _print_surroundings(console, figure["surroundings"])


def _print_observation(console: Console, observation: dict[str, Any]) -> None:
    mark = "chosen" if observation["is_chosen"] else "not chosen"
    console.print(
        f"\n  [bold]{observation['value']}[/bold]{signs_of(observation)} rank {observation['rank'] or '–'} ({mark}: "
        f"{observation['choice_reason']})"
    )
    console.print(f"    {escape(observation['file_name'])} · {escape(str(observation['locator']))}")
    console.print(
        f"    sha256 {observation['sha256']} · read with {escape(observation['reader'])} · "
        f"received {observation['received_at']} from {escape(str(observation.get('received_from') or 'nobody named'))}"
    )
    console.print(f"    batch {observation['batch_id']}, loaded {observation.get('loaded_at')}")
    if observation.get("source_url"):
        console.print(f"    printed at {escape(observation['source_url'])}")
    _print_surroundings(console, observation["surroundings"])


def _print_surroundings(console: Console, fragment: dict[str, Any] | None) -> None:
    """The cell among its neighbours, as its source prints it, between » and «."""
    if fragment is None:
        console.print("    (this release does not hold the cell's neighbours)", style="dim")
        return
    if fragment["kind"] == "json":
        cells = fragment["rows"][-1]["cells"]
        shown = [f"[bold]»{escape(cell)}«[/bold]" if at == fragment["marked_column"] else escape(cell)
                 for at, cell in enumerate(cells)]  # fmt: skip
        console.print(f"      {{ … {', '.join(shown)} … }}")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("")
    for name in fragment["columns"]:
        table.add_column(escape(name), max_width=24, overflow="fold")
    for row in fragment["rows"]:
        is_marked = row["row_number"] == fragment["marked_row"]
        cells = [
            f"[bold]»{escape(cell)}«[/bold]"
            if is_marked and at == fragment["marked_column"]
            else escape(cell if len(cell) <= _CELL_LETTERS else f"{cell[: _CELL_LETTERS - 1]}…")
            for at, cell in enumerate(row["cells"])
        ]
        table.add_row(str(row["row_number"]), *cells, style="dim" if row["is_heading"] else None)
    console.print(table)


def _print_checks(console: Console, checks: list[dict[str, Any]]) -> None:
    """How many rules judged the batches, and every one that was not passed."""
    if not checks:
        return
    passed = sum(1 for check in checks if check["outcome"] == "passed")
    console.print(f"\n  {passed} of {len(checks)} checks of its batches passed")
    for check in checks:
        if check["outcome"] != "passed":
            accepted = ", accepted" if check["is_accepted"] else ""
            console.print(
                f"    {escape(check['rule_id'])} ({check['outcome']}{accepted}, {check['rows_failed']} rows of the "
                f"document): {escape(check['text_en'])}"
            )


def _print_marks(console: Console, rows: list[dict[str, Any]]) -> None:
    for mark in legend(rows):
        console.print(f"  {mark.sign} {mark.en}: {mark.long_en}", style="yellow")
