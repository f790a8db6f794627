"""What a release that is about to be published changes for its readers: a page in it, counts, and a veto."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse.diff import diff_folders
from warehouse.diff_page import write_diff_pages
from warehouse.drops import dropped_pct, lost_reports, max_dropped_pct, refuse_drop, refuse_lost_reports
from warehouse.errors import Refused


def judge_changes(copy: Path, current: Path | None, *, allow_drops: bool) -> dict[str, Any]:
    """Compare the assembled release `copy` with `current`, write the page into it, and say what changes.

    Returns `against` (the release id), `figures` (count by kind of difference), `dropped_pct`, `reports_dropped` (count
    by mart of what other facts no longer report on), `inputs`, `columns`, `checks` (counts); empty for a first release.

    Raises:
        Refused: it drops more of the figures, or of what another fact reports on, than may be dropped, and
            `allow_drops` is not set.
    """
    found = None if current is None else diff_folders(current, copy)
    if (copy / "docs").is_dir():
        write_diff_pages(found, copy / "docs")
    if current is None or found is None:
        return {}
    lost = lost_reports(current, copy)
    if not allow_drops:
        limit, against = max_dropped_pct(), found.before.release_id
        refusals = [refuse_drop(found, limit), *(refuse_lost_reports(table, against, limit) for table in lost)]
        refused = [refusal for refusal in refusals if refusal is not None]
        if refused:
            raise Refused(*refused)
    return {
        "against": found.before.release_id,
        "figures": {kind: len(figures) for kind, figures in found.figures.items()},
        "dropped_pct": dropped_pct(found),
        "reports_dropped": {table.table: len(table.gone) for table in lost},
        "inputs": len(found.inputs),
        "columns": len(found.columns),
        "checks": len(found.checks),
    }
