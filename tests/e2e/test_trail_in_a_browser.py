"""The trail page in a real browser: an address opens its figure, and the cell is marked among its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.browser import Browser, browser
from warehouse.home import Home

pytestmark = pytest.mark.e2e

_MARKED = "tr.surroundings td.marked"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("page", "anchor", "cell"),
    [
        ("vi/ha_noi_2008/PAPI.html", "PAPI.SC21-2018", "0.783857882"),
        ("en/an_giang/PCI.html", "PCI-2012", "63.42004"),
        ("vi/an_giang/PORTAL.html", "PORTAL.HS_TOTAL-2025-05", "HS_TOTAL"),
    ],
)
def test_an_address_opens_its_figure_with_its_cell_marked(
    main_job: tuple[Home, dict[str, Any]], tab: Browser, page: str, anchor: str, cell: str
) -> None:
    tab.open((main_job[0].current.resolve() / "docs" / "trail" / page).as_uri() + f"#{anchor}")

    tab.wait_for(f"document.querySelectorAll('{_MARKED}').length === 1")
    tab.wait_for(f"document.querySelector('{_MARKED}').textContent.includes({cell!r})")
    tab.wait_for(f"document.querySelector('tr.surroundings').previousElementSibling.id === {anchor!r}")
    assert not tab.complaints


def test_a_page_needs_nothing_but_its_own_files(main_job: tuple[Home, dict[str, Any]]) -> None:
    page = (main_job[0].current / "docs" / "trail" / "vi" / "ha_noi_2008" / "PAPI.html").read_text("utf-8")
    assert re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', page) == ["../../trail.css", "../../trail.js"]
    assert not re.search(r"<style|style=|\son[a-z]+=|<script>", page)
    assert len(page.encode()) < 300_000


def test_a_months_change_names_the_month_before_or_says_why_not(main_job: tuple[Home, dict[str, Any]]) -> None:
    page = (main_job[0].current / "docs" / "trail" / "en" / "lao_cai_2025" / "PORTAL.html").read_text("utf-8")
    changes = dict(re.findall(r'<tr id="PORTAL\.HS_TOTAL-([^"]+)">(?:[^\n]*\n)+?<td>([^<\n]*)\n', page))
    # Lào Cai of the present map was formed on 2025-07-01.
    assert changes["2025-07"] == "≠ 2025-06: The boundary changed"
    assert re.fullmatch(r"2025-07: [+-]?[\d.]+", changes["2025-08"])


def test_every_figure_of_the_release_has_its_place(main_job: tuple[Home, dict[str, Any]], release: Any) -> None:
    trail = main_job[0].current / "docs" / "trail" / "en"
    figures = release.execute(
        "select distinct unit_code, split_part(indicator_code, '.', 1), indicator_code || '-' || data_year "
        "from marts.fct_indicator_value where unit_code in ('ha_noi_2008', 'lao_cai_2025', 'm_finance')"
    ).fetchall()
    pages = {(unit, index): (trail / unit / f"{index}.html").read_text("utf-8") for unit, index, _ in figures}
    assert [anchor for unit, index, anchor in figures if f'<tr id="{anchor}">' not in pages[unit, index]] == []
