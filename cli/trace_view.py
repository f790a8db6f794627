"""A traced figure in words."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape

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
            f"{value['value']}{basis}, rank {value['rank'] or '–'}, maximum {value['max_value'] or 'unknown'}"
        )
    for observation in found["observations"]:
        mark = "chosen" if observation["is_chosen"] else "not chosen"
        console.print(
            f"\n  [bold]{observation['value']}[/bold] rank {observation['rank'] or '–'} ({mark}: "
            f"{observation['choice_reason']})"
        )
        console.print(f"    {escape(observation['file_name'])} · {escape(str(observation['locator']))}")
        console.print(
            f"    sha256 {observation['sha256']} · read with {escape(observation['reader'])} · "
            f"received {observation['received_at']}"
        )
        if observation.get("source_url"):
            console.print(f"    printed at {escape(observation['source_url'])}")
    for correction in found["corrections"]:
        _print_correction(console, correction)
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
        _print_change(console, change)
    for other in found["on_other_maps"]:
        on_map = other["value"]
        console.print(
            f"\n  [bold]on the map {on_map['boundary']}[/bold]: {on_map['unit_code']} {on_map['value']}, "
            f"rank {on_map['rank'] or '–'} ({on_map['value_basis']})"
        )
        if other["change"]:
            _print_change(console, other["change"])
    console.print(f"\n  release {release_id}", style="dim")


def _print_correction(console: Console, correction: dict[str, Any]) -> None:
    """What a correction did to one of the observations, and on whose word; a dropped one is seen here only."""
    done = {
        "override": f"{correction['new_value']} is used instead",
        "scale": f"multiplied by {correction['factor']}",
        "move_to_rank": "taken for the rank it is",
        "flag": "marked as suspect",
        "drop": "left out",
    }[correction["correction_action"]]
    printed = f"printed as {correction['expected_old_value']!r}" if correction["expected_old_value"] else "not printed"
    console.print(
        f"\n  [bold]corrected[/bold] ({correction['correction_id']}): {correction['corrected_field']} "
        f"{escape(printed)}, {escape(done)}"
    )
    console.print(f"    {escape(str(correction['file_name']))} · {escape(correction['locator'])}")
    console.print(f"    {escape(correction['reason_en'])}")
    console.print(f"    {escape(correction['reason_vi'])}", style="dim")
    console.print(
        f"    decided by {escape(correction['decided_by'])} on {correction['decided_on']}, "
        f"see {escape(correction['source_url'])}"
    )


def _print_change(console: Console, change: dict[str, Any]) -> None:
    if change["is_comparable"]:
        console.print(f"\n  against {change['previous_year']}: {change['change']:+.4f}")
        return
    console.print(f"\n  against {change['previous_year']}: not comparable ({change['not_comparable_reason']})")
    if change.get("reason_text_en"):
        console.print(f"    {escape(change['reason_text_en'])}")


def print_trace_as_of(found: dict[str, Any]) -> None:
    """Print what `trace_as_of` found: the figure then, its document, and every form it had since or before."""
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"as of release [bold]{found['release_id']}[/bold], published {found['published_at']}")
    for form in found["standing"]:
        on_map = "" if form["boundary"] == "published" else f" on the map {form['boundary']}"
        console.print(
            f"\n[bold]{form['unit_code']} · {form['indicator_code']} · {form['data_year']}[/bold]{on_map}  "
            f"{form['value']}, rank {form['rank'] or '–'}"
        )
        console.print(f"  against {form['data_year'] - 1}: {_change_in_words(form)}")
        document = form["file_name"] or form["source_document_id"] or "no single document"
        console.print(f"  {escape(document)} · {escape(form['locator'] or 'no cell')}")
        if form["sha256"]:
            console.print(f"  sha256 {form['sha256']}")
    others = [form for form in found["history"] if form not in found["standing"]]
    if others:
        console.print("\n[bold]in other releases[/bold]")
    for form in others:
        until = f"to {form['to_release_id']}" if form["to_release_id"] else "and stands"
        console.print(
            f"  from {form['from_release_id']} {until}: {form['value']}, rank {form['rank'] or '–'}, "
            f"change {_change_in_words(form)} ({form['revision_kind']}; "
            f"{escape(form['file_name'] or 'no single document')} · {escape(form['locator'] or 'no cell')})"
        )


def _change_in_words(form: dict[str, Any]) -> str:
    if form["is_comparable"] is None:
        return "not recorded"
    if not form["is_comparable"]:
        return f"not comparable ({form['not_comparable_reason']})"
    return f"{form['change']:+.4f}" if form["change"] is not None else "none"
