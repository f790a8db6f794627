"""The scorecards of a real release: every link leads somewhere, every number to its trail, and no number misleads."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.home import Home
from warehouse.marks import MARKS

pytestmark = pytest.mark.e2e
_LINK = re.compile(r'(?:href|src)="([^"]+)"')
_ID = re.compile(r'\bid="([^"]+)"')


@pytest.fixture(scope="module")
def docs(main_job: tuple[Home, dict[str, Any]]) -> Path:
    """The docs folder of the release."""
    return main_job[0].current.resolve() / "docs"


@lru_cache(maxsize=512)
def ids(page: Path) -> frozenset[str]:
    return frozenset(html.unescape(found) for found in _ID.findall(page.read_text("utf-8")))


def dead_links(page: Path) -> list[str]:
    dead = []
    for link in map(html.unescape, _LINK.findall(page.read_text("utf-8"))):
        address, _, fragment = link.partition("#")
        target = (page.parent / address).resolve() if address else page
        if "://" in link or not target.is_file() or (fragment and fragment not in ids(target)):
            dead.append(f"{page.name}: {link}")
    return dead


def test_every_unit_with_figures_has_a_page_in_both_languages(docs: Path, release: duckdb.DuckDBPyConnection) -> None:
    units = {
        code
        for (code,) in release.execute(
            "select unit_code from marts.fct_indicator_value join marts.dim_unit using (unit_code, unit_type) "
            "where unit_type in ('province', 'ministry') union select unit_code from marts.dim_unit "
            "where unit_type = 'province' and is_current"
        ).fetchall()
    }
    for language in ("vi", "en"):
        assert units <= {page.stem for page in (docs / "scorecards" / language / "units").iterdir()}


@pytest.mark.parametrize(
    "pattern", ["index.html", "vi/*.html", "vi/units/[hl]*.html", "en/units/m_*.html", "vi/leagues/P*.html",
                "en/indicators/*.html"]
)  # fmt: skip
def test_every_link_and_every_trail_of_a_number_exists(docs: Path, pattern: str) -> None:
    pages = sorted((docs / "scorecards").glob(pattern))
    assert pages
    assert [link for page in pages for link in dead_links(page)] == []


def test_no_page_styles_or_runs_anything_of_its_own(docs: Path) -> None:
    own = re.compile(r"<style|\sstyle=|\son\w+=|<script(?! src)|javascript:")
    pages = [*(docs / "scorecards").rglob("*.html")]
    assert [page.name for page in pages if own.search(page.read_text("utf-8"))] == []


def test_a_change_that_cannot_be_compared_is_on_no_league_page(
    docs: Path, release: duckdb.DuckDBPyConnection
) -> None:
    rows = release.execute(
        "select unit_code from marts.metric_yoy where indicator_code = 'PAPI' and data_year = 2021 "
        "and boundary = 'published' and value is not null and not is_comparable"
    ).fetchall()
    page = (docs / "scorecards/vi/leagues/PAPI-2021.html").read_text("utf-8")
    table = page[page.index('id="province-published"') :]
    assert len(rows) > 50
    for (unit_code,) in rows:
        line = next(line for line in table.split("<tr>") if f"units/{unit_code}.html" in line and "<td" in line)
        assert re.search(r"≠|không có năm trước", line), line
        assert not re.search(r"<b>[+−]", line), line


def test_the_synthetic_figures_of_the_portal_carry_their_mark_everywhere(docs: Path) -> None:
    page = (docs / "scorecards/vi/units/ha_noi_2008.html").read_text("utf-8")
    section = page[page.index('<section aria-labelledby="portal">') :].split("</section>")[0]
    rows = section.split("<tr>")[2:]
    sign = MARKS["synthetic"].sign
    assert len(rows) >= 12
    assert all(cell.count(sign) for row in rows for cell in row.split('<td class="n">')[1:])
    assert sign in section.split("<figcaption>")[1].split("</figcaption>")[0]


def test_a_merged_province_and_its_namesake_have_two_pages_that_say_so(docs: Path) -> None:
    new = (docs / "scorecards/vi/units/lao_cai_2025.html").read_text("utf-8")
    old = (docs / "scorecards/en/units/lao_cai.html").read_text("utf-8")
    assert "từ 01/7/2025" in new
    assert "không phải số liệu của tỉnh cũ cùng tên" in new
    assert "until 2025-06-30" in old
