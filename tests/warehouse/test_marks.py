"""Marks follow from the columns of a row, whatever table it is of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from warehouse.marks import MARKS, legend, marks_of, signs_of

_ASKED = datetime(2026, 11, 20, tzinfo=UTC)

_CARRIED = [
    ({"is_synthetic": True}, "synthetic"),
    ({"is_synthetic": "true"}, "synthetic"),
    ({"figure_status": "suspect"}, "provisional"),
    ({"value_status": "provisional"}, "provisional"),
    ({"data_month": date(2026, 11, 1), "fetched_at": _ASKED}, "provisional"),
    ({"data_year": 2026, "fetched_at": _ASKED}, "provisional"),
    ({"is_comparable": False, "not_comparable_reason": "method_changed"}, "not_comparable"),
    ({"is_comparable": False}, "not_comparable"),
    ({"total_not_comparable_reason": "scale_changed"}, "not_comparable"),
    ({"year_not_comparable_reason": "boundary_changed"}, "not_comparable"),
    ({"not_comparable_reason": "break_suspected"}, "not_comparable break_suspected"),
    ({"weight_basis": "equal"}, "assumption"),
    ({"previous_weight_basis": "equal"}, "assumption"),
    ({"previous_correction_id": "misprint"}, "corrected"),
    ({"measure_fit": "nearest"}, "assumption"),
    ({"value_basis": "derived"}, "derived"),
    ({"figure_status": "derived"}, "derived"),
    ({"value_basis": "backcast"}, "backcast"),
    ({"boundary": "2025", "predecessor_count": 3}, "backcast"),
    ({"correction_id": "papi-1"}, "corrected"),
    ({"has_conflict": True}, "conflict"),
    ({"is_contradicted": True}, "conflict"),
    ({"is_suppressed": True}, "suppressed"),
    ({"is_rating_suppressed": True}, "suppressed"),
    ({"not_comparable_reason": "suppressed"}, "not_comparable suppressed"),
]


@pytest.mark.parametrize(("row", "codes"), _CARRIED)
def test_a_column_carries_its_mark(row: dict[str, Any], codes: str) -> None:
    assert " ".join(mark.code for mark in marks_of(row)) == codes


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"is_synthetic": False, "figure_status": "printed", "value_basis": "published", "has_conflict": None},
        {"is_comparable": True, "weight_basis": "unchanged", "correction_id": None, "is_suppressed": False},
        {"is_comparable": False, "not_comparable_reason": "previous_missing"},
        {"data_month": date(2026, 9, 1), "fetched_at": _ASKED},
        {"boundary": "2025", "value_basis": "published", "predecessor_count": 2},
        {"correction_id": float("nan"), "is_synthetic": "false"},
    ],
)
def test_a_plain_figure_carries_none(row: dict[str, Any]) -> None:
    assert marks_of(row) == ()


def test_every_mark_can_be_carried_and_no_two_share_a_sign() -> None:
    assert {code for _, codes in _CARRIED for code in codes.split()} == set(MARKS)
    assert len({mark.sign for mark in MARKS.values()}) == len(MARKS)


def test_signs_and_legend_keep_the_order_of_the_marks() -> None:
    rows = [{"value_basis": "backcast", "weight_basis": "equal"}, {"is_synthetic": True}, {}]

    assert [signs_of(row) for row in rows] == ["≈«", "◊", ""]
    assert [mark.code for mark in legend(rows)] == ["synthetic", "assumption", "backcast"]
