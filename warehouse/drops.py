"""A release that loses figures is not switched to unless a person says so: losing them is rarely meant."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.connection import reader
from warehouse.diff import ReleaseDiff
from warehouse.errors import Misused, Refusal
from warehouse.release_tables import columns_of, name, own_catalog

VARIABLE = "REFORM_MAX_DROPPED_PCT"
RULE = "figures_dropped"
_DEFAULT_PCT = 1.0
_SHOWN = 5
_IF_MEANT = 'if that is right: `reform publish --yes`, or trigger the DAG publish_release with {"allow_drops": true}'
#: What the facts beside the figures of indices report on: a reader who found it once counts on finding it again.
#: Whether it is synthetic does not matter here, as real data takes the place of what stood in for it.
REPORTED = {
    "fct_dossier_month": ("unit_code", "data_month"),
    "fct_portal_month": ("unit_code", "data_month"),
    "fct_qd766_vintage": ("unit_code", "data_year"),
    "fct_satisfaction": ("wave_id", "unit_code"),
}


@dataclass(frozen=True)
class LostReports:
    """What a mart of the earlier release reports on and the later does not: `gone` of `before`."""

    table: str
    before: int
    gone: tuple[str, ...]

    @property
    def pct(self) -> float:
        """The share that is gone, in per cent."""
        return 100.0 * len(self.gone) / max(self.before, 1)


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


def lost_reports(before: Path, after: Path) -> list[LostReports]:
    """What of `REPORTED` is gone between the releases in two folders, by mart; marts that lost nothing are not named.

    A mart the earlier release does not have, or has without these columns, promised nothing.
    """
    earlier, later = _reported(before), _reported(after)
    gone = {table: tuple(sorted(known - later.get(table, set()))) for table, known in earlier.items()}
    return [LostReports(table, len(earlier[table]), names) for table, names in gone.items() if names]


def _reported(folder: Path) -> dict[str, set[str]]:
    """What the release in `folder` reports on, by mart."""
    with reader(folder / "warehouse.duckdb") as connection:
        held = {table: columns_of(connection, own_catalog(connection), table) for table in REPORTED}
        return {
            table: {
                " ".join(map(str, row))
                for row in connection.execute(
                    f"select distinct {', '.join(columns)} from marts.{name(table)}"
                ).fetchall()
            }
            for table, columns in REPORTED.items()
            if set(columns) <= held[table]
        }


def _first_of(gone: Sequence[str]) -> str:
    more = f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else ""
    return ", ".join(gone[:_SHOWN]) + more


def refuse_lost_reports(lost: LostReports, against: str, limit_pct: float) -> Refusal | None:
    """Why the later release must not become `current` unasked, or None."""
    if lost.pct <= limit_pct:
        return None
    return Refusal(
        file_name=f"the next release, against {against}",
        rule=RULE,
        place=f"{lost.table}: {_first_of(lost.gone)}",
        found=f"{len(lost.gone)} of {lost.before} ({', '.join(REPORTED[lost.table])}) would be gone",
        expected=f"at most {limit_pct:g} % ({VARIABLE})",
        text_en="the release lacks what readers have now; it was not published and `current` stands",
        text_vi="bản phát hành thiếu dữ liệu người đọc đang có; chưa phát hành, `current` giữ nguyên",
        action="`reform run` reads what waits to be read again (after an upgrade, or when the build database was made "
        "anew); " + _IF_MEANT,
    )


def refuse_drop(found: ReleaseDiff, limit_pct: float) -> Refusal | None:
    """Why the later release must not become `current` unasked, or None."""
    share = dropped_pct(found)
    if share <= limit_pct:
        return None
    gone = [f"{figure.unit_code} {figure.indicator_code} {figure.data_year}" for figure in found.figures["removed"]]
    return Refusal(
        file_name=f"the next release, against {found.before.release_id}",
        rule=RULE,
        place=_first_of(gone),
        found=f"{share:.2f} % of {found.before.figures} figures would be gone",
        expected=f"at most {limit_pct:g} % ({VARIABLE})",
        text_en="the release drops figures that readers have now; it was not published and `current` stands",
        text_vi="bản phát hành làm mất số liệu người đọc đang có; chưa phát hành, `current` giữ nguyên",
        action=f"see why they are gone; {_IF_MEANT}",
    )
