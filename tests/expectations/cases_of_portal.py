"""Inputs for the rules on the portal: everything about them is right until an argument says otherwise."""

from __future__ import annotations

from typing import Any

from tests.expectations.batches import Row, batch, provinces, row
from warehouse.figures import ParsedBatch

_PARTS = {"CKMB": 15.3, "TDGQ": 16.39, "CCDVC": 9.1, "TTTT": 5.21, "MDHL": 17.88, "MDSH": 19.75}


def _counted(code: str, value: float, **changes: Any) -> Row:
    """A monthly figure of one province."""
    wanted = {"data_year": 2024, "data_month": 9} | changes
    return row("son_la", indicator_code=f"PORTAL.{code}", indicator_text=code, value=value, **wanted)


def month(*, printed: str = "95.00", data_year: int = 2024, data_month: int | None = 9) -> ParsedBatch:
    """Dossiers returned on time and late, and the printed share."""
    on_map = "34" if data_year > 2025 else "63"
    when: dict[str, Any] = {"data_year": data_year, "data_month": data_month, "geography_version": on_map}
    return batch(
        _counted("HTDH", 95, **when),
        _counted("HTQH", 5, **when),
        _counted("TILE", float(printed), value_text=printed, **when),
        dataset="portal_month",
    )


def _with(**changes: Any) -> ParsedBatch:
    return batch(
        _counted("HTDH", 95), _counted("HTQH", 5), _counted("DB_TOTAL", 90), _counted("?", 0.0) | changes,
        dataset="portal_month",
    )  # fmt: skip


def with_a_field_missing() -> ParsedBatch:
    """A field the catalogue describes is not in the answer."""
    return _with(indicator_code="PORTAL.HS_TOTAL", value=None, value_text=None, parse_issue="field_missing")


def with_a_field_nobody_described() -> ParsedBatch:
    """A field of the answer is not in the catalogue."""
    return _with(
        indicator_code="PORTAL.UNKNOWN.NEW", value=None, value_text="1.234", parse_issue="field_unknown", note="new"
    )


def _of_units(units: list[str]) -> ParsedBatch:
    rows = [
        row(unit, indicator_code="PORTAL.HS_TOTAL", value=1000, data_year=2024, data_month=9) for unit in units
    ]  # fmt: skip
    return batch(
        *rows, dataset="portal_month", source_key=f"portal:report_by_month_sum_service:2024-{len(units)}:all"
    )  # fmt: skip


def all_units() -> ParsedBatch:
    """A month of all 63 provinces."""
    return _of_units(provinces())


def all_units_but_one() -> ParsedBatch:
    """One province is not in the answer."""
    return _of_units(provinces()[1:])


def score(total: float = 83.63) -> ParsedBatch:
    """Six parts and a total of one province."""
    rows = [
        row("son_la", indicator_code=f"QD766.{part}", value=value, data_year=2024) for part, value in _PARTS.items()
    ]
    rows.append(row("son_la", indicator_code="QD766", value=total, rank=31, data_year=2024))
    return batch(*rows, dataset="portal_score")


def ways(dossiers: int = 100) -> ParsedBatch:
    """Dossiers and how they were filed."""
    counts = {
        "HS_TOTAL": dossiers,
        "HTN_TRUCTIEP_TOTAL": 30,
        "HTN_BUUCHINH_TOTAL": 2,
        "HTN_TRUCTUYEN_TOTAL": 60,
        "HTN_TRUCTUYEN_KHONGCHUAN_TOTAL": 8,
    }
    return batch(*(_counted(code, count) for code, count in counts.items()), dataset="portal_month")


def shares(online: str = "60.01") -> ParsedBatch:
    """The printed shares by way of filing; rounded, they may miss 100 by a little."""
    printed = {
        "HTN_TRUCTIEP": "30.00",
        "HTN_BUUCHINH": "2.00",
        "HTN_TRUCTUYEN": online,
        "HTN_TRUCTUYEN_KHONGCHUAN": "8.00",
    }
    return batch(
        *(_counted(code, float(text), value_text=text) for code, text in printed.items()), dataset="portal_month"
    )


def payments(local: int = 30) -> ParsedBatch:
    """Payments through both portals."""
    counts = {"GDTT_TOTAL": 100, "GDTTQG": 70, "GDTTDP": local}
    return batch(*(_counted(code, count) for code, count in counts.items()), dataset="portal_month")
