"""Made-up figures and units for the views."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from warehouse.marks import MARKS, Mark
from warehouse.scorecards.material import Figure, Indicator, Material, Unit
from warehouse.unit_names import FormerName

_FIGURE = Figure(
    unit_code="ha_noi_2008", indicator_code="PAPI", index_code="PAPI", unit_type="province", year=2020,
    boundary="published", value=40.0, max_value=80.0, value_pct=50.0, rank=1, out_of=63, group=None, previous_year=2019,
    previous_value=39.0, change=1.0, rank_change=None, is_comparable=True, reason=None, reason_text=("", ""),
    legal_basis=None, missing=("", ""), conflict=None, basis="published", method="2019", marks=(),
)  # fmt: skip
PAPI = Indicator("PAPI", "PAPI", None, "total", ("Chỉ số PAPI", "PAPI index"), "points", 80.0, 2011, None)
OPENNESS = Indicator("PAPI.D2", "PAPI", "PAPI", "dimension", ("Công khai", "Openness"), "points", 10.0, 2011, None)
PARTICIPATION = replace(OPENNESS, code="PAPI.D1", name=("Tham gia", "Participation"))


def marks(*codes: str) -> tuple[Mark, ...]:
    """Marks by their codes."""
    return tuple(MARKS[code] for code in codes)


def figure(year: int, value: float | None, **other: object) -> Figure:
    """A figure of Hà Nội in PAPI that can be compared, but for what is said otherwise."""
    return replace(_FIGURE, year=year, value=value, previous_year=year - 1, **other)  # type: ignore[arg-type]


def broken(year: int, value: float, reason: str = "method_changed") -> Figure:
    """One that cannot be compared with the year before, which has a value."""
    return figure(year, value, change=None, is_comparable=False, reason=reason, reason_text=("Vì thế.", "Because."))


def unit(code: str, name: str, place: int = 1, **other: object) -> Unit:
    """A present province that has no namesake, but for what is said otherwise."""
    made = Unit(code, "province", (name, name), name, None, None, None, True, False, place)
    return replace(made, **other)  # type: ignore[arg-type]


NEW_LAO_CAI = unit("lao_cai_2025", "Lào Cai", valid_from=date(2025, 7, 1), has_namesake=True)
HUE = unit(
    "thua_thien_hue", "Huế", former=(FormerName(("Thừa Thiên Huế", "Thua Thien-Hue"), "TT-Huế", date(2024, 12, 31)),)
)
OLD_LAO_CAI = unit("lao_cai", "Lào Cai", 2, valid_to=date(2025, 6, 30), is_current=False, has_namesake=True)


def material(figures: tuple[Figure, ...] = (), units: tuple[Unit, ...] = (), **other: object) -> Material:
    """Material of a few figures."""
    of_unit: dict[str, list[Figure]] = {}
    of_indicator: dict[str, list[Figure]] = {}
    for one in figures:
        of_unit.setdefault(one.unit_code, []).append(one)
        of_indicator.setdefault(one.indicator_code, []).append(one)
    made = Material(
        release_id="r1", units={one.code: one for one in units},
        indicators={one.code: one for one in (PAPI, PARTICIPATION, OPENNESS)},
        figures=figures, indices=({"index_code": "PAPI", "name_vi": "Chỉ số PAPI", "name_en": "PAPI index"},),
        strengths={}, contributions={}, targets={}, satisfaction={}, portal={}, lineage=(), breaks={}, methods=(),
        quality={},
        of_unit=of_unit, of_indicator=of_indicator,
    )  # fmt: skip
    return replace(made, **other)  # type: ignore[arg-type]
