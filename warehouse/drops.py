"""A release that loses figures is not switched to unless a person says so: losing them is rarely meant."""

from __future__ import annotations

import os

from warehouse.diff import ReleaseDiff
from warehouse.errors import Misused, Refusal

VARIABLE = "REFORM_MAX_DROPPED_PCT"
RULE = "figures_dropped"
_DEFAULT_PCT = 1.0
_SHOWN = 5


def max_dropped_pct() -> float:
    """The share of the figures of `current`, in per cent, a publish may drop unasked: `REFORM_MAX_DROPPED_PCT`.

    Raises:
        Misused: it is not a number from 0 to 100.
    """
    given = os.environ.get(VARIABLE, "").strip()
    try:
        limit = float(given) if given else _DEFAULT_PCT
    except ValueError:
        limit = -1.0
    if not 0 <= limit <= 100:
        raise Misused(f"{VARIABLE} is {given!r}; it is a number from 0 to 100, in per cent")
    return limit


def dropped_pct(found: ReleaseDiff) -> float:
    """Figures the later release lost, in per cent of those the earlier one has; a value that became empty is lost."""
    emptied = sum(
        1
        for figure in found.figures["restated"]
        if figure.before is not None
        and figure.after is not None
        and figure.before.value is not None
        and figure.after.value is None
    )
    return 100.0 * (len(found.figures["removed"]) + emptied) / max(found.before.figures, 1)


def refuse_drop(found: ReleaseDiff, limit_pct: float) -> Refusal | None:
    """Why the later release must not become `current` unasked, or None."""
    share = dropped_pct(found)
    if share <= limit_pct:
        return None
    gone = [f"{figure.unit_code} {figure.indicator_code} {figure.data_year}" for figure in found.figures["removed"]]
    more = f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else ""
    return Refusal(
        file_name=f"the next release, against {found.before.release_id}",
        rule=RULE,
        place=", ".join(gone[:_SHOWN]) + more,
        found=f"{share:.2f} % of {found.before.figures} figures would be gone",
        expected=f"at most {limit_pct:g} % ({VARIABLE})",
        text_en="the release drops figures that readers have now; it was not published and `current` stands",
        text_vi="bản phát hành làm mất số liệu người đọc đang có; chưa phát hành, `current` giữ nguyên",
        action="see why they are gone; if that is right: `reform publish --yes`, or trigger the DAG publish_release "
        'with {"allow_drops": true}',
    )
