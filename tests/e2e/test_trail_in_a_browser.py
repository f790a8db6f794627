"""The trail page in a real browser: an address opens its figure, and the cell is marked among its neighbours."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_docs_in_a_browser import chromium  # noqa: F401 a fixture
from warehouse.home import Home

pytestmark = pytest.mark.e2e


def _opened(chromium: str, page: Path, anchor: str, profile: Path) -> tuple[str, str]:  # noqa: F811
    """The document after its script ran on `page`#`anchor`, and what was said on the console."""
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--virtual-time-budget=10000", "--dump-dom",
         "--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}",
         f"{page.as_uri()}#{anchor}"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


@pytest.mark.parametrize(
    ("page", "anchor", "cell"),
    [
        ("vi/ha_noi_2008/PAPI.html", "PAPI.SC21-2018", "0.783857882"),
        ("en/an_giang/PCI.html", "PCI-2012", "63.42004"),
        ("vi/an_giang/PORTAL.html", "PORTAL.HS_TOTAL-2025-05", "HS_TOTAL"),
    ],
)
def test_an_address_opens_its_figure_with_its_cell_marked(
    main_job: tuple[Home, dict[str, Any]],
    chromium: str,  # noqa: F811
    tmp_path: Path,
    page: str,
    anchor: str,
    cell: str,
) -> None:
    trail = main_job[0].current / "docs" / "trail"
    shown, console = _opened(chromium, trail / page, anchor, tmp_path)

    row = re.search(rf'<tr id="{re.escape(anchor)}" class="marked">.*?</tr><tr class="surroundings">(.*?)</figure>',
                    shown, re.S)  # fmt: skip
    assert row is not None
    marked = re.findall(r'<td class="marked[^"]*">([^<]*)</td>', row[1])
    assert len(marked) == 1
    assert cell in marked[0]
    assert console == ""


def test_a_page_needs_nothing_but_its_own_files(main_job: tuple[Home, dict[str, Any]]) -> None:
    page = (main_job[0].current / "docs" / "trail" / "vi" / "ha_noi_2008" / "PAPI.html").read_text("utf-8")
    assert re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', page) == ["../../trail.css", "../../trail.js"]
    assert not re.search(r"<style|style=|\son[a-z]+=|<script>", page)
    assert len(page.encode()) < 300_000


def test_every_figure_of_the_release_has_its_place(main_job: tuple[Home, dict[str, Any]], release: Any) -> None:
    trail = main_job[0].current / "docs" / "trail" / "en"
    figures = release.execute(
        "select distinct unit_code, split_part(indicator_code, '.', 1), indicator_code || '-' || data_year "
        "from marts.fct_indicator_value where unit_code in ('ha_noi_2008', 'lao_cai_2025', 'm_finance')"
    ).fetchall()
    pages = {(unit, index): (trail / unit / f"{index}.html").read_text("utf-8") for unit, index, _ in figures}
    assert [anchor for unit, index, anchor in figures if f'<tr id="{anchor}">' not in pages[unit, index]] == []
