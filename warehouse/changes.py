"""What a release that is about to be published changes for its readers: a page in it, counts, and a veto."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse.diff import diff_folders
from warehouse.diff_page import write_diff_pages
from warehouse.drops import dropped_pct, max_dropped_pct, refuse_drop
from warehouse.errors import Refused


def judge_changes(copy: Path, current: Path | None, *, allow_drops: bool) -> dict[str, Any]:
    """Compare the assembled release `copy` with `current`, write the page into it, and say what changes.

    Returns `against` (the release id), `figures` (count by kind of difference), `dropped_pct`, `inputs`, `columns`,
    `checks` (counts); empty for a first release.

    Raises:
        Refused: it drops more figures than may be dropped, and `allow_drops` is not set.
    """
    found = None if current is None else diff_folders(current, copy)
    if (copy / "docs").is_dir():
        write_diff_pages(found, copy / "docs")
    if found is None:
        return {}
    refusal = None if allow_drops else refuse_drop(found, max_dropped_pct())
    if refusal is not None:
        raise Refused(refusal)
    return {
        "against": found.before.release_id,
        "figures": {kind: len(figures) for kind, figures in found.figures.items()},
        "dropped_pct": dropped_pct(found),
        "inputs": len(found.inputs),
        "columns": len(found.columns),
        "checks": len(found.checks),
    }
