"""Which units the portal is asked about, and under which id it knows them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from warehouse.errors import Misused
from warehouse.home import REFERENCE_DIR

UNIT_IDS = REFERENCE_DIR / "portal" / "units.csv"


@dataclass(frozen=True)
class PortalUnit:
    """A province on one map and the portal's id of it; `is_synthetic`: an id only the stand-in knows."""

    unit_code: str
    portal_id: str
    is_synthetic: bool


@lru_cache(maxsize=64)
def unit_names_on(day: date) -> dict[str, str]:
    """The provinces there are on `day`, by code in order, with the name in which the portal would print them."""
    shown = day.isoformat()
    return {
        row["unit_code"]: _name_on(row, day)
        for row in sorted(_provinces(), key=lambda row: row["unit_code"])
        if (row["valid_from"] or "0") <= shown and (not row["valid_to"] or shown <= row["valid_to"])
    }


def _name_on(row: dict[str, str], day: date) -> str:
    shown = day.isoformat()
    # Rows of one unit stand in the order of their days: the first that has not ended is the name of the day.
    row = next((one for one in _former_names().get(row["unit_code"], ()) if shown <= one["valid_to"]), row)
    kind = "Thành phố " if row["admin_type"] == "municipality" else "Tỉnh "
    return kind + row["name_vi"].removeprefix(kind).removeprefix("TP. ")


def provinces_on(day: date) -> tuple[str, ...]:
    """The codes of the provinces there are on `day`, in order."""
    return tuple(unit_names_on(day))


@lru_cache(maxsize=1)
def _provinces() -> tuple[dict[str, str], ...]:
    with (REFERENCE_DIR / "unit.csv").open(encoding="utf-8", newline="") as reading:
        return tuple(row for row in csv.DictReader(reading) if row["unit_type"] == "province")


@lru_cache(maxsize=1)
def _former_names() -> dict[str, list[dict[str, str]]]:
    names: dict[str, list[dict[str, str]]] = {}
    with (REFERENCE_DIR / "unit_former_name.csv").open(encoding="utf-8", newline="") as reading:
        for row in sorted(csv.DictReader(reading), key=lambda row: row["valid_to"]):
            names.setdefault(row["unit_code"], []).append(row)
    return names


@lru_cache(maxsize=2)
def portal_units(path: Path = UNIT_IDS) -> tuple[PortalUnit, ...]:
    """Every id that is known or made up."""
    with path.open(encoding="utf-8", newline="") as reading:
        return tuple(
            PortalUnit(row["unit_code"], row["portal_id"], row["is_synthetic"] == "true")
            for row in csv.DictReader(reading)
        )


def units_asked(scope: str, day: date, *, is_standin: bool) -> list[PortalUnit]:
    """The units of `scope` (`all` or one unit) on `day`. A made-up id is never sent to a real portal.

    Raises:
        Misused: the unit does not exist on that day, or the portal's id of one is not known.
    """
    there = provinces_on(day)
    if scope != "all" and scope not in there:
        raise Misused(f"there is no province {scope} on {day}; the provinces are: {', '.join(there)}")
    wanted = there if scope == "all" else (scope,)
    # Sorted so that where both are known the real id is the one that stays.
    known = {
        unit.unit_code: unit
        for unit in sorted(portal_units(), key=lambda unit: not unit.is_synthetic)
        if is_standin or not unit.is_synthetic
    }
    missing = [code for code in wanted if code not in known]
    if missing:
        named = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise Misused(
            f"the portal's own id of {named} is not known: add a row to data/reference/portal/units.csv "
            "(unit_code, portal_id, is_synthetic=false, source_url: where the id is printed) and fetch again, or fetch "
            "the units that are known with --unit"
        )
    return [known[code] for code in wanted]
