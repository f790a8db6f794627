"""Numbers and days as a reader of either language writes them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.warehouse.scorecards.figures import NEW_LAO_CAI, OLD_LAO_CAI
from warehouse.pages import day
from warehouse.scorecards.wording import decimal, month, reason, signed


@pytest.mark.parametrize(
    ("value", "places", "vi", "en"),
    [
        (86.32, 2, "86,32", "86.32"),
        (23181, 0, "23.181", "23,181"),
        (-0.541, 2, "−0,54", "−0.54"),
        (-0.001, 2, "0,00", "0.00"),
        (0.7024, 4, "0,7024", "0.7024"),
        (None, 2, "–", "–"),
    ],
)
def test_a_number_is_written_as_its_reader_does(value: float | None, places: int, vi: str, en: str) -> None:
    assert (decimal(value, "vi", places), decimal(value, "en", places)) == (vi, en)


@pytest.mark.parametrize(("value", "text"), [(1.2, "+1,20"), (-1.2, "−1,20"), (0.001, "0,00"), (None, "–")])
def test_a_change_has_its_sign_unless_it_rounds_to_nothing(value: float | None, text: str) -> None:
    assert signed(value, "vi") == text


def test_a_day_and_a_month() -> None:
    assert (day(date(2025, 7, 1), "vi"), day(date(2025, 7, 1), "en")) == ("01/7/2025", "2025-07-01")
    assert (month(date(2025, 8, 1), "vi"), month(date(2025, 8, 1), "en")) == ("8/2025", "2025-08")


def test_a_reason_nobody_worded_is_shown_as_its_code() -> None:
    assert reason("scale_changed", "en") == "The scale changed"
    assert reason("new_reason", "vi") == "new_reason"


def test_a_unit_with_a_namesake_says_since_when_it_is() -> None:
    assert NEW_LAO_CAI.full_name == ("Lào Cai (từ 01/7/2025)", "Lào Cai (since 2025-07-01)")
    assert OLD_LAO_CAI.full_name == ("Lào Cai (đến 30/6/2025)", "Lào Cai (until 2025-06-30)")
    assert (NEW_LAO_CAI.boundary, OLD_LAO_CAI.boundary) == ("2025", "published")
