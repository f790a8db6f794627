"""What happened to a traced figure: corrections, its change against the year before, the releases it stood in."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape

from warehouse.marks import of_change, signs_of


def print_releases(console: Console, forms: list[dict[str, Any]]) -> None:
    """Every form the figure had in the releases known, oldest first."""
    for form in forms:
        on_map = "" if form["boundary"] == "published" else f" on the map {form['boundary']}"
        until = f"to before {form['to_release_id']}" if form["to_release_id"] else "and stands"
        console.print(
            f"  in releases from {form['from_release_id']} {until}{on_map}: {form['value']}, "
            f"rank {form['rank'] or '–'} ({form['revision_kind']})"
        )


def print_correction(console: Console, correction: dict[str, Any]) -> None:
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


def print_change(console: Console, change: dict[str, Any]) -> None:
    """The change against the year before, or why there is none."""
    if change["is_comparable"]:
        console.print(f"\n  against {change['previous_year']}: {change['change']:+.4f}")
        return
    console.print(
        f"\n  against {change['previous_year']}: not comparable ({change['not_comparable_reason']}) "
        f"{signs_of(of_change(change))}"
    )
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
