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
        if change["is_comparable"]:
            console.print(f"\n  against {change['previous_year']}: {change['change']:+.4f}")
        else:
            console.print(f"\n  against {change['previous_year']}: not comparable ({change['not_comparable_reason']})")
            if change.get("reason_text_en"):
                console.print(f"    {escape(change['reason_text_en'])}")
    console.print(f"\n  release {release_id}", style="dim")
