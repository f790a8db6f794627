"""What a unit was called before: names with the last day each was borne, from `marts.dim_unit_name`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from warehouse.connection import rows_of
from warehouse.pages import day
from warehouse.release_tables import columns_of, own_catalog

_FORMER = """
    select former.unit_code, former.name_vi, former.name_en, former.short_name_vi, former.valid_to
    from marts.dim_unit_name as former join marts.dim_unit as unit using (unit_code)
    -- A unit that only became a city bore the same name before.
    where not former.is_current and former.name_vi <> unit.name_vi
    order by former.unit_code, former.valid_to
"""


@dataclass(frozen=True)
class FormerName:
    """A name in Vietnamese and English, its short form, and the last day of it."""

    name: tuple[str, str]
    short: str
    until: date


def former_names(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[FormerName, ...]]:
    """The former names of every unit that has any, the oldest first, from the release that is the default catalog.

    A release made before names had dates has none.
    """
    if not columns_of(connection, own_catalog(connection), "dim_unit_name"):
        return {}
    found: dict[str, tuple[FormerName, ...]] = {}
    for row in rows_of(connection, _FORMER, []):
        name = FormerName((row["name_vi"], row["name_en"]), row["short_name_vi"] or row["name_vi"], row["valid_to"])
        found[row["unit_code"]] = (*found.get(row["unit_code"], ()), name)
    return found


def name_at_end_of(year: int, former: Sequence[FormerName]) -> FormerName | None:
    """The one of `former` that was borne on 31 December of `year`; None where the present name was."""
    return next((one for one in former if date(year, 12, 31) <= one.until), None)


def until_words(former: Sequence[FormerName]) -> tuple[str, str]:
    """`đến 31/12/2024: Thừa Thiên Huế`, in Vietnamese and English, to stand beside the present name; empty for none."""
    vi = "; ".join(f"đến {day(one.until, 'vi')}: {one.name[0]}" for one in former)
    en = "; ".join(f"until {day(one.until, 'en')}: {one.name[1]}" for one in former)
    return vi, en
