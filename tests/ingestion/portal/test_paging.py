"""Pages: all of them, once, and never for ever."""

from __future__ import annotations

import pytest

from ingestion.portal.standin import Fault
from tests.ingestion.portal.asking import asking
from warehouse.errors import Refused


@pytest.mark.parametrize(("page_size", "requests"), [(100, 1), (35, 1), (34, 2), (17, 3), (10, 4), (1, 35)])
def test_all_rows_come_once_whatever_the_page_size(page_size: int, requests: int) -> None:
    with asking() as portal:
        rows = portal.rows(page_size=page_size)
    assert (len({row["ID"] for row in rows}), len(rows), len(portal.standin.asked)) == (34, 34, requests)


def test_a_full_last_page_is_followed_by_an_empty_one() -> None:
    with asking() as portal:
        answers = list(portal.pages(page_size=34))
    assert [len(answer.rows) for answer in answers] == [34, 0]


def test_pages_are_asked_in_order_from_the_first() -> None:
    with asking() as portal:
        portal.rows(page_size=10)
    assert [asked["pageIndex"] for asked in portal.standin.asked] == [1, 2, 3, 4]


def test_a_portal_that_repeats_its_last_page_for_ever_is_refused() -> None:
    with (
        asking(Fault("repeat_last_page", times=None)) as portal,
        pytest.raises(Refused, match="portal_repeats"),
    ):
        portal.rows(page_size=10)
    assert len(portal.standin.asked) == 5


def test_a_row_that_stands_on_two_pages_is_kept_as_it_came_and_counted() -> None:
    with asking(Fault("duplicate_rows", page=2)) as portal:
        pages = portal.pages(page_size=20)
        kept = [len(answer.rows) for answer in pages]
    assert (kept, pages.rows, pages.unique_rows) == ([20, 15], 35, 34)


def test_a_count_that_is_not_that_of_the_rows_is_refused() -> None:
    with asking(Fault("wrong_count", times=None)) as portal, pytest.raises(Refused, match="found: 34 rows") as refused:
        portal.rows()
    assert refused.value.refusals[0].rule == "portal_count_mismatch"


def test_pages_without_end_are_refused() -> None:
    with asking() as portal, pytest.raises(Refused, match="portal_too_many_pages"):
        portal.rows(page_size=1, max_pages=10)
